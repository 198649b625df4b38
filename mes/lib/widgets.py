"""Form fields that stand on pages asked for again and again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import escape
from django.utils.safestring import SafeString


class PlainSelect(forms.Select):
    """A select without groups and without a template per option: a long choice costs next to nothing."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        chosen = self.format_value(value)
        options = []
        for key, label in self.choices:
            text = "" if key is None else str(key)
            selected = " selected" if text in chosen else ""
            options.append(f'  <option value="{escape(text)}"{selected}>{escape(label)}</option>\n')
        attributes = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return SafeString(f"<select{attributes}>\n{''.join(options)}</select>\n")
