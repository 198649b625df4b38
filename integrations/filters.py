"""What the list of messages can be narrowed by, the same words for both directions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.enums import InboundState, OutboundState
from integrations.models import Connection, InboundMessage, OutboundMessage

YOUNGER = {
    "hour": (_("last hour"), timedelta(hours=1)),
    "day": (_("last 24 hours"), timedelta(days=1)),
    "week": (_("last 7 days"), timedelta(days=7)),
    "month": (_("last 30 days"), timedelta(days=30)),
}
OLDER = {
    "over-hour": (_("older than an hour"), timedelta(hours=1)),
    "over-day": (_("older than a day"), timedelta(days=1)),
}
GROUPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "attention": (
        _("waits for a person"),
        (InboundState.REFUSED, InboundState.PARTLY, OutboundState.PARKED),
    ),
    "underway": (
        _("under way"),
        (InboundState.RECEIVED, InboundState.WAITING, OutboundState.QUEUED, OutboundState.SENDING),
    ),
    "accepted": (_("accepted, not posted yet"), (OutboundState.DELIVERED,)),
    "done": (_("applied or posted"), (InboundState.APPLIED, OutboundState.POSTED)),
    "over": (_("obsolete or discarded"), (InboundState.OBSOLETE, OutboundState.DISCARDED)),
}
STATES = {**dict(InboundState.choices), **dict(OutboundState.choices)}
SELECT = forms.Select({"class": "form-select", "data-submit-on-change": True})
SEARCH = forms.TextInput({"class": "form-control", "type": "search"})


class MessageFilter(django_filters.FilterSet):
    """``moment`` is the column that the age is taken from, ``type_column`` what the type is looked for in."""

    moment = ""
    type_column = ""

    order = django_filters.CharFilter(label=_("Order or file"), method="about", widget=SEARCH)
    connection = django_filters.ModelChoiceFilter(
        label=_("Partner"), queryset=Connection.objects.all(), empty_label=_("all"), widget=SELECT
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            (_("In short"), [(name, label) for name, (label, _states) in GROUPS.items()]),
            (_("Exactly"), list(STATES.items())),
        ],
        method="in_state",
        empty_label=_("any"),
        widget=SELECT,
    )
    kind = django_filters.CharFilter(label=_("Type"), method="of_type", widget=SEARCH)
    age = django_filters.ChoiceFilter(
        label=_("Age"),
        choices=[(name, label) for name, (label, _age) in {**YOUNGER, **OLDER}.items()],
        method="of_age",
        empty_label=_("any"),
        widget=SELECT,
    )

    def about(self, messages: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        raise NotImplementedError

    def of_type(self, messages: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        return messages.filter(**{f"{self.type_column}__icontains": text.strip()})

    def in_state(self, messages: QuerySet[Any], _name: str, state: str) -> QuerySet[Any]:
        states = GROUPS[state][1] if state in GROUPS else (state,)
        return messages.filter(state__in=states)

    def of_age(self, messages: QuerySet[Any], _name: str, age: str) -> QuerySet[Any]:
        if age in OLDER:
            return messages.filter(**{f"{self.moment}__lt": timezone.now() - OLDER[age][1]})
        return messages.filter(**{f"{self.moment}__gte": timezone.now() - YOUNGER[age][1]})


class InboundFilter(MessageFilter):
    moment = "received_at"
    type_column = "message_type"

    class Meta:
        model = InboundMessage
        fields = ("order", "connection", "state", "kind", "age")

    def about(self, messages: QuerySet[InboundMessage], _name: str, text: str) -> QuerySet[InboundMessage]:
        text = text.strip()
        return messages.filter(
            Q(orders__contains=[text]) | Q(name__icontains=text) | Q(external_id__icontains=text)
        )


class OutboundFilter(MessageFilter):
    moment = "created_at"
    type_column = "kind"

    code = django_filters.CharFilter(label=_("Partner's code"), lookup_expr="iexact", widget=SEARCH)

    class Meta:
        model = OutboundMessage
        fields = ("order", "connection", "state", "kind", "age", "code")

    def about(self, messages: QuerySet[OutboundMessage], _name: str, text: str) -> QuerySet[OutboundMessage]:
        return messages.filter(order__number__icontains=text.strip())
