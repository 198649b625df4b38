"""``Confirmation`` -> time tickets (PPCC2PRETTICKET02) and cancellations, and back.

A time ticket cannot carry a negative amount and PP-PDC knows no cancellation. A reversal therefore leaves
as a document of its own, the call ``BAPI_PRODORDCONF_CANCEL`` written as XML, which the partner's
middleware executes; see the README.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from integrations.domain.formats import Rendered
from integrations.erp.fields import BadValueError
from integrations.erp.idoc import tables, values
from integrations.erp.idoc.codec import read_idocs
from integrations.erp.idoc.document import write_document
from integrations.erp.idoc.node import Node
from integrations.erp.idoc.segment import Segment
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import Confirmation

BASIC_TYPE = "PPCC2PRETTICKET02"
MESSAGE_TYPE = "PPCC2PRETTICKET"
TICKET = "E1BP_PP_TIMETICKET"
CANCEL = "BAPI_PRODORDCONF_CANCEL"
WHOLE, SETUP, WORK, ACTIVITIES = "L", "R", "B", "V"
PARTIAL, FINAL = "20", "40"

# Longest value per field. A field named here must fit; a text is cut.
LENGTHS: Mapping[str, int] = {
    "CONF_NO": 10,
    "ORDERID": 12,
    "SEQUENCE": 6,
    "OPERATION": 4,
    "DEV_REASON": 4,
    "PLANT": 4,
    "WORK_CNTR": 8,
    "CONF_QUAN_UNIT_ISO": 3,
    "PERS_NO": 8,
    "EX_IDENT": 32,
}
TEXTS: Mapping[str, int] = {"CONF_TEXT": 40, "EX_CREATED_BY": 12}
LARGEST = Decimal(10) ** 10


class TicketFormat:
    """The outbox's door to this folder."""

    name = "idoc"

    def write(
        self,
        confirmations: Sequence[Confirmation],
        *,
        message_id: str,
        created: datetime,
        settings: Mapping[str, Any],
    ) -> Rendered:
        return write_tickets(
            confirmations,
            message_id=message_id,
            created=created,
            profile=tables.profile(settings),
            settings=settings,
        )


@dataclass(frozen=True, slots=True)
class TicketFile:
    """What a document of tickets says; times of the control record stay text."""

    control: Mapping[str, str]
    confirmations: tuple[Confirmation, ...]


def write_tickets(
    confirmations: Sequence[Confirmation],
    *,
    message_id: str,
    created: datetime,
    profile: tables.Profile | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Rendered:
    """One document. All confirmations are tickets, or all are cancellations.

    Raises ``InvalidInput`` naming field and value when a key does not fit its field.
    """
    profile = profile or tables.Profile()
    reversals = [bool(confirmation.reverses) for confirmation in confirmations]
    if not confirmations or (any(reversals) and not all(reversals)):
        reason = _("A document holds either tickets or cancellations.")
        raise InvalidInput([Problem("mixed", reason, field="reverses")])
    problems: list[Problem] = []
    warnings: list[str] = []
    fields = _cancellation if all(reversals) else _ticket
    rows: list[Mapping[str, str]] = []
    latest: dict[tuple[str, str], datetime] = {}
    for row, confirmation in enumerate(confirmations, start=1):
        logged = _one_second_apart(confirmation, latest)
        writer = _Writer(row, profile, problems, warnings)
        rows.append(writer.fitted(fields(confirmation, logged, profile, writer)))
    if problems:
        raise InvalidInput(problems)
    basic_type = CANCEL if all(reversals) else BASIC_TYPE
    segment = CANCEL if all(reversals) else TICKET
    control = _control(basic_type, message_id, created, ZoneInfo(confirmations[0].time_zone), profile)
    nodes = [Node(segment, row) for row in rows]
    if basic_type == CANCEL:
        # Not an IDoc of SAP's but a call for the middleware: flat files have no form for it.
        profile = replace(profile, flat=False)
    return write_document(basic_type, control, nodes, profile=profile, settings=settings, warnings=warnings)


def read_tickets(body: bytes, *, time_zone: str, profile: tables.Profile | None = None) -> TicketFile:
    """The confirmations of a document written by :func:`write_tickets`, or by another subsystem.

    What a ticket does not carry (status, single stops, sub-second times) comes back empty; ``sequence``
    is the place in the document. Raises ``InvalidInput``.
    """
    profile = profile or tables.Profile()
    idocs, problems = read_idocs(body)
    if problems or len(idocs) != 1:
        raise InvalidInput(problems or [Problem("one_idoc", _("The document must hold one IDOC."), row=1)])
    found: list[Confirmation] = []
    idoc = idocs[0]
    for name, read in ((TICKET, _read_ticket), (CANCEL, _read_cancellation)):
        for row, element in enumerate(idoc.body.all(name), start=1):
            segment = Segment(element, f"{name}[{row}]", row, problems)
            found.append(read(segment, row, time_zone, profile))
    if problems:
        raise InvalidInput(problems)
    return TicketFile(idoc.control, tuple(found))


@dataclass(slots=True)
class _Writer:
    """Holds values against the lengths of their fields."""

    row: int
    profile: tables.Profile
    problems: list[Problem]
    warnings: list[str]

    def fitted(self, fields: Mapping[str, str]) -> dict[str, str]:
        fitted: dict[str, str] = {}
        for name, value in fields.items():
            text = self.in_code_page(value)
            if name in TEXTS:
                text = text[: TEXTS[name]]
            elif len(text) > LENGTHS.get(name, 32):
                text = self.too_long(name, text, has_address=bool(fields.get("CONF_NO")))
            fitted[name] = text
        return fitted

    def too_long(self, name: str, text: str, *, has_address: bool) -> str:
        """Plant and work centre only repeat what the confirmation number says: without it they must fit."""
        if name in ("PLANT", "WORK_CNTR", "PERS_NO") and (has_address or name == "PERS_NO"):
            self.warnings.append(
                _("%(field)s “%(value)s” does not fit %(length)d characters and was left out.")
                % {"field": name, "value": text, "length": LENGTHS[name]}
            )
            return ""
        reason = _("“%(value)s” does not fit the %(length)d characters of the ERP's field.") % {
            "value": text[:60],
            "length": LENGTHS.get(name, 32),
        }
        self.problems.append(Problem("too_long", reason, field=name, row=self.row, value=text[:100]))
        return ""

    def in_code_page(self, text: str) -> str:
        return text.encode(self.profile.code_page, "replace").decode(self.profile.code_page)

    def amount(self, name: str, value: Decimal) -> str:
        if not 0 <= value < LARGEST:
            reason = _("The amount %s is negative or too large for a time ticket.") % value
            self.problems.append(Problem("out_of_range", reason, field=name, row=self.row, value=str(value)))
            return ""
        return values.amount_text(value)

    def reason(self, code: str) -> str:
        """Our reason in the ERP's words; without an entry the default and a warning, never a loss."""
        if not code:
            return ""
        if code in self.profile.reasons:
            return self.profile.reasons[code]
        if len(code) <= LENGTHS["DEV_REASON"] and not self.profile.reasons:
            return code
        self.warnings.append(
            _("No ERP reason for “%(code)s”: sent as “%(default)s”.")
            % {"code": code, "default": self.profile.default_reason}
        )
        return self.profile.default_reason

    def unit(self, code: str) -> str:
        return self.profile.iso_units.get(code, code)


def _one_second_apart(confirmation: Confirmation, latest: dict[tuple[str, str], datetime]) -> datetime:
    """SAP sorts the tickets of one operation by LOGDATE and LOGTIME, which have no fractions."""
    place = (confirmation.order, confirmation.operation)
    logged = confirmation.created.replace(microsecond=0)
    if place in latest and logged <= latest[place]:
        logged = latest[place] + timedelta(seconds=1)
    latest[place] = logged
    return logged


def _control(
    basic_type: str, message_id: str, created: datetime, zone: tzinfo, profile: tables.Profile
) -> dict[str, str]:
    local = created.astimezone(zone)
    return {
        "TABNAM": "EDI_DC40",
        "DIRECT": "2",
        "IDOCTYP": basic_type,
        "MESTYP": MESSAGE_TYPE if basic_type == BASIC_TYPE else basic_type,
        "SNDPOR": profile.sender_port,
        "SNDPRT": "LS",
        "SNDPRN": profile.sender,
        "RCVPOR": profile.receiver_port,
        "RCVPRT": "LS",
        "RCVPRN": profile.receiver,
        "CREDAT": f"{local:%Y%m%d}",
        "CRETIM": f"{local:%H%M%S}",
        "ARCKEY": f"mes:outbox:{message_id}",
        "SERIAL": f"{created.astimezone(ZoneInfo('UTC')):%Y%m%d%H%M%S%f}",
    }


def _address(confirmation: Confirmation) -> dict[str, str]:
    return {
        "CONF_NO": values.padded(confirmation.confirmation_number, 10),
        "ORDERID": values.padded(confirmation.order, 12),
        "OPERATION": values.padded(confirmation.operation, 4),
    }


def _ticket(
    confirmation: Confirmation, logged: datetime, profile: tables.Profile, writer: _Writer
) -> dict[str, str]:
    """Fields in the order of the segment's dictionary."""
    zone = ZoneInfo(confirmation.time_zone)
    posted = confirmation.posting_date or (confirmation.end or confirmation.created).astimezone(zone).date()
    local = logged.astimezone(zone)
    return {
        **_address(confirmation),
        "FIN_CONF": "X" if confirmation.final else "",
        "POSTG_DATE": f"{posted:%Y%m%d}",
        "DEV_REASON": writer.reason(confirmation.scrap_reason),
        "CONF_TEXT": confirmation.note,
        "PLANT": confirmation.plant,
        "WORK_CNTR": confirmation.work_centre,
        "RECORDTYPE": _phase(confirmation, profile) + (FINAL if confirmation.final else PARTIAL),
        "CONF_QUAN_UNIT_ISO": writer.unit(confirmation.unit),
        "YIELD": writer.amount("YIELD", confirmation.good),
        "SCRAP": writer.amount("SCRAP", confirmation.scrap),
        "REWORK": writer.amount("REWORK", confirmation.rework),
        **_activities(confirmation, profile, writer),
        **_time_fields("EXEC_START", confirmation.start, zone),
        **_time_fields("EXEC_FIN", confirmation.end, zone),
        "PERS_NO": values.padded(confirmation.person, 8),
        "EX_CREATED_BY": profile.created_by,
        "EX_CREATED_DATE": f"{local:%Y%m%d}",
        "EX_CREATED_TIME": f"{local:%H%M%S}",
        "EX_IDENT": confirmation.identity,
        "LOGDATE": f"{local:%Y%m%d}",
        "LOGTIME": f"{local:%H%M%S}",
    }


def _phase(confirmation: Confirmation, profile: tables.Profile) -> str:
    """What the ticket is about, for an ERP that keeps setup, work and activities apart."""
    if not profile.by_phase:
        return WHOLE
    if confirmation.good or confirmation.scrap or confirmation.rework or confirmation.run_seconds:
        return WORK
    if confirmation.setup_seconds:
        return SETUP
    return ACTIVITIES if confirmation.stop_seconds or confirmation.labour_seconds else WORK


def _activities(confirmation: Confirmation, profile: tables.Profile, writer: _Writer) -> dict[str, str]:
    accounts = {
        tables.SETUP: confirmation.setup_seconds,
        tables.RUN: confirmation.run_seconds,
        tables.LABOUR: confirmation.labour_seconds,
        tables.STOP: confirmation.stop_seconds,
    }
    fields: dict[str, str] = {}
    for place, slot in enumerate(profile.slots, start=1):
        seconds = sum((accounts.get(account, Decimal(0)) for account in slot.accounts), Decimal(0))
        fields[f"CONF_ACTI_UNIT{place}_ISO"] = slot.unit
        name = f"CONF_ACTIVITY{place}"
        fields[name] = writer.amount(name, seconds / tables.SECONDS[slot.unit])
    return fields


def _cancellation(
    confirmation: Confirmation, logged: datetime, profile: tables.Profile, writer: _Writer
) -> dict[str, str]:
    zone = ZoneInfo(confirmation.time_zone)
    local = logged.astimezone(zone)
    return {
        **_address(confirmation),
        "POSTG_DATE": f"{confirmation.posting_date or local.date():%Y%m%d}",
        "CANCELLED_EX_IDENT": confirmation.reverses,
        "CONF_TEXT": _("Corrected in the MES"),
        "CONF_QUAN_UNIT_ISO": writer.unit(confirmation.unit),
        "YIELD": writer.amount("YIELD", confirmation.good),
        "SCRAP": writer.amount("SCRAP", confirmation.scrap),
        "REWORK": writer.amount("REWORK", confirmation.rework),
        "EX_CREATED_BY": profile.created_by,
        "EX_IDENT": confirmation.identity,
        "LOGDATE": f"{local:%Y%m%d}",
        "LOGTIME": f"{local:%H%M%S}",
    }


def _time_fields(prefix: str, moment: datetime | None, zone: tzinfo) -> dict[str, str]:
    if moment is None:
        return {}
    local = moment.astimezone(zone)
    return {f"{prefix}_DATE": f"{local:%Y%m%d}", f"{prefix}_TIME": f"{local:%H%M%S}"}


def _read_ticket(segment: Segment, row: int, time_zone: str, profile: tables.Profile) -> Confirmation:
    zone = ZoneInfo(time_zone)
    accounts = dict(_read_activities(segment, profile))
    return _confirmation(
        segment,
        row,
        time_zone,
        profile,
        scrap_reason=segment.text("DEV_REASON") or "",
        setup_seconds=accounts.get(tables.SETUP, Decimal(0)),
        run_seconds=accounts.get(tables.RUN, Decimal(0)),
        labour_seconds=accounts.get(tables.LABOUR, Decimal(0)),
        stop_seconds=accounts.get(tables.STOP, Decimal(0)),
        start=segment.moment("EXEC_START_DATE", "EXEC_START_TIME", zone),
        end=segment.moment("EXEC_FIN_DATE", "EXEC_FIN_TIME", zone),
        person=values.key(segment.text("PERS_NO") or ""),
        final=segment.is_set("FIN_CONF"),
        reverses="",
    )


def _read_cancellation(segment: Segment, row: int, time_zone: str, profile: tables.Profile) -> Confirmation:
    nothing = Decimal(0)
    return _confirmation(
        segment,
        row,
        time_zone,
        profile,
        scrap_reason="",
        setup_seconds=nothing,
        run_seconds=nothing,
        labour_seconds=nothing,
        stop_seconds=nothing,
        start=None,
        end=None,
        person="",
        final=False,
        reverses=segment.required("CANCELLED_EX_IDENT"),
    )


def _confirmation(
    segment: Segment, row: int, time_zone: str, profile: tables.Profile, **rest: Any
) -> Confirmation:
    zone = ZoneInfo(time_zone)
    created = segment.moment("LOGDATE", "LOGTIME", zone)
    if created is None:
        segment.note("LOGDATE", BadValueError("required", _("The field LOGDATE is missing.")))
        created = datetime.now(zone)
    unit = segment.text("CONF_QUAN_UNIT_ISO") or segment.text("CONF_QUAN_UNIT") or ""
    return Confirmation(
        identity=segment.required("EX_IDENT"),
        sequence=row,
        order=values.key(segment.text("ORDERID") or ""),
        operation=values.operation_number(segment.text("OPERATION") or ""),
        plant=segment.text("PLANT") or "",
        work_centre=segment.text("WORK_CNTR") or "",
        confirmation_number=segment.text("CONF_NO") or "",
        unit=profile.units.get(unit.upper(), unit),
        good=segment.quantity("YIELD") or Decimal(0),
        scrap=segment.quantity("SCRAP") or Decimal(0),
        rework=segment.quantity("REWORK") or Decimal(0),
        created=created,
        time_zone=time_zone,
        **rest,
    )


def _read_activities(segment: Segment, profile: tables.Profile) -> Iterator[tuple[str, Decimal]]:
    """A slot that sums several accounts goes to the first of them."""
    for place, slot in enumerate(profile.slots, start=1):
        unit = (segment.text(f"CONF_ACTI_UNIT{place}_ISO") or slot.unit).upper()
        factor = tables.SECONDS.get(unit)
        if factor is None:
            reason = _("“%s” is not a unit of time that is known here.") % unit
            segment.note(f"CONF_ACTI_UNIT{place}_ISO", BadValueError("unknown_unit", reason))
            continue
        seconds = segment.duration(f"CONF_ACTIVITY{place}", factor)
        if seconds is not None and slot.accounts:
            yield slot.accounts[0], seconds
