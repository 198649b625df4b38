"""Placeholders: ``{item.code}`` in a template becomes the item's code."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from mes.lib.errors import InvalidInput, Problem

Values = Mapping[str, str]

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)\}")


def names_in(text: str) -> list[str]:
    return PLACEHOLDER.findall(text)


def fill(text: str, values: Values) -> str:
    """``text`` with its placeholders filled in. Raises InvalidInput for a name that isn't known or a GS1 code
    that has nothing to say."""
    return PLACEHOLDER.sub(lambda found: value_of(found[1], values), text)


def value_of(name: str, values: Values) -> str:
    if name not in values:
        raise InvalidInput(
            [Problem("placeholder", _("There is no placeholder {%(name)s}.") % {"name": name}, "body")]
        )
    return values[name]
