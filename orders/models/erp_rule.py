"""What a changed field of the ERP does to an order, by how far its work has come; a plant may differ."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.tracking import tracked
from orders.enums import ErpAnswer, ErpField, WorkState

_T, _TELL, _C, _LOG = ErpAnswer.TAKE, ErpAnswer.TELL, ErpAnswer.CONFLICT, ErpAnswer.LOG
_MATRIX: dict[ErpField, tuple[ErpAnswer, ErpAnswer, ErpAnswer]] = {
    ErpField.DATES: (_T, _TELL, _T),
    ErpField.QUANTITY_MORE: (_T, _TELL, _T),
    ErpField.QUANTITY_LESS: (_T, _TELL, _T),
    ErpField.ITEM: (_T, _C, _C),
    ErpField.WORK_CENTRE: (_T, _C, _LOG),
    ErpField.WORK_PLAN: (_T, _LOG, _LOG),
    ErpField.CONFIRMATION_NUMBER: (_T, _T, _T),
    ErpField.NEW_OPERATION: (_T, _TELL, _C),
    ErpField.REMOVED_OPERATION: (_T, _C, _LOG),
    ErpField.CANCELLATION: (_T, _C, _LOG),
    ErpField.CLOSING: (_T, _C, _LOG),
    ErpField.COMPONENTS: (_T, _LOG, _LOG),
}
SHIPPED: dict[tuple[ErpField, WorkState], ErpAnswer] = {
    (field, state): answer
    for field, answers in _MATRIX.items()
    for state, answer in zip(WorkState, answers, strict=True)
}
"""The answers without any row: reference/erp-changes."""

TAKING = (ErpAnswer.TAKE, ErpAnswer.TELL, ErpAnswer.HOLD)
NEVER_TAKEN_IN_WORK = (
    ErpField.ITEM,
    ErpField.WORK_CENTRE,
    ErpField.REMOVED_OPERATION,
    ErpField.CANCELLATION,
    ErpField.CLOSING,
    ErpField.COMPONENTS,
)
NEVER_TAKEN_FINISHED = (*NEVER_TAKEN_IN_WORK, ErpField.WORK_PLAN, ErpField.NEW_OPERATION)


@tracked
class ErpRule(models.Model):
    """One answer of one plant and order type that differs from the shipped one. Empty means all."""

    plant = models.ForeignKey(
        Plant,
        verbose_name=_("plant"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: every plant."),
    )
    order_type = models.CharField(
        _("order type"), max_length=20, blank=True, default="", help_text=_("Empty: every order type.")
    )
    field = models.CharField(_("the ERP changes"), max_length=24, choices=ErpField)
    state = models.CharField(_("work"), max_length=12, choices=WorkState)
    answer = models.CharField(_("answer"), max_length=10, choices=ErpAnswer)

    class Meta:
        verbose_name = _("rule for ERP changes")
        verbose_name_plural = _("rules for ERP changes")
        ordering = ("plant", "order_type", "field", "state")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "order_type", "field", "state"),
                name="erp_rule_unique",
                nulls_distinct=False,
                violation_error_message=_("There is a rule for this already."),
            ),
            models.CheckConstraint(
                condition=~Q(state="in_work", field__in=NEVER_TAKEN_IN_WORK, answer__in=TAKING)
                & ~Q(state="finished", field__in=NEVER_TAKEN_FINISHED, answer__in=TAKING),
                name="erp_rule_keeps_what_is_reported",
                violation_error_message=_(
                    "What is reported may never be changed: work that has begun keeps its item, its work "
                    "centre and its end, finished work also its plan. Choose conflict or log."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(state="finished", answer="hold"),
                name="erp_rule_no_hold_when_finished",
                violation_error_message=_("Nothing starts any more that a hold could stop."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_field_display()}, {self.get_state_display()}: {self.get_answer_display()}"

    def clean(self) -> None:
        if self.field == ErpField.CONFIRMATION_NUMBER and self.answer and self.answer not in TAKING:
            raise ValidationError(
                {"answer": _("Confirmations go to the number that the ERP has: it is always taken.")}
            )
