"""ALEAUD and STATUS: what SAP says about our messages, and what we say about SAP's.

A number says how far an IDoc came. 53 means that SAP took it, never that the confirmation or the goods
movement is posted: errors can wait in SAP's own lists (CO16N, COGI).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.domain.formats import Answer, Rendered
from integrations.erp.fields import BadValueError
from integrations.erp.idoc import tables
from integrations.erp.idoc.codec import Idoc, read_frames
from integrations.erp.idoc.document import write_document
from integrations.erp.idoc.node import Node
from integrations.erp.idoc.segment import Segment
from integrations.erp.idoc.values import key
from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _

AUDIT, STATUS = "E1ADHDR", "E1STATS"
HEADERS = (AUDIT, STATUS)
PREFIX = "mes:outbox:"
ACCEPTED = frozenset({"16", "41", "53"})
REFUSED = frozenset(
    {"02", "04", "05", "17", "20", "25", "26", "29", "40", "51", "52", "54", "56", "60", "63", "65", "68"}
)
PLACEHOLDER = re.compile("&([1-4]?)")


def answers_of(idoc: Idoc, *, problems: list[Problem]) -> Iterator[Answer]:
    """Every answer that names a message of ours; one that doesn't is a problem."""
    for place, header in enumerate(idoc.body.all(AUDIT), start=1):
        segment = Segment(header, f"{AUDIT}[{place}]", idoc.row, problems)
        states = segment.segments("E1STATE")
        for state in states:
            inner = state.segments("E1PRTOB")
            alone = [idoc.control.get("ARCKEY", "")] if len(states) == 1 else []
            yield from _answer(state, [_key(state), *map(_key, inner), *alone])
    for place, one in enumerate(idoc.body.all(STATUS), start=1):
        state = Segment(one, f"{STATUS}[{place}]", idoc.row, problems)
        yield from _answer(state, [_key(state)])


def _key(segment: Segment) -> str:
    return segment.some("ARCKEY", "OBJKEY") or ""


def _answer(state: Segment, keys: Sequence[str]) -> Iterator[Answer]:
    number = state.required("STATUS", longest=2).zfill(2)
    key = next((key for key in keys if key.startswith(PREFIX)), next((key for key in keys if key), ""))
    identity = key.removeprefix(PREFIX).replace("-", "").upper()
    if not re.fullmatch("[0-9A-F]{32}", identity):
        reason = _("The answer names no message of ours: ARCKEY is “%s”.") % key[:60]
        state.note("ARCKEY", BadValueError("unknown_message", reason))
        return
    is_decided = number in ACCEPTED or number in REFUSED
    yield Answer(
        identity=identity,
        row=state.row,
        accepted=number in ACCEPTED if is_decided else None,
        code=number,
        text=_sentence(state, number),
        reference=state.text("DOCNUM") or "",
    )


def _sentence(state: Segment, number: str) -> str:
    """SAP's text with its parameters filled in, or what the number means."""
    text = state.text("STATXT") or ""
    parameters = [state.text(f"STAPA{place}") or "" for place in range(1, 5)]
    if text:
        waiting = iter(parameters)
        filled = PLACEHOLDER.sub(
            lambda found: parameters[int(found[1]) - 1] if found[1] else next(waiting, ""), text
        )
        return f"{number}: {' '.join(filled.split())}"
    meaning = {
        "51": _("SAP did not post it."),
        "52": _("SAP posted only a part of it."),
        "53": _("SAP took it."),
        "56": _("SAP could not take the IDoc: its partner profile or its data is wrong."),
        "60": _("SAP found an error in the IDoc's structure."),
        "65": _("SAP's ALE service reported an error."),
        "68": _("SAP set it aside: no further processing."),
    }.get(number, _("SAP reports status %s.") % number)
    detail = " ".join(part for part in (state.text("STACOD"), *parameters) if part)
    return f"{number}: {meaning} {detail}".strip()


# --- out

TAKEN, NOT_TAKEN = "16", "17"
POSTED, NOT_POSTED = "53", "51"
OPTION, ALEAUD = "status_messages", "ALEAUD"


class StatusFormat:
    """What we say about IDocs that came, XML or flat like the connection's tickets: a STATUS message, or with
    the option ``"status_messages": "ALEAUD"`` an ALE audit message."""

    name = "idoc"

    def answer(
        self,
        body: bytes,
        problems: Sequence[Problem],
        *,
        message_id: str,
        created: datetime,
        zone: ZoneInfo,
        settings: Mapping[str, Any],
    ) -> Rendered | None:
        """One E1STATS or E1STATE for each IDoc that has a number. ``None`` when there is nothing to say, and
        to status messages, which nobody answers."""
        encoding = str(settings.get("encoding") or "utf-8")
        idocs = [
            idoc
            for idoc, _problems in read_frames(body, encoding=encoding)
            if key(idoc.control.get("DOCNUM", "")) and not any(idoc.body.first(name) for name in HEADERS)
        ]
        if not idocs:
            return None
        profile = tables.profile(settings)
        general = [problem for problem in problems if problem.row is None]
        wrong = [
            (idoc, next((one for one in problems if one.row == idoc.row), next(iter(general), None)))
            for idoc in idocs
        ]
        local = created.astimezone(zone)
        if settings.get(OPTION) == ALEAUD:
            basic_type, message_type = "ALEAUD01", "ALEAUD"
            nodes = _audits(wrong, message_id)
            # No list of its fields is delivered: flat, its segments could not be laid out.
            profile = replace(profile, flat=False)
        else:
            basic_type, message_type = "SYSTAT01", "STATUS"
            nodes = [_status(idoc, first, local=local, message_id=message_id) for idoc, first in wrong]
        control = _control(idocs[0].control, created=created, zone=zone, profile=profile)
        control |= {"IDOCTYP": basic_type, "MESTYP": message_type}
        return write_document(basic_type, control, nodes, profile=profile, settings=settings)


def _control(
    control: Mapping[str, str], *, created: datetime, zone: ZoneInfo, profile: tables.Profile
) -> dict[str, str]:
    """The control record of our answer: the other one turned round."""
    local = created.astimezone(zone)
    return {
        "TABNAM": "EDI_DC40",
        "DIRECT": "2",
        "IDOCTYP": "",
        "MESTYP": "",
        "SNDPOR": profile.sender_port,
        "SNDPRT": "LS",
        "SNDPRN": profile.sender,
        "RCVPOR": profile.receiver_port or control.get("SNDPOR", "")[:10],
        "RCVPRT": "LS",
        "RCVPRN": profile.receiver or control.get("SNDPRN", "")[:10],
        "CREDAT": f"{local:%Y%m%d}",
        "CRETIM": f"{local:%H%M%S}",
        "SERIAL": f"{created.astimezone(UTC):%Y%m%d%H%M%S%f}",
    }


def _audits(wrong: Sequence[tuple[Idoc, Problem | None]], message_id: str) -> list[Node]:
    """One E1ADHDR per message type: 53 taken, or 51 not taken with the first problem's words."""
    states: dict[str, list[Node]] = {}
    for idoc, first in wrong:
        fields = {
            "DOCNUM": idoc.control["DOCNUM"][:16],
            "STATUS": NOT_POSTED if first else POSTED,
            "STACOD": first.code[:8].upper() if first else "",
            "STATXT": (first.message if first else _("Taken by the MES"))[:70],
            "STAPA1": first.value[:50] if first else "",
            "STAPA2": first.field[-50:] if first else "",
        }
        ours = Node("E1PRTOB", {"OBJKEY": f"mes:inbox:{message_id}"})
        states.setdefault(idoc.control.get("MESTYP", ""), []).append(Node("E1STATE", fields, (ours,)))
    return [Node(AUDIT, {"MESTYP": name}, tuple(found)) for name, found in states.items()]


def _status(idoc: Idoc, first: Problem | None, *, local: datetime, message_id: str) -> Node:
    """16 taken, or 17 not taken with the problem's words."""
    fields = {
        "DOCNUM": idoc.control["DOCNUM"][:16],
        "LOGDAT": f"{local:%Y%m%d}",
        "LOGTIM": f"{local:%H%M%S}",
        "STATUS": NOT_TAKEN if first else TAKEN,
        "UNAME": "MES",
        "STATXT": (first.message if first else _("Taken by the MES"))[:70],
    }
    if first:
        fields |= {
            "SEGFLD": first.field.rpartition("/")[2][:10],
            "STAPA1": first.code[:20],
            "STAPA2": first.value[:20],
            "STAPA3": first.field[-20:],
        }
    return Node(STATUS, {**fields, "ARCKEY": f"mes:inbox:{message_id}", "STATYP": "E" if first else "S"})
