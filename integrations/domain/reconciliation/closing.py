"""What people do with differences."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from integrations.models import Difference
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.live import announce
from mes.lib.sentences import gettext as _


@transaction.atomic
def close_difference(*, difference: Difference, by: User, reason: str) -> Difference:
    """Take a difference as settled. It comes back when the amounts of either side change.

    Raises InvalidInput without a reason, Refused when it is closed already.
    """
    if not reason.strip():
        raise InvalidInput([Problem("reason_missing", _("Closing a difference needs a reason."), "reason")])
    locked = Difference.objects.select_for_update(of=("self",)).get(pk=difference.pk)
    if locked.closed_at is not None:
        raise Refused("closed", _("This difference is closed already."))
    locked.closed_at = timezone.now()
    locked.closed_by = by
    locked.closing_reason = reason.strip()[:400]
    locked.save(update_fields=["closed_at", "closed_by", "closing_reason"])
    announce("reconciliation")
    return locked
