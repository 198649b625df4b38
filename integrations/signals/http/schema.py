"""What the API's documentation says about samples."""

from __future__ import annotations

from typing import Any

from machines.domain.envelope import ITEMS, QUALITIES
from machines.domain.ingest import LARGEST_BATCH

SAMPLE: dict[str, Any] = {
    "type": "object",
    "required": ["machine", "source", "boot", "seq", "ts", "item", "value"],
    "properties": {
        "machine": {"type": "string", "description": "Code of the machine."},
        "source": {"type": "string", "description": "Who sends, e.g. plc or light."},
        "boot": {"type": "string", "description": "One run of the sender's numbering."},
        "seq": {"type": "integer", "minimum": 0, "description": "Counts up within a boot."},
        "sub": {"type": "integer", "minimum": 0, "default": 0, "description": "Place within one message."},
        "ts": {"type": "string", "format": "date-time", "description": "Time of the device, with its zone."},
        "item": {"type": "string", "enum": sorted(ITEMS)},
        "value": {"oneOf": [{"type": "number"}, {"type": "string"}, {"type": "boolean"}], "nullable": True},
        "quality": {"type": "string", "enum": QUALITIES, "default": "good"},
        "historical": {"type": "boolean", "default": False, "description": "Sent later on purpose."},
        "snapshot": {"type": "boolean", "default": False, "description": "Read at connect: no event."},
        "reset": {"type": "boolean", "default": False, "description": "The counter was reset just before."},
        "slot": {"type": "integer", "minimum": 0, "default": 0, "description": "0: the whole machine."},
    },
}
REQUEST = {"application/json": {"type": "array", "maxItems": LARGEST_BATCH, "items": SAMPLE}}
ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "accepted": {"type": "integer"},
        "duplicate": {"type": "integer"},
        "rejected": {"type": "integer"},
        "answers": {
            "type": "array",
            "description": "One per sample, in order.",
            "items": {
                "type": "object",
                "required": ["status"],
                "properties": {
                    "status": {"type": "string", "enum": ["accepted", "duplicate", "rejected"]},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "field": {"type": "string"},
                },
            },
        },
    },
}
