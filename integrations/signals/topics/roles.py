"""What a topic probably means: its last words tell."""

from __future__ import annotations

from integrations.signals.names import role_of_name


def role_of_item(topic: str, pointer: str) -> str:
    """By the pointer into the message, else by the topic's last level."""
    return role_of_name(pointer.rpartition("/")[2]) or role_of_name(topic.rpartition("/")[2])
