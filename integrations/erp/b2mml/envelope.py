"""The application area of what we send."""

from __future__ import annotations

from datetime import UTC, datetime

from integrations.erp.b2mml import tables
from integrations.erp.b2mml.codec import Node, leaf

RELEASE = "V0701"


def envelope(message_id: str, created: datetime, profile: tables.Profile) -> Node:
    """Who says it when; ``message_id`` is the BODID, under which it is answered."""
    receiver = Node("Receiver", (leaf("LogicalID", profile.receiver),)) if profile.receiver else None
    return Node(
        "ApplicationArea",
        (
            Node("Sender", (leaf("LogicalID", profile.sender),)),
            receiver,
            leaf("CreationDateTime", utc_text(created)),
            leaf("BODID", message_id),
        ),
    )


def utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
