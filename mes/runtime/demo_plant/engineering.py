"""What the demo plant's engineering works on: one revision released with its drawing, one in work."""

from __future__ import annotations

from mes.runtime.demo_plant.materials import OPENING
from mes.runtime.demo_plant.rows import add_missing
from orders.domain.programs import store_program_file
from orders.models import Item, ItemRevision, RevisionDocument

# item, revision, reason, released
REVISIONS = (
    ("SP-LIFTER", "1", "First lifter for customer Gamma (demo)", True),
    ("SP-GRIPPER", "0", "Gripper for 4 kg parts, stroke still open (demo)", False),
)
DRAWING = b"%PDF-1.4\n% A drawing of the demo plant: there is nothing on it.\n%%EOF\n"


def load_engineering() -> None:
    """Add revisions and their documents where they are missing."""
    items = Item.objects.in_bulk([code for code, *_rest in REVISIONS], field_name="code")
    revisions = add_missing(
        ItemRevision,
        [
            {
                "item": items[item],
                "code": code,
                "reason": reason,
                "opened_at": OPENING,
                "released_at": OPENING if released else None,
            }
            for item, code, reason, released in REVISIONS
        ],
        by=("item", "code"),
    )
    file = store_program_file(content=DRAWING)
    add_missing(
        RevisionDocument,
        [
            {
                "revision": revisions[items["SP-LIFTER"].pk, "1"],
                "name": "Drawing (demo)",
                "version": "1",
                "file_name": "lifter-1.pdf",
                "file": file,
                "added_at": OPENING,
            }
        ],
        by=("revision", "name"),
    )
