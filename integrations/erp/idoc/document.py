"""A document on its way out, XML or flat as the connection says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.domain.formats import Rendered
from integrations.erp.idoc import tables
from integrations.erp.idoc.codec import write_xml
from integrations.erp.idoc.flat import write_flat
from integrations.erp.idoc.imported import dictionary_of
from integrations.erp.idoc.node import Node


def write_document(
    basic_type: str,
    control: Mapping[str, str],
    nodes: Sequence[Node],
    *,
    profile: tables.Profile,
    settings: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
) -> Rendered:
    """One IDoc. Flat files are in the profile's code page, XML in UTF-8.

    Raises ``InvalidInput`` when a flat file can't carry a value.
    """
    if not profile.flat:
        body = write_xml(basic_type, control, nodes)
        return Rendered(body, "xml", "application/xml", basic_type, tuple(warnings))
    body = write_flat(
        control,
        nodes,
        dictionary=dictionary_of((settings or {}).get("dictionary")),
        definitions=profile.definitions,
        encoding=profile.code_page,
        line_end=profile.line_end,
    )
    return Rendered(body, "txt", f"text/plain; charset={profile.code_page}", basic_type, tuple(warnings))
