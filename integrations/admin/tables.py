"""Partners' master data as files: the columns of each table."""

from __future__ import annotations

from integrations.enums import Direction, TranslationKind
from integrations.models import Connection, Translation
from mes.lib.admin.files import ChoiceCell, CodeCell, TableResource, TextCell, column


class TranslationTable(TableResource):
    connection = column("connection", CodeCell(Connection))
    kind = column("kind", ChoiceCell(TranslationKind.choices))
    theirs = column("theirs", TextCell())
    ours = column("ours", TextCell())
    direction = column("direction", ChoiceCell(Direction.choices))

    class Meta(TableResource.Meta):
        model = Translation
        import_id_fields = ("connection", "kind", "theirs", "ours")
        fields = ("connection", "kind", "theirs", "ours", "direction")
