"""The connector to SAP S/4HANA: fetching orders, posting and cancelling confirmations, asking for totals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.utils import timezone

from integrations.domain.connectors import ErpTotal, Fetched, Line, Page, PartnerError, Posting
from integrations.domain.outbox.outcome import PERIOD_CLOSED, Outcome, again, parked, posted
from integrations.domain.outbox.redating import TODAY
from integrations.erp.calls import Answer, NeverSentError, UnansweredError
from integrations.erp.days import posting_day, today
from integrations.erp.delta import Seen
from integrations.erp.fields import BadValueError
from integrations.erp.idoc import values
from integrations.erp.odata import codec, mapping, tables, tickets
from integrations.erp.odata.session import Session, results, wants_token
from integrations.erp.record import number
from integrations.erp.slices import Entity, Listing
from mes.lib.sentences import gettext as _
from orders.domain.documents import Confirmation

ORDERS = f"{tables.ORDERS}/A_ProductionOrder_2"
SET = f"{tables.CONFIRMATIONS}/ProdnOrdConf2"
CANCEL = f"{tables.CONFIRMATIONS}/CancelProdnOrdConf"
EXPAND = ",".join((mapping.OPERATIONS, mapping.COMPONENTS, mapping.STATUS))
CONFIRMATION, REVERSAL = "confirmation", "reversal"
STAMP = "%Y%m%d%H%M%S"
ORDERS_AT_ONCE = 20
MOST_ROWS = 5000
LOCKED = 423
# Not the message's fault: the same one may well be taken later.
PASSING = frozenset({401, 403, 404, 407, 408, 429})


class SapConnector:
    name = "odata"

    def fetch(self, line: Line, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Orders changed since the cursor, less an overlap for what was committed late, each once.

        Goes on behind the last change seen, never by counting rows: an order that changes meanwhile moves
        to the end of the list, and counting would then skip another one.
        """
        profile = tables.profile(line.options)
        reader = _Reader(line, profile)
        seen = Seen(cursor.get("seen", {}))
        highest = str(cursor.get("changed") or "")
        after = _earlier(highest, profile.overlap_seconds) or profile.since
        skip = 0
        while True:
            listing = reader.page(after, skip)
            stamps = [_stamp(one) for one in listing.entities]
            fresh = [one for one in listing.entities if seen.is_new(_number(one), _stamp(one), one.raw)]
            highest = max([highest, *stamps])
            floor = _earlier(highest, profile.overlap_seconds)
            messages = tuple(reader.message(one) for one in fresh)
            yield Page(messages, {"changed": highest, "seen": seen.since(floor)})
            if not listing.entities or not (listing.next or len(listing.entities) >= profile.page_size):
                return
            last = stamps[-1]
            skip = skip + len(stamps) if last == after else sum(1 for stamp in stamps if stamp == last)
            after = last

    def post(self, line: Line, posting: Posting) -> Outcome:
        if posting.kind not in (CONFIRMATION, REVERSAL) or tickets.says_nothing(posting.confirmation):
            return posted(_("SAP books no such message."))
        profile = tables.profile(line.options)
        try:
            with Session(line, profile) as session:
                poster = _Poster(session, profile, posting)
                outcome = poster.cancel() if posting.kind == REVERSAL else poster.confirm()
                return replace(outcome, clock_seconds=session.conversation.clock_seconds)
        except NeverSentError as error:
            return again(str(error), unreachable=error.unreachable, code=error.code)
        except UnansweredError as error:
            return again(str(error), uncertain=True, code=error.code)

    def totals(self, line: Line, orders: Sequence[str]) -> Iterable[ErpTotal]:
        """Good pieces as SAP's own operations sum them up; the rest from the confirmations in force."""
        profile = tables.profile(line.options)
        confirmations: list[dict[str, Any]] = []
        yields: dict[tuple[str, str], Decimal] = {}
        with Session(line, profile) as session:
            for start in range(0, len(orders), ORDERS_AT_ONCE):
                some = orders[start : start + ORDERS_AT_ONCE]
                either = " or ".join(f"ManufacturingOrder eq {codec.literal(order)}" for order in some)
                operations = {"$filter": either, "$expand": mapping.OPERATIONS}
                for order in _values(session.page(ORDERS, operations)):
                    yields.update(tickets.yields(order))
                session.page(SET, {"$top": "1"}, with_token=True)
                for part in session.batch(tables.CONFIRMATIONS, [_question(order) for order in some]):
                    confirmations += results(part)
        try:
            return list(tickets.totals(confirmations, yields, profile))
        except BadValueError as error:
            raise PartnerError("nonsense", str(error)) from error


def _question(order: str) -> str:
    wanted = quote(f"OrderID eq {codec.literal(order)}")
    return f"ProdnOrdConf2?$format=json&$top={MOST_ROWS}&$filter={wanted}"


class _Reader:
    """Pages of orders, and the routing that belongs to each."""

    def __init__(self, line: Line, profile: tables.Profile) -> None:
        self.line = line
        self.profile = profile
        self.routings: dict[tuple[str, str, Decimal], tuple[bytes, ...]] = {}
        self.session: Session

    def page(self, after: str, skip: int) -> Listing:
        conditions = [f"LastChangeDateTime ge {codec.literal(after)}"] if after else []
        conditions += [f"({self.profile.filter})"] if self.profile.filter else []
        params = {
            "$expand": EXPAND,
            "$orderby": "LastChangeDateTime,ManufacturingOrder",
            "$top": str(self.profile.page_size),
        }
        if conditions:
            params["$filter"] = " and ".join(conditions)
        if skip:
            params["$skip"] = str(skip)
        with Session(self.line, self.profile) as session:
            return session.page(ORDERS, params)

    def message(self, order: Entity) -> Fetched:
        number_ = _number(order)
        body = mapping.write_message(order.raw, self.routing(order.values) if self.profile.routing else ())
        return Fetched(body, mapping.MESSAGE_TYPE, number_, name=number_)

    def routing(self, order: Mapping[str, Any]) -> tuple[bytes, ...]:
        """The operations of the order's routing as the partner gave them; none when that isn't clear."""
        material, plant = str(order.get("Material") or ""), str(order.get("ProductionPlant") or "")
        try:
            lot = number(order.get("TotalQuantity") or 0)
        except BadValueError:
            return ()
        if not material or not plant:
            return ()
        place = (material, plant, lot)
        if place not in self.routings:
            self.routings[place] = self._ask_routing(material, plant, lot)
        return self.routings[place]

    def _ask_routing(self, material: str, plant: str, lot: Decimal) -> tuple[bytes, ...]:
        on = timezone.now().astimezone(self.line.zone).date()
        product = f"Product eq {codec.literal(material)} and Plant eq {codec.literal(plant)}"
        with Session(self.line, self.profile) as session:
            assigned = _values(
                session.page(f"{tables.ROUTINGS}/ProductionRoutingMatlAssgmt", {"$filter": product})
            )
            groups = sorted({str(one.get("ProductionRoutingGroup")) for one in assigned})
            if not groups:
                return ()
            either = " or ".join(f"ProductionRoutingGroup eq {codec.literal(group)}" for group in groups)
            headers = _values(session.page(f"{tables.ROUTINGS}/ProductionRoutingHeader", {"$filter": either}))
            chosen = mapping.choose_routing(assigned, headers, lot=lot, on=on)
            if chosen is None:
                return ()
            group, alternative = chosen
            wanted = (
                f"ProductionRoutingGroup eq {codec.literal(group)} "
                f"and ProductionRouting eq {codec.literal(alternative)}"
            )
            steps = session.page(
                f"{tables.ROUTINGS}/ProductionRoutingOperation", {"$filter": wanted, "$top": str(MOST_ROWS)}
            )
            return tuple(step.raw for step in steps.entities if mapping.is_valid(step.values, on))


class _Poster:
    """One confirmation or cancellation, looked for before it is booked."""

    def __init__(self, session: Session, profile: tables.Profile, posting: Posting) -> None:
        self.session = session
        self.profile = profile
        self.posting = posting
        self.confirmation = posting.confirmation

    def confirm(self) -> Outcome:
        booked = self.look(self.confirmation)
        if booked is not None:
            return posted(_("It was booked before."), reference=_key(booked))
        fields = tickets.ticket(self.confirmation, self.profile, on=posting_day(self.confirmation))
        return self.judge(self.send(lambda: self.session.post(SET, fields)))

    def cancel(self) -> Outcome:
        """Take back what was booked under the number it got there. A repeat finds it cancelled already."""
        target = self.target()
        if target is None:
            reason = _("SAP has no confirmation that could be cancelled: it was never booked there.")
            return parked(reason)
        if target.get("IsReversed"):
            return posted(_("It was cancelled before."), reference=_key(target))
        params = {
            "ConfirmationGroup": codec.literal(str(target.get("ConfirmationGroup", ""))),
            "ConfirmationCount": codec.literal(str(target.get("ConfirmationCount", ""))),
            "ConfirmationText": codec.literal(_("Corrected in the MES")[: tickets.LONGEST_TEXT]),
            "ExternalSystemConfirmation": codec.literal(tickets.identity(self.confirmation)),
        }
        if self.profile.closed_period == TODAY:
            # SAP takes this day only where the period of the original one is closed.
            params["PostingDate"] = codec.literal(today(self.confirmation))
        answer = self.send(lambda: self.session.post(CANCEL, None, params))
        return self.judge(answer)

    def look(self, confirmation: Confirmation) -> dict[str, Any] | None:
        """What SAP has under this identity; the same question fetches the token for posting."""
        return self.find(
            f"ExternalSystemConfirmation eq {codec.literal(tickets.identity(confirmation))} "
            f"and OrderID eq {codec.literal(confirmation.order)}"
        )

    def target(self) -> dict[str, Any] | None:
        """The confirmation to cancel: by the number kept of it, else by its identity."""
        group, _slash, counter = self.posting.reference.partition("/")
        if group and counter:
            return self.find(
                f"ConfirmationGroup eq {codec.literal(group)} "
                f"and ConfirmationCount eq {codec.literal(counter)}"
            )
        taken_back = UUID(self.confirmation.reverses)
        return self.find(
            f"ExternalSystemConfirmation eq {codec.literal(taken_back)} "
            f"and OrderID eq {codec.literal(self.confirmation.order)}"
        )

    def find(self, wanted: str) -> dict[str, Any] | None:
        found = _values(self.session.page(SET, {"$filter": wanted}, with_token=True))
        return next((one for one in found if not one.get("IsReversal")), None)

    def send(self, call: Callable[[], Answer]) -> Answer:
        """Once more when SAP wants a new token: it didn't look at the first one."""
        answer = call()
        if wants_token(answer):
            self.session.page(SET, {"$top": "1"}, with_token=True)
            answer = call()
        return answer

    def judge(self, answer: Answer) -> Outcome:
        """Read SAP's answer to a change."""
        text = answer.text
        if answer.status in (200, 201):
            return posted(text, reference=_key(codec.read_entity(answer.body)))
        fault = codec.read_fault(answer.body)
        code = fault.codes[0] if fault.codes else str(answer.status)
        if answer.status >= 500 or answer.status < 400:
            return again(_("The partner answered %d.") % answer.status, text, uncertain=True, code=code)
        if answer.status == LOCKED or self.profile.locked_codes.intersection(fault.codes):
            return again(_("Somebody has the order open in SAP: %s") % fault, text, code=code)
        if answer.status in PASSING:
            said = {"status": answer.status, "text": fault}
            return again(_("The partner answered %(status)d: %(text)s") % said, text, code=code)
        if self.profile.closed_period_codes.intersection(fault.codes):
            code = PERIOD_CLOSED
        return parked(_("SAP refused it: %s") % (str(fault) or text[:200]), text, code=code)


def _key(confirmation: Mapping[str, Any]) -> str:
    return f"{confirmation.get('ConfirmationGroup', '')}/{confirmation.get('ConfirmationCount', '')}"


def _values(listing: Listing) -> list[dict[str, Any]]:
    return [entity.values for entity in listing.entities]


def _number(order: Entity) -> str:
    return values.key(str(order.values.get("ManufacturingOrder") or ""))


def _stamp(order: Entity) -> str:
    return str(order.values.get("LastChangeDateTime") or "")


def _earlier(stamp: str, seconds: int) -> str:
    """The partner's own time stamp, moved back; empty for one that is none."""
    try:
        moment = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
        return (moment - timedelta(seconds=seconds)).strftime(STAMP)
    except (ValueError, OverflowError):
        return ""
