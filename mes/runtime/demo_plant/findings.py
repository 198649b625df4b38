"""Two nonconformances of the demo plant and an action against one of them, so that their pages aren't empty;
plainly invented."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from machines.models import Machine, Plant
from mes.accounts.models import User
from orders.models import Lot
from quality.domain.actions import open_action
from quality.domain.nonconformances import raise_nonconformance
from quality.domain.subjects import Subject, subject_of_lot
from quality.enums import ActionKind
from quality.models import DefectCode, Nonconformance

LOT = uuid.UUID("6f0c2a52-6f6f-4c55-9d5e-0d5a3f0f7a11")
MACHINE = uuid.UUID("6f0c2a52-6f6f-4c55-9d5e-0d5a3f0f7a12")
ACTION = uuid.UUID("6f0c2a52-6f6f-4c55-9d5e-0d5a3f0f7a13")
MATERIAL = "RM-STEEL"


def load_findings(plant: Plant) -> None:
    """Raise them once; what a person decided about them stays."""
    if Nonconformance.objects.filter(key__in=(LOT, MACHINE)).exists():
        return
    inspector = User.objects.filter(username="quality").first()
    lot = Lot.objects.filter(item__code=MATERIAL).select_related("item", "order").order_by("pk").first()
    machine = Machine.objects.filter(plant=plant, active=True).order_by("code").first()
    if inspector is None or lot is None or machine is None:
        return
    findings = (
        (LOT, subject_of_lot(lot), "CRACK", Decimal(120), "Surface cracks on three bars (demo)"),
        (MACHINE, Subject(machine=machine), "BURR", Decimal(0), "Burr after every die change (demo)"),
    )
    raised = [
        raise_nonconformance(
            subject=subject,
            defect=DefectCode.objects.get(plant=plant, code=defect),
            quantity=quantity,
            description=description,
            by=inspector,
            key=key,
        )
        for key, subject, defect, quantity, description in findings
    ]
    engineer = User.objects.filter(username="engineer").first()
    if engineer is not None:
        open_action(
            plant=plant,
            kind=ActionKind.CORRECTIVE,
            title="Die change without burr (demo)",
            owner=engineer,
            due_on=timezone.localdate() + timedelta(days=10),
            by=inspector,
            key=ACTION,
            nonconformances=raised[1:],
        )
