"""Why there is a version of the plan, in a sentence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mes.lib.templatetags import exact
from orders.enums import PlanOrigin
from orders.models import Plan
from orders.queries.staleness import text_of

WAYS: dict[str, tuple[Promise, Promise]] = {
    "insert": (
        gettext_lazy("Where it costs least"),
        gettext_lazy("It goes where all orders together lose least; then the rest is smoothed."),
    ),
    "first": (
        gettext_lazy("Before all others"),
        gettext_lazy("It overtakes everything that isn't frozen; the others pay."),
    ),
    "wait": (gettext_lazy("Wait"), gettext_lazy("Everything keeps its place in the queue.")),
    "repair": (
        gettext_lazy("Rearrange a little"),
        gettext_lazy("Everything keeps its place, then what is hit goes elsewhere where that helps."),
    ),
    "dispatch": (
        gettext_lazy("Everything anew"),
        gettext_lazy("All that isn't frozen is planned by rule; much is reshuffled."),
    ),
}
"""What each alternative is called, and what it does."""

BROKEN: dict[str, Promise] = {
    "no place": gettext_lazy("The plan leaves it out."),
    "fixed was moved": gettext_lazy("It runs elsewhere, or at another time."),
    "too early": gettext_lazy("It begins before it may."),
    "outside": gettext_lazy("It is done outside, in another time."),
    "wrong machine": gettext_lazy("This machine can't do it."),
    "backward": gettext_lazy("It ends before it begins."),
    "begins outside working time": gettext_lazy("It begins outside working time."),
    "before its predecessor": gettext_lazy("It begins before the operation before it ends."),
    "two at once": gettext_lazy("Another operation is on the machine at that time."),
    "too many at once": gettext_lazy("More is loaded at once than the machine has slots."),
    "waits too long": gettext_lazy(
        "It waits longer after the operation before it than it should. Give its machine a shift more, or "
        "begin the one before it later."
    ),
    "too short": gettext_lazy("It gets less working time than it needs."),
}
"""What a plan breaks, ours or another system's, by the validator's word."""


def broken_words(rule: str) -> str:
    return str(BROKEN.get(rule, rule))


def cause_of(plan: Plan) -> str:
    """A sentence; empty for a plan that somebody simply asked for."""
    said: dict[str, Any] = plan.cause
    if plan.origin == PlanOrigin.MOVED:
        return _moved(said)
    if plan.origin == PlanOrigin.EXTERNAL:
        return _("Imported from %(source)s") % {"source": plan.source}
    if plan.origin == PlanOrigin.EVENT:
        return _("Replanned: %(reasons)s") % {
            "reasons": ", ".join(text_of(one) for one in said.get("reasons", []))
        }
    if plan.origin == PlanOrigin.WHAT_IF:
        way = WAYS.get(said.get("way", ""))
        words = _changed(said)
        return f"{words} · {way[0]}" if way else words
    return ""


def _moved(said: dict[str, Any]) -> str:
    where = {"order": said.get("order", ""), "operation": said.get("operation", "")}
    if "machine" in said:
        where["machine"] = said["machine"]
        return _("Operation %(order)s/%(operation)s moved to %(machine)s") % where
    if said.get("pinned"):
        return _("Operation %(order)s/%(operation)s pinned") % where
    return _("Operation %(order)s/%(operation)s no longer pinned") % where


def _changed(said: dict[str, Any]) -> str:
    kind = said.get("kind")
    if kind == "rush":
        return _("Rush order %(order)s") % {"order": said["order"]}
    if kind == "late":
        return _("Operation %(order)s/%(operation)s not before %(until)s") % {
            "order": said["order"],
            "operation": said["operation"],
            "until": _when(said["until"]),
        }
    span = {
        "machine": said.get("machine") or _("all machines"),
        "start": _when(said["start"]),
        "end": _when(said["end"]),
    }
    if kind == "down":
        return _("%(machine)s down from %(start)s to %(end)s") % span
    if kind == "shift_more":
        return _("Shift added: %(machine)s from %(start)s to %(end)s") % span
    return _("Shift cancelled: %(machine)s from %(start)s to %(end)s") % span


def _when(text: str) -> str:
    return exact(datetime.fromisoformat(text))
