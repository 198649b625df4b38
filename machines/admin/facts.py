"""What machines sent and could not be taken."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from machines.domain.problems import can_replay_problems, replay_problems
from machines.models import SampleProblem, SampleProblemReplay
from mes.lib.admin.base import FactsAdmin


def _taken() -> QuerySet[SampleProblemReplay]:
    return SampleProblemReplay.objects.filter(problem=OuterRef("pk"), settled=True)


class Settled(admin.SimpleListFilter):
    title = gettext_lazy("taken later")
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", _("No")), ("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SampleProblem]) -> QuerySet[SampleProblem]:
        if self.value() == "yes":
            return queryset.filter(Exists(_taken()))
        return queryset.filter(~Exists(_taken())) if self.value() == "no" else queryset


@admin.register(SampleProblem)
class SampleProblemAdmin(FactsAdmin):
    list_display = ("received_at", "channel", "machine_code", "code", "reason", "settled")
    list_filter = (Settled, "channel", "code")
    search_fields = ("machine_code", "reason")
    ordering = ("-received_at",)
    actions = ("replay",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SampleProblem]:
        found: QuerySet[SampleProblem] = super().get_queryset(request)
        return found.annotate(is_settled=Exists(_taken()))

    @admin.display(description=gettext_lazy("taken later"), boolean=True)
    def settled(self, problem: Any) -> bool:
        return bool(problem.is_settled)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and can_replay_problems(request.user)

    @admin.action(description=gettext_lazy("Take in again"), permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[SampleProblem]) -> None:
        """Try to take the chosen samples again, after their cause was mended."""
        assert request.user.is_authenticated
        chosen = list(queryset.values_list("pk", flat=True))
        result = replay_problems(problems=chosen, by=request.user, now=timezone.now())
        told = _("%(settled)d taken, %(open)d still can't be taken.")
        counts = {"settled": result.settled, "open": result.open}
        self.message_user(request, told % counts, messages.WARNING if result.open else messages.SUCCESS)
