"""Fields that mean the same in every message: the material's name, units, texts by language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from integrations.erp.fields import BadValueError
from integrations.erp.idoc import tables, values
from integrations.erp.idoc.segment import Segment
from mes.lib.sentences import gettext as _


def item_of(segment: Segment, *names: str) -> str | None:
    """The material: the long name before the external one before the short one. Without leading zeros."""
    names = names or ("MATNR_LONG", "MATNR_EXTERNAL", "MATNR")
    item = segment.some(*names, longest=60)
    return None if item is None else values.key(item)


def unit_of(segment: Segment, profile: tables.Profile, *names: str) -> str | None:
    """The first of these fields that is filled, as UN/ECE code; an unknown unit is a problem."""
    for name in names:
        code = segment.text(name, longest=10)
        if not code:
            continue
        unit = profile.units.get(code.upper())
        if unit is None:
            reason = _("The unit “%s” is not in the table of units of this connection.") % code
            segment.note(name, BadValueError("unknown_unit", reason))
        return unit
    return None


def texts_by_language(segments: Iterable[Segment], field: str) -> dict[str, str]:
    """Texts by ISO language code in lower case; deleted ones are left out."""
    texts: dict[str, str] = {}
    for segment in segments:
        text = segment.text(field)
        language = segment.some("SPRAS_ISO", "LAISO") or ""
        if not language and (letter := segment.text("SPRAS")):
            language = tables.LANGUAGES.get(letter, letter)
        if text and not values.is_deletion(segment.text("MSGFN")):
            texts[language.lower()] = text
    return texts


def in_language(texts: Mapping[str, str], language: str) -> str | None:
    """The text in the plant's language, else in English, else the first."""
    return next((texts[name] for name in (language.lower(), "en", *texts) if name in texts), None)
