"""What the lists can be narrowed by and sorted after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.widgets import PlainSelect
from orders.enums import OrderState, Strategy
from orders.models import CustomerOrder, ProductionOrder
from orders.queries.orders import OPEN_STATES, late

OPEN, ALL, DONE = "open", "all", "done"
TEXT = forms.TextInput({"class": "form-control", "autocomplete": "off"})
SELECT = PlainSelect({"class": "form-select", "data-submit-on-change": True})


def found_by(text: str) -> Q:
    """Production orders that a search for this text means."""
    return (
        Q(number__icontains=text)
        | Q(item__code__icontains=text)
        | Q(item__name__icontains=text)
        | Q(customer_line__order__number__icontains=text)
        | Q(customer_line__order__customer__name__icontains=text)
    )


class OrderFilter(django_filters.FilterSet):
    """Production orders. Without a state the open ones are shown; ``state=all`` shows every one."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="search",
        widget=forms.TextInput(
            {"class": "form-control", "type": "search", "placeholder": _("Order, item, customer …")}
        ),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[(OPEN, _("open")), *OrderState.choices, (ALL, _("all"))],
        method="in_state",
        empty_label=None,
        widget=SELECT,
    )
    strategy = django_filters.ChoiceFilter(
        label=_("Strategy"), choices=Strategy.choices, empty_label=_("any"), widget=SELECT
    )
    plant = django_filters.ModelChoiceFilter(
        label=_("Plant"), queryset=Plant.objects.only("code", "name"), empty_label=_("all"), widget=SELECT
    )
    customer = django_filters.CharFilter(label=_("Customer"), method="of_customer", widget=TEXT)
    item = django_filters.CharFilter(label=_("Item"), method="of_item", widget=TEXT)
    late = django_filters.BooleanFilter(
        label=_("Late only"),
        method="only_late",
        widget=forms.CheckboxInput({"data-submit-on-change": True}),
    )
    sort = django_filters.OrderingFilter(
        fields=(
            ("number", "number"),
            ("item__code", "item"),
            ("state", "state"),
            ("quantity", "quantity"),
            ("requested_at", "requested"),
            ("promised_at", "promised"),
            ("priority", "priority"),
        ),
        widget=forms.HiddenInput,
    )

    class Meta:
        model = ProductionOrder
        fields = ("q", "state", "strategy", "plant", "customer", "item", "late", "sort")

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        given = data.copy() if data is not None else {}
        given.setdefault("state", OPEN)
        super().__init__(given, *args, **kwargs)

    def search(self, orders: QuerySet[ProductionOrder], _name: str, text: str) -> QuerySet[ProductionOrder]:
        return orders.filter(found_by(text.strip()))

    def in_state(
        self, orders: QuerySet[ProductionOrder], _name: str, state: str
    ) -> QuerySet[ProductionOrder]:
        if state == ALL:
            return orders
        return orders.filter(state__in=OPEN_STATES if state == OPEN else [state])

    def of_customer(
        self, orders: QuerySet[ProductionOrder], _name: str, text: str
    ) -> QuerySet[ProductionOrder]:
        code = Q(customer_line__order__customer__code__icontains=text)
        return orders.filter(code | Q(customer_line__order__customer__name__icontains=text))

    def of_item(self, orders: QuerySet[ProductionOrder], _name: str, text: str) -> QuerySet[ProductionOrder]:
        return orders.filter(Q(item__code__icontains=text) | Q(item__name__icontains=text))

    def only_late(
        self, orders: QuerySet[ProductionOrder], _name: str, wanted: bool
    ) -> QuerySet[ProductionOrder]:
        return orders.filter(late()) if wanted else orders


class CustomerOrderFilter(django_filters.FilterSet):
    """Customer orders by number, reference or customer."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="search",
        widget=forms.TextInput(
            {"class": "form-control", "type": "search", "placeholder": _("Number, reference, customer …")}
        ),
    )

    class Meta:
        model = CustomerOrder
        fields = ("q",)

    def search(self, orders: QuerySet[CustomerOrder], _name: str, text: str) -> QuerySet[CustomerOrder]:
        text = text.strip()
        return orders.filter(
            Q(number__icontains=text)
            | Q(customer_reference__icontains=text)
            | Q(customer__name__icontains=text)
            | Q(customer__code__icontains=text)
        )


class CostFilter(django_filters.FilterSet):
    """Orders whose cost is counted: the open ones, or those finished in the last 90 days."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="search",
        widget=forms.TextInput(
            {"class": "form-control", "type": "search", "placeholder": _("Order, item, customer …")}
        ),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[(OPEN, _("open")), (DONE, _("finished in the last 90 days"))],
        method="in_state",
        empty_label=None,
        widget=SELECT,
    )
    plant = django_filters.ModelChoiceFilter(
        label=_("Plant"), queryset=Plant.objects.only("code", "name"), empty_label=_("all"), widget=SELECT
    )

    class Meta:
        model = ProductionOrder
        fields = ("q", "state", "plant")

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        data = data.copy() if data is not None else {}
        data.setdefault("state", OPEN)
        super().__init__(data, *args, **kwargs)

    def search(self, orders: QuerySet[ProductionOrder], _name: str, text: str) -> QuerySet[ProductionOrder]:
        return orders.filter(found_by(text.strip()))

    def in_state(self, orders: QuerySet[ProductionOrder], name: str, value: str) -> QuerySet[ProductionOrder]:
        if value == DONE:
            since = timezone.now() - timedelta(days=90)
            return orders.filter(state__in=(OrderState.FINISHED, OrderState.CLOSED), finished_at__gte=since)
        return orders.filter(state__in=(OrderState.RELEASED, OrderState.RUNNING))
