"""What a form is bound to."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict


def posted(request: HttpRequest) -> QueryDict | None:
    """The posted fields, empty ones too; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None
