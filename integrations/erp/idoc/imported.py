"""The dictionary that a customer imported, over the delivered one."""

from __future__ import annotations

from integrations.domain.field_lists import FieldRow
from integrations.erp.idoc.dictionary import Dictionary, standard_dictionary
from integrations.models import SegmentField


def dictionary_of(number: int | None) -> Dictionary:
    """By the id of the connection's segment dictionary; ``None``: only what is delivered."""
    if number is None:
        return standard_dictionary()
    rows = SegmentField.objects.filter(dictionary=number).values_list(
        "segment", "name", "length", "offset", "kind"
    )
    return Dictionary.of(FieldRow(*row) for row in rows).over(standard_dictionary())
