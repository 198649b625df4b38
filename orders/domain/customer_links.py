"""Letting a customer see how an order stands: a signed link that ends, and can be taken back."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mes.accounts.models import User
from mes.lib.errors import Refused
from orders.models import CustomerLink, CustomerOrder

SALT = "customer-link"
HOLDS = timedelta(days=90)


@transaction.atomic
def share_status(*, order: CustomerOrder, by: User) -> CustomerLink:
    """Make a link that holds for 90 days."""
    now = timezone.now()
    return CustomerLink.objects.create(order=order, made_by=by, made_at=now, expires_at=now + HOLDS)


@transaction.atomic
def revoke_link(*, link: CustomerLink, by: User) -> CustomerLink:
    """Take a link back at once. Raises Refused for one that was taken back before."""
    now = timezone.now()
    if not CustomerLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now, revoked_by=by):
        raise Refused("wrong_state", _("This link was taken back before."))
    link.refresh_from_db()
    return link


def token_of(link: CustomerLink) -> str:
    """What stands in the address: the link's key under our signature."""
    return signing.Signer(salt=SALT).sign(link.key.hex)


def link_of(token: str) -> CustomerLink | None:
    """The link behind a token of ours that still holds; nothing is asked of the database for a forged one."""
    try:
        key = signing.Signer(salt=SALT).unsign(token)
    except signing.BadSignature:
        return None
    link = CustomerLink.objects.select_related("order__customer").filter(key=key).first()
    return link if link is not None and link.holds(timezone.now()) else None
