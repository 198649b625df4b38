"""What the activities 1 to 6 of an operation mean in seconds."""

from __future__ import annotations

from decimal import Decimal

from integrations.erp.fields import BadValueError
from integrations.erp.idoc import tables, values
from integrations.erp.idoc.segment import Segment
from mes.lib.sentences import gettext as _


def planned_times(
    segment: Segment,
    more: Segment | None,
    *,
    plant: str,
    base: Decimal,
    total: Decimal | None,
    profile: tables.Profile,
) -> tuple[Decimal | None, Decimal | None, dict[str, object]]:
    """Setup and run seconds for ``base`` pieces, and the other activities for the record."""
    standard_key = segment.some("VGWTS") or ""
    sums: dict[str, Decimal] = {}
    unclear: dict[str, object] = {}
    for slot in range(1, 7):
        name, unit_name = f"VGW0{slot}", f"VGE0{slot}"
        meaning = _meaning(f"{plant}/{standard_key}", standard_key, slot, more, profile)
        seconds = _seconds(segment, name, unit_name)
        if seconds is None:
            continue
        if meaning:
            sums[meaning] = sums.get(meaning, Decimal(0)) + seconds
        elif seconds:
            unclear[name] = str(seconds)
    if sums.get(tables.SETUP) is None and sums.get(tables.RUN) is None and tables.LABOUR not in sums:
        sums.update(_totals(segment, base, total))
    run = sums.get(tables.RUN) or sums.get(tables.LABOUR, sums.get(tables.RUN))
    others: dict[str, object] = {
        f"{account}_seconds": str(sums[account])
        for account in (tables.LABOUR, tables.TEARDOWN)
        if sums.get(account)
    }
    if unclear:
        others["activities_without_meaning"] = unclear
    return sums.get(tables.SETUP), run, others


def _meaning(
    in_plant: str, standard_key: str, slot: int, more: Segment | None, profile: tables.Profile
) -> str:
    """The plant's own table, else the system's text for the parameter, else SAP's delivered key."""
    for name in (in_plant, standard_key):
        accounts = profile.activity_keys.get(name, ())
        if len(accounts) >= slot:
            return accounts[slot - 1]
    words = ((more and more.text(f"PAR0{slot}_LTXT")) or "").lower().replace("-", " ").split()
    if words:
        return tables.ACTIVITY_WORDS.get(words[0], "")
    accounts = tables.ACTIVITY_KEYS.get(standard_key, ())
    return accounts[slot - 1] if len(accounts) >= slot else ""


def _seconds(segment: Segment, name: str, unit_name: str) -> Decimal | None:
    unit = (segment.text(unit_name) or "").upper()
    amount = segment.number(name)
    if amount is None:
        return None
    if amount == 0:
        return Decimal(0)
    factor = tables.SECONDS.get(unit)
    if factor is None:
        reason = _("“%s” is not a unit of time that is known here.") % unit
        segment.note(unit_name, BadValueError("unknown_unit", reason))
        return None
    return segment.duration(name, factor)


def _totals(segment: Segment, base: Decimal, total: Decimal | None) -> dict[str, Decimal]:
    """RUEST and BEARZ, the sums for the whole operation, when no standard value has a meaning."""
    found: dict[str, Decimal] = {}
    setup = _seconds(segment, "RUEST", "RSTZE")
    if setup is not None:
        found[tables.SETUP] = setup
    whole_run = _seconds(segment, "BEARZ", "BEAZE")
    pieces = segment.quantity("MGVRG") or total
    if whole_run is not None and pieces:
        found[tables.RUN] = (whole_run * base / pieces).quantize(values.THREE_PLACES)
    return found
