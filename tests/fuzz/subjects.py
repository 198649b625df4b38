"""What is fuzzed: every registered reader, in the settings that make it read something, with seeds."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl

from integrations.domain import formats
from integrations.domain.formats import Reading

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared" / "data" / "erp"
BERLIN = ZoneInfo("Europe/Berlin")
LARGEST_SEED = 64 * 1024
SEEDS = {
    "idoc": ("sap-idoc/*.xml", "sap-idoc/*.txt"),
    "odata": ("sap-odata/*.json",),
    "b2mml": ("b2mml/examples-*/*.xml",),
}
CSV = (
    b"order_number;item;order_quantity;due\r\n1;VALVE;5,5;24.12.2026\r\n2;VALVE;1.000,5;2026-12-24T10:00Z\r\n"
)
JSON = b'{"number": "1", "item": "VALVE", "quantity": "5.5", "operations": [{"number": "0010"}]}'


@dataclass(frozen=True, slots=True)
class Subject:
    """One reader in one setting."""

    name: str
    format: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def read(self, body: bytes) -> Reading:
        """Identify and read; anything but a reading or MesError is a defect."""
        reader = formats.order_format(self.format)
        reader.identify(body)
        return reader.read(body, zone=BERLIN, settings=self.settings)

    def seeds(self) -> list[bytes]:
        """Real documents where they are, kept finds, and small ones of our own."""
        found = [path.read_bytes() for path in sorted((HERE / "corpus" / self.format).glob("*"))]
        for pattern in SEEDS.get(self.format, ()):
            found += [path.read_bytes()[:LARGEST_SEED] for path in sorted(SHARED.glob(pattern))]
        return [*found, CSV, JSON, spreadsheet(), b"<IDOC><E1AFKOL><AUFNR>1</AUFNR></E1AFKOL></IDOC>", b""]


def subjects() -> list[Subject]:
    plain = [Subject(name, name) for name in sorted(formats._order_formats) if name != "mapped"]
    return [
        *plain,
        *(Subject(f"mapped-{kind}", "mapped", {"mapping": made}) for kind, made in layouts().items()),
    ]


def layouts() -> Mapping[str, Any]:
    """A layout of the mapping engine for each kind of file."""
    from tests.integrations.erp.test_mapped_orders import lines_mapping, mapping, row, xml_mapping

    order = [{"name": "order", "of": "order"}]
    named = [row("order", "number", "number"), row("order", "quantity", "quantity")]
    placed = [row("order", "number", "1-10", "strip_zeros"), row("order", "quantity", "11-20", "implied 2")]
    return {
        "csv": lines_mapping(),
        "xml": xml_mapping(),
        "fixed": mapping(file={"kind": "fixed"}, records=order, fields=placed),
        "xlsx": mapping(file={"kind": "xlsx"}, records=order, fields=named),
        "json": mapping(file={"kind": "json"}, records=[{**order[0], "path": "orders"}], fields=named),
    }


def spreadsheet() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["number", "quantity"])
    sheet.append([4711, 1.5])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
