"""``Confirmation`` -> an entity of ProdnOrdConf2, and what such entities sum up to."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from integrations.domain.connectors import ErpTotal, PartnerError
from integrations.erp.fields import BadValueError
from integrations.erp.idoc import values
from integrations.erp.odata import codec, tables
from integrations.erp.odata.mapping import OPERATIONS
from integrations.erp.record import THREE_PLACES, number
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import Confirmation

ZERO = Decimal(0)
LARGEST = Decimal(10) ** 10
LONGEST_TEXT = 40
# Longest value per key field: what does not fit was never the partner's.
LENGTHS: Mapping[str, int] = {"OrderID": 12, "OrderOperation": 4, "VarianceReasonCode": 4}
PARTIAL, FINAL = "L20", "L40"


def identity(confirmation: Confirmation) -> uuid.UUID:
    return uuid.UUID(confirmation.identity)


def says_nothing(confirmation: Confirmation) -> bool:
    """No amount and no end: SAP has nothing to book."""
    return not confirmation.final and not any(_amounts(confirmation))


def _amounts(confirmation: Confirmation) -> Iterator[Decimal]:
    yield from (confirmation.good, confirmation.scrap, confirmation.rework)
    yield from (confirmation.setup_seconds, confirmation.run_seconds)
    yield from (confirmation.stop_seconds, confirmation.labour_seconds)


def ticket(confirmation: Confirmation, profile: tables.Profile, *, on: date) -> dict[str, object]:
    """The entity to post ``on`` that day. Raises InvalidInput naming field and value that don't fit."""
    zone = ZoneInfo(confirmation.time_zone)
    entered = confirmation.created.astimezone(zone)
    fields: dict[str, object] = {
        "OrderID": confirmation.order,
        "OrderOperation": values.padded(confirmation.operation, 4),
        "ExternalSystemConfirmation": str(identity(confirmation)),
        "FinalConfirmationType": "X" if confirmation.final else "",
        "OrderConfirmationRecordType": FINAL if confirmation.final else PARTIAL,
        "PostingDate": codec.day_text(on),
        "ConfirmationText": confirmation.note,
        "ConfirmationUnitISOCode": profile.iso_units.get(confirmation.unit, confirmation.unit),
        "ConfirmationYieldQuantity": codec.amount_text(confirmation.good),
        "ConfirmationScrapQuantity": codec.amount_text(confirmation.scrap),
        "ConfirmationReworkQuantity": codec.amount_text(confirmation.rework),
        "VarianceReasonCode": _reason(confirmation.scrap_reason, profile),
        **_activities(confirmation, profile),
        **_moment("ConfirmedExecutionStart", confirmation.start, zone),
        **_moment("ConfirmedExecutionEnd", confirmation.end, zone),
        "ConfirmationExternalEntryDate": codec.day_text(entered.date()),
        "ConfirmationExternalEntryTime": codec.clock_text(entered.time()),
        "EnteredByExternalUser": profile.created_by[:12],
    }
    if confirmation.person.isdigit() and len(confirmation.person) <= 8:
        fields["Personnel"] = confirmation.person
    if not profile.goods_movements:
        fields["APIConfHasNoGoodsMovements"] = True
    if problems := [*_too_long(fields), *_out_of_range(confirmation)]:
        raise InvalidInput(problems)
    return fields


def yields(order: Mapping[str, Any]) -> dict[tuple[str, str], Decimal]:
    """Good pieces per order and operation by the order's own operations. Raises PartnerError."""
    found = codec.expanded(dict(order), OPERATIONS) or []
    try:
        return {
            _place(one.get("ManufacturingOrder"), one.get("ManufacturingOrderOperation")): number(
                one.get("OpTotalConfirmedYieldQty") or 0
            )
            for one in found
            if isinstance(one, dict)
        }
    except BadValueError as error:
        raise PartnerError("nonsense", str(error)) from error


def totals(
    confirmations: Iterable[Mapping[str, Any]],
    yields: Mapping[tuple[str, str], Decimal],
    profile: tables.Profile,
) -> Iterator[ErpTotal]:
    """Per order and operation: good pieces by ``yields``, the rest summed from entities of ProdnOrdConf2.
    Cancelled pairs count nothing. Raises BadValueError."""
    sums: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for place in yields:
        sums[place]["Yield"] = ZERO
    for one in confirmations:
        if one.get("IsReversed") or one.get("IsReversal"):
            continue
        place = _place(one.get("OrderID"), one.get("OrderOperation"))
        total = sums[place]
        for name in ("Yield", "Scrap", "Rework"):
            total[name] += number(one.get(f"Confirmation{name}Quantity") or 0)
        for slot, account in enumerate(profile.slots_of(str(one.get("WorkCenter", ""))), start=1):
            unit = str(one.get(f"OpWorkQuantityUnit{slot}") or account.unit).upper()
            amount = number(one.get(f"OpConfirmedWorkQuantity{slot}") or 0)
            if account.accounts and amount and unit in tables.SECONDS:
                total[account.accounts[0]] += amount * tables.SECONDS[unit]
    for (order, operation), total in sorted(sums.items()):
        yield ErpTotal(
            order=order,
            operation=operation,
            good=yields.get((order, operation), total["Yield"]),
            scrap=total["Scrap"],
            rework=total["Rework"],
            setup_seconds=_seconds(total[tables.SETUP]),
            run_seconds=_seconds(total[tables.RUN]),
        )


def _place(order: object, operation: object) -> tuple[str, str]:
    return values.key(str(order or "")), values.operation_number(str(operation or ""))


def _activities(confirmation: Confirmation, profile: tables.Profile) -> dict[str, object]:
    accounts = {
        tables.SETUP: confirmation.setup_seconds,
        tables.RUN: confirmation.run_seconds,
        tables.LABOUR: confirmation.labour_seconds,
        tables.STOP: confirmation.stop_seconds,
    }
    fields: dict[str, object] = {}
    for place, slot in enumerate(profile.slots_of(confirmation.work_centre), start=1):
        seconds = sum((accounts.get(account, ZERO) for account in slot.accounts), ZERO)
        amount = (seconds / tables.SECONDS[slot.unit]).quantize(THREE_PLACES, ROUND_HALF_UP)
        fields[f"WorkQuantityUnit{place}ISOCode"] = slot.unit
        fields[f"OpConfirmedWorkQuantity{place}"] = codec.amount_text(amount)
    return fields


def _moment(prefix: str, at: datetime | None, zone: ZoneInfo) -> dict[str, object]:
    if at is None:
        return {}
    local = at.astimezone(zone)
    return {f"{prefix}Date": codec.day_text(local.date()), f"{prefix}Time": codec.clock_text(local.time())}


def _reason(code: str, profile: tables.Profile) -> str:
    """Our reason in the ERP's words; without an entry the default, never a loss of pieces."""
    if not code:
        return ""
    if code in profile.reasons:
        return profile.reasons[code]
    return (
        code if len(code) <= LENGTHS["VarianceReasonCode"] and not profile.reasons else profile.default_reason
    )


def _too_long(fields: Mapping[str, object]) -> Iterator[Problem]:
    for name, longest in LENGTHS.items():
        value = str(fields[name])
        if len(value) > longest:
            reason = _("“%(value)s” does not fit the %(length)d characters of the ERP's field.") % {
                "value": value[:60],
                "length": longest,
            }
            yield Problem("too_long", reason, name, value=value[:100])


def _out_of_range(confirmation: Confirmation) -> Iterator[Problem]:
    for amount in _amounts(confirmation):
        if not 0 <= amount < LARGEST:
            reason = _("The amount %s is negative or too large for a time ticket.") % amount
            yield Problem("out_of_range", reason, value=str(amount))


def _seconds(value: Decimal) -> Decimal:
    return value.quantize(THREE_PLACES, ROUND_HALF_UP)
