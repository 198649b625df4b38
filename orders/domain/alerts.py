"""People's answer to a promise at risk."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from mes.accounts.models import User
from mes.lib.live import announce
from orders.models import PromiseAlert


@transaction.atomic
def acknowledge_alert(*, alert: PromiseAlert, by: User, note: str = "") -> PromiseAlert:
    """Somebody knows, and says what is done about it. The first one counts; nothing happens the second
    time."""
    done = PromiseAlert.objects.filter(pk=alert.pk, acknowledged_at=None).update(
        acknowledged_at=timezone.now(), acknowledged_by=by, note=note.strip()[:300]
    )
    if done:
        announce(f"promise-alerts:{alert.order.plant_id}")
    alert.refresh_from_db()
    return alert
