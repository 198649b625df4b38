"""Tags for pages that look different to different people."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from mes.accounts.navigation import entries_for
from mes.accounts.roles import Right
from mes.accounts.roles import role_word as word_of_role

register = template.Library()


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What the reader may open, on the ``bar`` and in its ``menu``, with ``current`` on the entry whose
    address the page lies under."""
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return {"bar": [], "menu": []}
    urls = {entry: reverse(entry.url_name) for entry in entries_for(request.user)}
    current = max((url for url in urls.values() if request.path.startswith(url)), key=len, default=None)
    shown: dict[str, list[dict[str, Any]]] = {"bar": [], "menu": []}
    for entry, url in urls.items():
        place = "bar" if entry.on_bar else "menu"
        shown[place].append({"entry": entry, "url": url, "current": url == current})
    return shown


@register.filter
def rights(user: Any) -> str:
    """For ``data-rights``: what all readers of a page get alike is hidden by style from those who may not
    use it (``data-needs``)."""
    return " ".join(sorted(user.rights)) if getattr(user, "is_authenticated", False) else ""


@register.filter
def may(user: Any, right: str) -> bool:
    """``{% if user|may:"correct" %}``"""
    return bool(user.is_authenticated and user.may(Right(right)))


@register.filter
def role_word(text: str) -> str:
    """``{{ role|role_word }}``: what readers call a role."""
    return word_of_role(text)
