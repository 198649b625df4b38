"""What gateways send under a key of their own: done once, answered the same way at every repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from integrations.models import SampleBatch
from mes.accounts.models import ApiKey
from mes.lib.errors import KeyReused
from mes.lib.retry import in_transaction
from mes.lib.sentences import gettext as _

KEPT = timedelta(days=7)
"""Longer than a gateway may be cut off: a batch on its way when the line broke is recognised afterwards."""


def take_once(*, account: ApiKey, key: str, body: bytes, work: Callable[[], Any]) -> Any:
    """Do ``work`` and keep its answer (JSON) in one transaction, once per account and key.

    Raises KeyReused when the key came with another body.
    """
    sha256 = hashlib.sha256(body).hexdigest()

    def once() -> Any:
        known = SampleBatch.objects.filter(account=account, key=key).first()
        if known is None:
            answer = work()
            SampleBatch.objects.create(account=account, key=key, sha256=sha256, answer=answer)
            return answer
        if known.sha256 != sha256:
            message = _("This key was already used for another batch.")
            raise KeyReused("key_reused", message, field="Idempotency-Key")
        return known.answer

    return in_transaction(once, unique=True)


def forget_old(now: datetime | None = None) -> int:
    """Delete batches nobody repeats any more; returns how many."""
    old = SampleBatch.objects.filter(received_at__lt=(now or timezone.now()) - KEPT)
    return old.delete()[0]
