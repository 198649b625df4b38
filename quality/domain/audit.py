"""Reviewing the audit trail, and comparing it with what somebody outside has kept of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from mes.accounts.models import Seal, User
from mes.accounts.roles import Right
from mes.accounts.sealing import Break, verify_seals
from mes.accounts.signing import Meaning, Proof, broken_signatures, register, sign
from mes.lib.errors import NotAllowed
from quality.models import AuditReview
from quality.queries.audit import head_digest, seal_heads


@transaction.atomic
def review_trail(
    *,
    criteria: Mapping[str, str],
    since: date | None,
    until: date | None,
    changes: int,
    comment: str,
    by: User,
    key: uuid.UUID,
    proof: Proof,
) -> AuditReview:
    """Sign that one has looked through ``changes`` entries of the trail. Raises ``NotAllowed``."""
    if not by.may(Right.INSPECT):
        raise NotAllowed("not_an_inspector", _("Quality reviews the audit trail."))
    review, made = AuditReview.objects.get_or_create(
        key=key,
        defaults={
            "criteria": dict(criteria),
            "since": since,
            "until": until,
            "changes": changes,
            "head": head_digest(seal_heads()),
            "comment": comment.strip()[:500],
            "by": by,
        },
    )
    if made:
        sign(record=review, meaning=Meaning.REVIEWED, proof=proof)
    return review


def verify_trail(kept: Mapping[str, str] | None = None) -> list[Break]:
    """Everything that isn't as it was sealed or signed. ``kept``: digests by table that were exported once;
    a table whose chain doesn't contain its digest any more was cut off or made anew."""
    found = verify_seals()
    for signature in broken_signatures():
        problem = f"is not what signature {signature.pk} of {signature.name} covers"
        found.append(Break(signature.table, signature.record, problem))
    for table, digest in sorted((kept or {}).items()):
        if not Seal.objects.filter(table=table, digest=digest).exists():
            found.append(Break(table, None, f"the chain does not contain the kept seal {digest[:12]}"))
    return found


@register(AuditReview)
def _reviewed(review: AuditReview) -> dict[str, object]:
    return {
        "criteria": review.criteria,
        "from": review.since,
        "to": review.until,
        "changes": review.changes,
        "head": review.head,
        "comment": review.comment,
        "at": review.at,
    }
