"""Words of a partner that no translation knows, noted as messages meet them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from integrations.enums import InboundState, TranslationKind
from integrations.models import InboundMessage, Translation, UnknownValue, WaitingReference
from integrations.models.translation import READ
from mes.lib.errors import Problem
from orders.domain.missing import Missing

CODES = {kind: f"unknown_{kind}" for kind in TranslationKind}
_KINDS = {code: kind for kind, code in CODES.items()}


def note_unknown(message: InboundMessage, problems: Iterable[Problem], missing: Iterable[Missing]) -> None:
    """Note the words that this message met. A message that is read again counts once."""
    met = {(_KINDS[one.code], one.value[:120]) for one in problems if one.code in _KINDS and one.value}
    met |= {(_KINDS[f"unknown_{one.kind}"], one.code) for one in missing if f"unknown_{one.kind}" in _KINDS}
    note_values(message, met)


def note_values(message: InboundMessage, met: Collection[tuple[TranslationKind, str]]) -> None:
    """Note words by kind and value that this message met and nothing translates."""
    if not met:
        return
    known = {
        (TranslationKind(row.kind), row.value): row
        for row in UnknownValue.objects.select_for_update()
        .filter(connection=message.connection_id, value__in={value for _kind, value in met})
        .order_by("pk")
        if (row.kind, row.value) in met
    }
    UnknownValue.objects.bulk_create(
        [
            UnknownValue(
                connection_id=message.connection_id,
                kind=kind,
                value=value,
                met=1,
                first_message=message,
                last_message=message,
            )
            for kind, value in sorted(met - known.keys())
        ],
        ignore_conflicts=True,  # somebody else meets it at this moment too
    )
    if message.attempts == 0:
        again = [row.pk for row in known.values()]
        UnknownValue.objects.filter(pk__in=again).update(met=F("met") + 1, last_message=message)


def known_values() -> QuerySet[UnknownValue]:
    """All of them, those without a translation first. ``translated``, and ``still_met`` by messages that are
    not whole for now."""
    translated = Translation.objects.filter(
        connection=OuterRef("connection"), kind=OuterRef("kind"), theirs=OuterRef("value"), direction__in=READ
    )
    waits = WaitingReference.objects.filter(
        message__connection=OuterRef("connection"), kind=OuterRef("kind"), code=OuterRef("value")
    )
    refused = InboundMessage.objects.filter(
        connection=OuterRef("connection"),
        state__in=(InboundState.REFUSED, InboundState.PARTLY),
        pk=OuterRef("last_message"),
    )
    found = UnknownValue.objects.annotate(
        translated=Exists(translated), still_met=Exists(waits) | Exists(refused)
    )
    return found.select_related("connection__plant", "first_message", "last_message").order_by(
        "translated", "-met", "connection", "kind", "value"
    )


def messages_that_met(unknown: UnknownValue) -> QuerySet[InboundMessage]:
    """Messages that are not whole because of this value."""
    code = CODES[TranslationKind(unknown.kind)]
    waits = WaitingReference.objects.filter(message=OuterRef("pk"), kind=unknown.kind, code=unknown.value)
    named = Q(problems__contains=[{"code": code, "value": unknown.value}])
    open_ones = InboundMessage.objects.filter(
        connection=unknown.connection_id,
        state__in=(InboundState.REFUSED, InboundState.PARTLY, InboundState.WAITING),
    )
    return open_ones.filter(named | Exists(waits)).select_related("connection__plant")
