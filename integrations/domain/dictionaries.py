"""Taking a partner's field lists into its segment dictionary."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from integrations.domain.field_lists import FieldRow
from integrations.models import SegmentDictionary, SegmentField


@transaction.atomic
def replace_segments(*, dictionary: SegmentDictionary, fields: Iterable[FieldRow]) -> int:
    """Put these fields in place of what the dictionary knows of their segments; other segments stay.

    Returns how many segments were replaced. What stands there already with the same places isn't touched.
    """
    wanted = {(field.segment, field.name): field for field in fields}
    segments = {segment for segment, _name in wanted}
    present = {
        (field.segment, field.name): field
        for field in dictionary.fields.select_for_update().filter(segment__in=segments)
    }
    same = {key for key, field in present.items() if key in wanted and _place(field) == _place(wanted[key])}
    gone = [field.pk for key, field in present.items() if key not in same]
    SegmentField.objects.filter(pk__in=gone).delete()
    SegmentField.objects.bulk_create(
        SegmentField(
            dictionary=dictionary,
            segment=field.segment,
            name=field.name,
            kind=field.kind,
            length=field.length,
            offset=field.offset,
        )
        for key, field in wanted.items()
        if key not in same
    )
    return len(segments)


def _place(field: SegmentField | FieldRow) -> tuple[int, int, str]:
    return field.offset, field.length, field.kind
