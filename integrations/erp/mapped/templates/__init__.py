"""Mappings to start from. Their shapes are examples to be adapted; none is made or certified by a vendor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _


@dataclass(frozen=True, slots=True)
class Template:
    """``about`` says where the shape comes from and what must be adapted."""

    code: str
    title: str
    about: str
    definition: Mapping[str, Any]


def _template(path: Path) -> Template:
    data = json.loads(path.read_text("utf-8"))
    return Template(path.stem, data["title"], data["about"], data["definition"])


TEMPLATES: Mapping[str, Template] = {
    path.stem: _template(path) for path in sorted(Path(__file__).parent.glob("*.json"))
}


def template(code: str) -> Template:
    """Raises InvalidInput."""
    if code not in TEMPLATES:
        raise InvalidInput([Problem("unknown_template", _("There is no such template."), "template")])
    return TEMPLATES[code]
