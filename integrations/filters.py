"""What the lists of messages can be narrowed by."""

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

AGES = {
    "hour": (_("last hour"), timedelta(hours=1)),
    "day": (_("last 24 hours"), timedelta(days=1)),
    "week": (_("last 7 days"), timedelta(days=7)),
    "month": (_("last 30 days"), timedelta(days=30)),
}
SELECT = forms.Select({"class": "form-select", "data-submit-on-change": True})
SEARCH = forms.TextInput({"class": "form-control", "type": "search"})


class MessageFilter(django_filters.FilterSet):
    """What both directions share. ``moment`` is the column that the age is taken from."""

    moment = ""

    connection = django_filters.ModelChoiceFilter(
        label=_("Partner"), queryset=Connection.objects.all(), empty_label=_("all"), widget=SELECT
    )
    age = django_filters.ChoiceFilter(
        label=_("Age"),
        choices=[(name, label) for name, (label, _age) in AGES.items()],
        method="younger",
        empty_label=_("any"),
        widget=SELECT,
    )

    def younger(self, messages: QuerySet[Any], _name: str, age: str) -> QuerySet[Any]:
        return messages.filter(**{f"{self.moment}__gte": timezone.now() - AGES[age][1]})


class InboundFilter(MessageFilter):
    moment = "received_at"

    state = django_filters.ChoiceFilter(
        label=_("State"), choices=InboundState.choices, empty_label=_("any"), widget=SELECT
    )
    order = django_filters.CharFilter(label=_("Order or file"), method="about", widget=SEARCH)

    class Meta:
        model = InboundMessage
        fields = ("order", "connection", "state", "age")

    def about(self, messages: QuerySet[InboundMessage], _name: str, text: str) -> QuerySet[InboundMessage]:
        text = text.strip()
        return messages.filter(
            Q(orders__contains=[text]) | Q(name__icontains=text) | Q(external_id__icontains=text)
        )


class OutboundFilter(MessageFilter):
    moment = "created_at"

    state = django_filters.ChoiceFilter(
        label=_("State"), choices=OutboundState.choices, empty_label=_("any"), widget=SELECT
    )
    order = django_filters.CharFilter(
        label=_("Order"), field_name="order__number", lookup_expr="icontains", widget=SEARCH
    )

    class Meta:
        model = OutboundMessage
        fields = ("order", "connection", "state", "age")
