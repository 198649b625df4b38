"""Lists of words that a partner distributes: what can be told by itself becomes a translation.

A unit is known by its ISO code, a reason by bearing the name or code of one of ours. What is known by neither
is listed as unknown, for a person to say what it means. What a person has said is never changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.domain.formats import PartnerWord
from integrations.domain.unknown import note_values
from integrations.enums import Direction, PartKind, TranslationKind
from integrations.models import Connection, InboundMessage, Translation
from machines.models import StopReason
from orders.models import ScrapReason, Unit


def take_words(
    words: Sequence[PartnerWord], *, connection: Connection, message: InboundMessage
) -> list[dict[str, Any]]:
    """Translate what can be told by itself. A result per word for the inbox. In the caller's transaction."""
    mine = [word for word in words if word.plant in ("", connection.plant.code, connection.plant.erp_code)]
    if not mine:
        return []
    known = {
        (TranslationKind(one.kind), one.theirs): one
        for one in Translation.objects.filter(
            connection=connection, kind__in=(TranslationKind.UNIT, TranslationKind.REASON)
        )
    }
    written = {(kind, one.ours) for (kind, _), one in known.items() if one.direction != Direction.IN}
    ours = {TranslationKind.UNIT: _units(), TranslationKind.REASON: _reasons(connection)}
    results, unknown = [], set()
    for word in mine:
        outcome = "unchanged"
        found = ours[word.kind].get(word.told.casefold()) or ours[word.kind].get(word.theirs.casefold())
        if (word.kind, word.theirs) not in known:
            outcome = "created" if found else "unchanged"
            if found:
                direction = Direction.IN if (word.kind, found) in written else Direction.BOTH
                known[word.kind, word.theirs] = Translation.objects.create(
                    connection=connection, kind=word.kind, theirs=word.theirs, ours=found, direction=direction
                )
                written.add((word.kind, found))
            else:
                unknown.add((word.kind, word.theirs))
        results.append(_result(word, outcome))
    note_values(message, unknown)
    return results


def _units() -> Mapping[str, str]:
    """By their UN/ECE codes, into which a format puts ISO codes."""
    return {code.casefold(): code for code in Unit.objects.values_list("code", flat=True)}


def _reasons(connection: Connection) -> Mapping[str, str]:
    """By name in either language, code and ERP code: the codes of the plant's scrap and stop reasons."""
    found: dict[str, str] = {}
    for names in ("name_en", "name_de", "code", "erp_code"):
        for model in (StopReason, ScrapReason):
            rows = model._default_manager.filter(plant=connection.plant_id).values_list(names, "code")
            found |= {name.casefold(): code for name, code in rows if name}
    return found


def _result(word: PartnerWord, outcome: str) -> dict[str, Any]:
    return {
        "row": word.row,
        "kind": PartKind.WORD.value,
        "number": word.theirs,
        "outcome": outcome,
        "changes": {},
        "conflicts": [],
        "problems": [],
    }
