"""Files that a browser stores instead of showing them."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpResponse
from django.utils.http import content_disposition_header

R = TypeVar("R", bound=HttpResponse)


def download(name: str, kind: str, body: bytes | str, *, private: bool = False) -> HttpResponse:
    """The body as a file of this name, whatever characters it has; ``private``: no cache may keep it."""
    answer = HttpResponse(body, content_type=kind)
    name_as_file(answer, name)
    if private:
        answer["Cache-Control"] = "private, no-store"
    return answer


def name_as_file(answer: R, name: str) -> R:
    """Let the browser store an answer under this name."""
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer
