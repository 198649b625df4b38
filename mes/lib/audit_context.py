"""Who and where of a request, told to the audit triggers once per transaction.

pghistory puts the context before every statement that writes. PostgreSQL keeps it until the transaction ends,
so once is enough; only an undone savepoint takes it back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pghistory
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from pghistory import config, middleware, runtime
from psycopg.pq import TransactionStatus


class AuditMiddleware(middleware.HistoryMiddleware):
    """pghistory's middleware, whose context is told once per transaction."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in config.middleware_methods():
            return self.get_response(request)  # type: ignore[no-any-return]
        with told_once(**self.get_context(request)):
            return super().__call__(request)  # type: ignore[no-any-return, no-untyped-call]


class told_once(pghistory.context):  # noqa: N801 - used like pghistory.context
    """``pghistory.context`` for a stretch of work with many statements per transaction."""

    def __enter__(self) -> Any:
        entered = super().__enter__()  # type: ignore[no-untyped-call]
        theirs: Any = self._pre_execute_hook
        if theirs is not None:  # None inside another context, which tells it
            theirs.__exit__(None, None, None)
            ours: Any = connection.execute_wrapper(_Teller())
            ours.__enter__()
            self._pre_execute_hook = ours
        return entered


class _Teller:
    """Lets pghistory tell the context where the running transaction doesn't know it yet."""

    def __init__(self) -> None:
        self.told: dict[str, Any] | None = None

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        status = context["cursor"].connection.pgconn.transaction_status
        if status != TransactionStatus.INTRANS or str(sql).startswith("ROLLBACK TO"):
            self.told = None
        said = runtime._tracker.value.metadata
        if self.told == said or runtime._is_ignored_statement(sql):
            return execute(sql, params, many, context)
        result = runtime._inject_history_context(execute, sql, params, many, context)
        self.told = dict(said)
        return result
