"""Which customer requirements were read where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from orders.models import Operation, OrderRequirement, RequirementReading

READ = ("code", "kind", "text", "value", "choices", "lower", "upper", "unit", "url", "operation_number")


def fingerprint(requirement: OrderRequirement) -> str:
    """32 hexadecimal characters that are equal exactly for equal content."""
    said = [str(getattr(requirement, name)) for name in READ]
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()


def readings_at(
    operation: Operation, requirements: Iterable[OrderRequirement]
) -> dict[int, RequirementReading]:
    """The latest reading of each of ``requirements`` at the operation, of the words that stand there now."""
    latest = {
        reading.requirement_id: reading
        for reading in RequirementReading.objects.filter(operation=operation)
        .select_related("by")
        .order_by("pk")
    }
    return {
        requirement.pk: latest[requirement.pk]
        for requirement in requirements
        if requirement.pk in latest and latest[requirement.pk].content == fingerprint(requirement)
    }
