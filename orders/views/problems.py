"""What commands refuse, said in the reader's language."""

from __future__ import annotations

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mes.lib.errors import MesError, Problem

SENTENCES: dict[str, Promise] = {
    "zero": _("Enter at least one piece."),
    "negative": _("A quantity can't be negative."),
    "absurd": _("That is more than 100 times the ordered quantity. Please check."),
    "reason_missing": _("Choose the reason for scrap or rework."),
    "counted_by_machine": _("The machine counts the good pieces here."),
    "comment_missing": _("Say in a few words why."),
    "decided": _("Somebody has already decided this."),
    "reported": _("What is reported is never changed: keep ours or tell the ERP."),
    "not_kept": _("This can't be taken from here: keep ours or tell the ERP."),
    "already_reversed": _("Somebody has already corrected this report."),
    "not_a_report": _("Only reported quantities can be corrected."),
    "not_running": _("This operation is not running any more."),
    "key_reused": _("This form was already booked with other figures. Open it anew to book more."),
    "slot_taken": _("The machine is occupied by another order."),
    "wrong_machine": _("This operation belongs to another work centre."),
    "machine_inactive": _("This machine is not active."),
    "unknown_operation": _("This operation no longer exists."),
    "unknown_order": _("This order no longer exists."),
    "wrong_state": _("This step is no longer possible: somebody was quicker. Look at the state again."),
    "engineering_not_released": _("Engineering has not released this revision yet."),
    "no_routing": _("This item has no routing in this plant."),
    "no_stop": _("The machine did not stand still at that time."),
    "unresolved_changed": _("Other pieces wait there by now. Look again."),
    "cycles_gone": _("These cycles are no more: nothing can be credited from them."),
    "counted_by_people": _("People report the pieces of this operation."),
    "not_of_these": _("At most the pieces that wait can count."),
    "settled_anew": _("Somebody has settled these pieces anew."),
    "why_missing": _("Say why you change what was said before."),
    "closed": _("This call is already closed."),
    "outcome_missing": _("Say what came of it."),
    "split_outside": _("Choose a time inside the stop."),
    "not_neighbours": _("Only stops that follow each other closely can be one."),
    "different_causes": _("These stops have different reasons."),
    "no_reason": _("Say first why it stopped."),
    "superseded": _("Somebody has already changed this."),
    "not_a_photo": _("This is no photo (JPEG, PNG or WebP)."),
    "photo_too_large": _("This photo is too large."),
    "not_in_run": _("The stretch must lie in the run and have a length."),
    "same_operation": _("The run belongs to this operation already."),
    "already_running": _("This operation is running already."),
    "program_missing": _("State the name of a program."),
    "future": _("This time lies in the future."),
}


def sentence(problem: Problem | MesError) -> str:
    """The translated sentence of the problem's code, else what the command said."""
    return str(SENTENCES.get(problem.code, problem.message))


def show_in(form: forms.Form, error: MesError) -> None:
    """Put every problem at its field, or above the form when it has none there."""
    for problem in error.problems:
        form.add_error(problem.field if problem.field in form.fields else None, sentence(problem))
