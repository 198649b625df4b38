"""What runs by the clock for the audit trail."""

from celery import shared_task

from mes.accounts.sealing import seal_all


@shared_task(name="accounts.seal_audit_trail")
def seal_audit_trail() -> None:
    seal_all()
