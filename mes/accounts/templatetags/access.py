"""Tags for pages that look different to different people."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from mes.accounts.navigation import entries_for
from mes.accounts.roles import Right

register = template.Library()


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> list[dict[str, Any]]:
    """What the reader may open, with ``current`` on the entry whose address the page lies under."""
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return []
    found = [{"entry": entry, "url": reverse(entry.url_name)} for entry in entries_for(request.user)]
    under = [item["url"] for item in found if request.path.startswith(item["url"])]
    current = max(under, key=len, default=None)
    return [item | {"current": item["url"] == current} for item in found]


@register.filter
def may(user: Any, right: str) -> bool:
    """``{% if user|may:"correct" %}``"""
    return user.is_authenticated and user.may(Right(right))
