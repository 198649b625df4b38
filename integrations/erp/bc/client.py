"""The connector to Business Central: fetching orders, posting and reversing output, asking for totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from integrations.domain.connectors import ErpTotal, Fetched, Line, Page, PartnerError, Posting
from integrations.domain.outbox.outcome import PERIOD_CLOSED, Outcome, again, parked, posted
from integrations.erp.bc import codec, mapping, tables
from integrations.erp.bc.session import Session
from integrations.erp.calls import Answer, NeverSentError, UnansweredError
from integrations.erp.days import posting_day
from integrations.erp.delta import Seen
from integrations.erp.fields import BadValueError
from integrations.erp.slices import Entity
from mes.lib.sentences import gettext as _

ORDERS, ENTRIES, LEDGER = "productionOrders", "outputEntries", "capacityLedgerEntries"
EXPAND = f"{mapping.LINES}($expand={mapping.ROUTING},{mapping.COMPONENTS})"
# Where a change of an order may show, and what the order is called there.
CHANGES = (
    (ORDERS, "number"),
    ("orderLines", "orderNo"),
    ("routingLines", "orderNo"),
    ("components", "orderNo"),
)
CONFIRMATION, REVERSAL = "confirmation", "reversal"
# Among other things: such a report is there already.
REFUSED = (400, 409)
# Not the message's fault: the same one may well be taken later.
PASSING = frozenset({401, 403, 404, 407, 408, 409, 423, 429})


class BusinessCentralConnector:
    name = "bc"

    def fetch(self, line: Line, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Orders with a change since the cursor, less an overlap for what was committed late, each once; the
        very first time all that are firm planned or released."""
        profile = tables.profile(line.options)
        before = str(cursor.get("changed") or "")
        seen = Seen(cursor.get("seen", {}))
        changed = sorted(self._changed(line, profile, before).items(), key=lambda one: (one[1], one[0]))
        for start in range(0, len(changed), profile.orders_at_once):
            some = changed[start : start + profile.orders_at_once]
            orders = self._orders(line, profile, [number for number, _stamp in some])
            messages = tuple(
                Fetched(order.raw, mapping.MESSAGE_TYPE, _number(order), name=_number(order))
                for order in orders
                if seen.is_new(_number(order), dict(some)[_number(order)], order.raw)
            )
            before = max(before, some[-1][1])
            yield Page(messages, {"changed": before, "seen": seen.since(_earlier(before, profile))})

    def _changed(self, line: Line, profile: tables.Profile, before: str) -> dict[str, str]:
        """Number and latest change of the orders to read."""
        found: dict[str, str] = {}
        with Session(line, profile) as session:
            for resource, name in CHANGES if before else CHANGES[:1]:
                conditions = [f"systemModifiedAt ge {_earlier(before, profile)}"] if before else []
                if not before:
                    conditions.append("status ne 'Finished'")
                if profile.filter and resource == ORDERS:
                    conditions.append(f"({profile.filter})")
                params = {"$select": f"{name},systemModifiedAt", "$filter": " and ".join(conditions)}
                for entity in session.all(resource, params):
                    number, stamp = str(entity.values.get(name, "")), _stamp(entity)
                    found[number] = max(found.get(number, ""), stamp)
        return found

    def _orders(self, line: Line, profile: tables.Profile, numbers: Sequence[str]) -> list[Entity]:
        wanted = " or ".join(f"number eq {codec.literal(number)}" for number in numbers)
        conditions = [f"({wanted})", *([f"({profile.filter})"] if profile.filter else [])]
        with Session(line, profile) as session:
            return session.all(ORDERS, {"$filter": " and ".join(conditions), "$expand": EXPAND})

    def post(self, line: Line, posting: Posting) -> Outcome:
        if posting.kind not in (CONFIRMATION, REVERSAL) or mapping.says_nothing(posting.confirmation):
            return posted(_("Business Central books no such message."))
        profile = tables.profile(line.options)
        try:
            with Session(line, profile) as session:
                outcome = _Poster(session, profile, posting).post()
                return replace(outcome, clock_seconds=session.conversation.clock_seconds)
        except NeverSentError as error:
            return again(str(error), unreachable=error.unreachable, code=error.code)
        except UnansweredError as error:
            return again(str(error), uncertain=True, code=error.code)

    def totals(self, line: Line, orders: Sequence[str]) -> Iterable[ErpTotal]:
        """Summed up from the capacity ledger."""
        profile = tables.profile(line.options)
        numbers = sorted({mapping.address_of(order)[0] for order in orders})
        found: list[dict[str, Any]] = []
        with Session(line, profile) as session:
            for start in range(0, len(numbers), profile.orders_at_once):
                some = numbers[start : start + profile.orders_at_once]
                wanted = " or ".join(f"orderNo eq {codec.literal(number)}" for number in some)
                found += [entity.values for entity in session.all(LEDGER, {"$filter": wanted})]
        try:
            return [one for one in mapping.totals(found, profile) if one.order in set(orders)]
        except BadValueError as error:
            raise PartnerError("nonsense", str(error)) from error


class _Poster:
    """One entry of the output journal. Its identity is unique there, so a repeat is refused, and found."""

    def __init__(self, session: Session, profile: tables.Profile, posting: Posting) -> None:
        self.session = session
        self.profile = profile
        self.posting = posting
        self.confirmation = posting.confirmation

    def post(self) -> Outcome:
        if self.posting.uncertain and (booked := self.look()):
            return booked
        entry = mapping.output(self.confirmation, self.profile, on=posting_day(self.confirmation))
        answer = self.session.post(ENTRIES, entry)
        if answer.status in REFUSED and (booked := self.look()):
            return booked
        return self.judge(answer)

    def look(self) -> Outcome | None:
        """What stands there under this identity."""
        wanted = {"$filter": f"externalId eq {mapping.identity(self.confirmation)}"}
        found = self.session.all(ENTRIES, wanted)
        return posted(_("It was booked before."), reference=_key(found[0].values)) if found else None

    def period_is_closed(self, sentence: str) -> bool:
        return any(text.casefold() in sentence.casefold() for text in self.profile.closed_period_texts)

    def judge(self, answer: Answer) -> Outcome:
        text = answer.text
        if answer.status in (200, 201):
            return posted(text, reference=_key(codec.read_entity(answer.body)))
        fault = codec.read_fault(answer.body)
        code = fault.code or str(answer.status)
        if answer.status >= 500 or answer.status < 400:
            return again(_("The partner answered %d.") % answer.status, text, uncertain=True, code=code)
        if answer.status in PASSING:
            said = {"status": answer.status, "text": fault.sentence}
            return again(_("The partner answered %(status)d: %(text)s") % said, text, code=code)
        if answer.status == 400 and self.period_is_closed(fault.sentence):
            code = PERIOD_CLOSED
        return parked(_("Business Central refused it: %s") % (fault.sentence or text[:200]), text, code=code)


def _key(entry: Mapping[str, Any]) -> str:
    return str(entry.get("entryNo", ""))


def _number(order: Entity) -> str:
    return str(order.values.get("number", ""))


def _stamp(entity: Entity) -> str:
    """In one spelling, so that stamps compare as text. Raises PartnerError."""
    try:
        return codec.moment_text(codec.moment(str(entity.values.get("systemModifiedAt"))))
    except BadValueError as error:
        raise PartnerError("nonsense", str(error)) from error


def _earlier(stamp: str, profile: tables.Profile) -> str:
    return codec.moment_text(codec.moment(stamp) - timedelta(seconds=profile.overlap_seconds))
