"""Commands: release an inspection plan, draft its next version."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mes.accounts.models import User
from mes.lib.errors import Refused
from quality.enums import PlanState
from quality.models import Characteristic, InspectionPlan

COPIED = [
    field.name
    for field in Characteristic._meta.concrete_fields
    if not field.primary_key and field.name != "plan"
]


@transaction.atomic
def release_plan(*, plan: InspectionPlan, by: User) -> InspectionPlan:
    """Put a draft in force; the version released before is replaced. Raises ``Refused`` for what is no draft
    or has no characteristic.
    """
    versions = list(_versions(plan).select_for_update().order_by("pk"))
    plan = next(one for one in versions if one.pk == plan.pk)
    if plan.state != PlanState.DRAFT:
        raise Refused("not_a_draft", _("Only a draft can be released."), field="state")
    if not plan.characteristics.exists():
        raise Refused("empty_plan", _("An inspection plan needs a characteristic."), field="characteristics")
    for former in versions:
        if former.state == PlanState.RELEASED:
            former.state = PlanState.REPLACED
            former.save(update_fields=["state"])
    plan.state, plan.released_at, plan.released_by = PlanState.RELEASED, timezone.now(), by
    plan.save(update_fields=["state", "released_at", "released_by"])
    return plan


@transaction.atomic
def draft_next_version(*, plan: InspectionPlan) -> InspectionPlan:
    """A draft with the characteristics of ``plan``; the one that is there already, if any."""
    newest = _versions(plan).select_for_update().order_by("-version")[0]
    if newest.state == PlanState.DRAFT:
        return newest
    latest = _versions(plan).aggregate(Max("version"))["version__max"]
    draft = InspectionPlan.objects.create(
        plant_id=plan.plant_id,
        item_id=plan.item_id,
        operation_number=plan.operation_number,
        revision=plan.revision,
        version=latest + 1,
        text=plan.text,
    )
    Characteristic.objects.bulk_create(
        Characteristic(plan=draft, **{name: getattr(one, name) for name in COPIED})
        for one in plan.characteristics.select_related("gauge")
    )
    return draft


def _versions(plan: InspectionPlan) -> QuerySet[InspectionPlan]:
    return InspectionPlan.objects.filter(
        plant=plan.plant_id, item=plan.item_id, operation_number=plan.operation_number, revision=plan.revision
    )
