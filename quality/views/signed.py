"""Forms that end with a signature."""

from __future__ import annotations

from django.http import HttpRequest

from mes.accounts.signing import Proof, needs_user_name, prove
from mes.lib.errors import NotAllowed
from orders.views.posted import posted
from orders.views.problems import sentence
from quality.forms import SigningForm


def proof_from(request: HttpRequest, form: SigningForm) -> Proof | None:
    """The proof that a valid form gives; None with the reason at its field."""
    try:
        return prove(request, **form.credentials())
    except NotAllowed as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, sentence(refusal))
        return None


def asked(request: HttpRequest, *, action: str) -> tuple[object, bool]:
    """The posted data if this ``action`` of a page with several forms was sent, and whether the user name
    must be typed."""
    data = posted(request)
    return (data if data is not None and data.get("action") == action else None), needs_user_name(request)
