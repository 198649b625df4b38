"""What a sample file looks like: proposals for a mapping. They are shown to a person, never used unseen."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from integrations.erp.files.codec import decode
from integrations.erp.mapped import tables
from integrations.erp.mapped.codec import Line, Row, root, rows
from integrations.erp.mapped.definition import (
    CSV,
    FIXED,
    FORMAT,
    INWARD,
    JSON,
    OUTWARD,
    TREES,
    VERSION,
    XLSX,
    XML,
    FileShape,
)
from integrations.erp.mapped.expression import BadExpressionError, condition
from integrations.erp.mapped.tree import Node, text_of
from integrations.erp.safe_xml import Element
from mes.lib.errors import InvalidInput

LOOKED_AT = 200
MOST_TITLES = 3
BRACKETS = re.compile(r"\s*[(\[]([^)\]]*)[)\]]")
TIME_UNITS = {
    "std": "h",
    "stunden": "h",
    "h": "h",
    "hrs": "h",
    "min": "min",
    "minuten": "min",
    "minutes": "min",
}
ONLY_OPERATIONS = frozenset({"ag", "agnr", "arbeitsgang", "arbeitsgangnr", "vornr", "avo", "operationno"})
UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}
MOST_OFFERED = 60
LONGEST_NAME = 60
MOMENTS = frozenset({"start", "due", "promised", "earliest_start", "latest_end"})
DOS, WINDOWS = b"\x81\x84\x8e\x94\x99\x9a\xe1", b"\xc4\xd6\xdc\xdf\xe4\xf6\xfc"
"""How the German letters are written in cp850 and in cp1252."""
DECIMAL_COMMA = re.compile(rb"(?<=[0-9]),(?=[0-9])")
SEPARATORS = (";", "\t", "|", ",", "#", "~", "^")

WORDS: Mapping[str, str] = {
    "number": "auftrag auftragsnr auftragsnummer auftragnr fa fanr fanummer fertigungsauftrag"
    " fertigungsauftragsnr fertigungsauftragsnummer aufnr order orderno ordernumber productionorder orderid"
    " nr no nummer id operationsrequest",
    "item": "artikel artikelnr artikelnummer teil teilnr teilenr teilenummer material materialnr matnr"
    " sachnr itemno item part partno product ident identnr itemid",
    "quantity": "menge sollmenge auftragsmenge qty quantity losgroesse stueckzahl anzahl",
    "unit": "einheit me mengeneinheit unit uom gmein",
    "promised": "zusage zugesagt zusagetermin bestaetigt bestätigt promised promiseddate confirmeddate",
    "due": "termin endtermin liefertermin enddatum ende due duedate enddate endtime gltrs fertigtermin",
    "start": "start starttermin beginn startdatum startdate starttime gstrs anfangstermin",
    "priority": "prio prioritaet priority",
    "customer": "kunde kundennr kundennummer customer customerno",
    "customer_name": "kundenname customername",
    "customer_order": "kundenauftrag salesorder kdauf",
    "revision": "index revision aenderungsindex zeichnungsindex",
    "status": "status auftragsstatus",
    "text": "arbeitsgangtext ltxa1 agtext avotext agbezeichnung avobezeichnung arbeitsgang"
    " arbeitsgangbezeichnung text bezeichnung beschreibung description",
    "work_centre": "arbeitsplatz ap arbpl kostenstelle kst maschine masch maschinengruppe workcentre"
    " workcenter equipmentid machine",
    "setup_seconds": "ruesten ruestzeit tr setup setuptime ruest",
    "run_seconds": "stueckzeit te bearbeitungszeit runtime laufzeit vorgabezeit zeit unittime processtime",
    "position": "pos position posnr",
    "code": "code nummer artikel artikelnr teil matnr id",
    "name": "name bezeichnung beschreibung description",
    "belongs_to": "auftrag auftragsnr fanr fa aufnr order",
    "tool": "werkzeug tool",
    "program": "programm ncprogramm program",
}
OF_ANYTHING = frozenset({"text", "bezeichnung", "beschreibung", "description"})
"""Texts that are the item's where an operation has one of its own."""
ABBREVIATIONS: Mapping[str, str] = {
    "anf": "anfangs",
    "art": "artikel",
    "auftr": "auftrag",
    "bearb": "bearbeitungs",
    "bez": "bezeichnung",
    "fert": "fertigungs",
    "gr": "gruppe",
    "kd": "kunden",
    "liefert": "liefertermin",
    "masch": "maschinen",
    "mat": "material",
    "mg": "menge",
    "ruestz": "ruestzeit",
    "stk": "stueck",
    "stkz": "stueckzeit",
    "stckz": "stueckzeit",
    "stueckz": "stueckzeit",
    "term": "termin",
}
"""Parts of names as German columns shorten them: Fert.-Auftr., Masch.-Gr., Rüstz."""
OPERATION_NUMBER = (
    "ag agnr arbeitsgang arbeitsgangnr vorgang vornr operation operationno opno avo folge id nr"
)
KIND_WORDS: Mapping[str, str] = {
    "operation": "operation arbeitsgang arbeitsgaenge ag vorgang step segmentrequirement arbeitsfolge",
    "component": "component komponente material stueckliste position materialrequirement",
    "order": "order auftrag productionorder fertigungsauftrag operationsrequest workorder",
}
KIND_LETTERS: Mapping[str, str] = {"order": "KHF1", "operation": "AGVP2", "component": "MSC3"}
DATES: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"[0-3]?[0-9]\.[01]?[0-9]\.[12][0-9]{3}"), "TT.MM.JJJJ"),
    (re.compile(r"[0-3]?[0-9]\.[01]?[0-9]\.[0-9]{2}"), "TT.MM.JJ"),
    (re.compile(r"20[0-9]{2}[01][0-9][0-3][0-9]"), "JJJJMMTT"),
)


NUMBERED = re.compile(r"(.+?)[ _.-]*([1-9][0-9]?)")
"""A column of operations that stand beside each other: AG1, AP 1, te_2."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A place of the sample that a field could come from, with its first value and line."""

    source: str
    label: str
    value: str
    line: int


def blank(direction: str, kind: str = CSV) -> dict[str, Any]:
    """A mapping that says nothing yet."""
    record = {"name": "order", "of": "order", "when": "", "path": "", "within": ""}
    if direction == OUTWARD:
        record = {**record, "name": "line", "of": "confirmation", "path": "Confirmation"}
    return {
        "format": FORMAT, "version": VERSION, "direction": direction, "file": {"kind": kind},
        "records": [record], "fields": [], "tables": {}, "units": {},
    }  # fmt: skip


def guessed(body: bytes, name: str = "") -> dict[str, Any]:
    """A draft of a mapping for a sample that comes in. Never raises: what can't be told is left to people."""
    kind = _kind(body, name)
    made = blank(INWARD, kind)
    try:
        if kind in TREES:
            _guess_tree(made, body)
        else:
            _guess_rows(made, body)
        _guess_fields(made, body)
    except InvalidInput:
        return made
    return made


def _kind(body: bytes, name: str) -> str:
    start = body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if body.startswith(b"PK\x03\x04"):
        return XLSX
    if start == b"<":
        return XML
    if start in (b"{", b"["):
        return JSON
    lines = [line for line in body.splitlines()[:LOOKED_AT] if line.strip()]
    signs = {sign for sign in SEPARATORS[:4] if any(sign.encode() in line for line in lines)}
    padded = sum(b"  " in line for line in lines) * 2 > len(lines)
    if signs == {","} and padded and not any(DECIMAL_COMMA.sub(b"", line).count(b",") for line in lines):
        signs.clear()
    return CSV if signs or name.lower().endswith(".csv") or not lines else FIXED


def encoding_of(body: bytes) -> str:
    try:
        body.decode("utf-8-sig")
    except UnicodeDecodeError:
        dos = sum(body.count(bytes([sign])) for sign in DOS)
        return "cp850" if dos > sum(body.count(bytes([sign])) for sign in WINDOWS) else "cp1252"
    return "utf-8-sig" if body.startswith(b"\xef\xbb\xbf") else "utf-8"


def _guess_rows(made: dict[str, Any], body: bytes) -> None:
    file = made["file"]
    if file["kind"] == XLSX:
        file |= {"header": 1}
    else:
        file["encoding"] = encoding_of(body)
        lines = decode(body, file["encoding"]).splitlines()[:LOOKED_AT]
        if file["kind"] == FIXED:
            words = [word for line in lines for word in line.split()]
            file |= {"header": 0, "decimal": _decimal_of(words), "date": _date_of(words)}
            signs = Counter(line[0] for line in lines if line.strip())
            again = [sign for sign, count in signs.items() if count > 1] or list(signs)
            _guess_records(made, [[line[0]] for line in lines if line[:1] in again], "1")
            if len(again) < len(signs):  # what comes once, where others come again: a title, a head, an end
                file["unmatched"] = "ignore"
            return
        counts = {sign: sum(line.count(sign) for line in lines) for sign in SEPARATORS}
        steady = [sign for sign in SEPARATORS[:3] if counts[sign] >= len(lines) > 0]
        file["separator"] = steady[0] if steady else max(SEPARATORS, key=lambda sign: counts[sign])
    found = list(islice(_plain_rows(body, {**file, "header": 0}), LOOKED_AT))
    cells = [list(row.cells) for row in found]
    names = _names_at(cells)
    data = cells if names is None else cells[names + 1 :]
    values = [cell for line in data for cell in line if cell]
    file["header"] = 0 if names is None else found[names].line
    file["decimal"], file["date"] = _decimal_of(values), _date_of(values)
    if names is None:
        _guess_records(made, data, "1")
    else:
        _guess_one_table(made, cells[names], data)


def _names_at(cells: Sequence[Sequence[str]]) -> int | None:
    """Which line has the names of the columns. A title, which has none for each column, may stand above."""
    for place in range(min(len(cells), MOST_TITLES + 1)):
        if _has_header(cells[place:]) and (not place or all(cells[place])):
            return place
    return None


def _guess_one_table(made: dict[str, Any], names: Sequence[str], data: Sequence[Sequence[str]]) -> None:
    """One kind of line: an order in each, with its operations beside each other or none, or an operation with
    its order's columns repeated."""
    beside = _beside_each_other(names)
    if not beside and any(_speaks_of_operations(name) for name in names):
        made["records"].append({"name": "operation", "of": "operation", "when": "", "path": "", "within": ""})
    for number, name in sorted(beside.items()):
        there = f"{_bracketed(name.lower())} filled"
        made["records"].append(
            {"name": f"operation{number}", "of": "operation", "when": there, "path": "", "within": ""}
        )
    if data and _explains_names(data[0]):
        blank_one = next(place for place, cell in enumerate(data[0]) if not cell)
        is_data = f"{_bracketed(names[blank_one].lower())} filled"
        for record in made["records"]:
            record["when"] = " and ".join(filter(None, (record["when"], is_data)))
        made["file"]["unmatched"] = "ignore"


def _beside_each_other(names: Sequence[str]) -> dict[int, str]:
    """Operations that have columns of their own, by number, with the column that is filled where there is
    one; empty when there aren't several."""
    found: dict[int, dict[str, str]] = {}
    for name in names:
        if numbered := _numbered(name):
            target = target_for("operation", numbered[1])
            if target:
                found.setdefault(int(numbered[2]), {}).setdefault(target, name)
    told = {
        number: columns.get("number") or columns.get("work_centre", "")
        for number, columns in found.items()
        if len(columns) > 1
    }
    telling = {number: name for number, name in told.items() if name}
    return telling if len(telling) > 1 else {}


def _explains_names(cells: Sequence[str]) -> bool:
    """A second line below the names, with units for instance: some words, some blanks, and no digit."""
    return any(cells) and not all(cells) and not any(sign.isdigit() for cell in cells for sign in cell)


def _speaks_of_operations(name: str) -> bool:
    word = simple(_plain(name))
    return word in ONLY_OPERATIONS or (not target_for("order", name) and target_for("operation", name) != "")


def _plain(name: str) -> str:
    """A column's name without what stands in brackets."""
    return BRACKETS.sub("", name)


def _plain_rows(body: bytes, file: Mapping[str, Any]) -> Iterator[Row]:
    for row in rows(body, shape_of(file)):
        if isinstance(row, Row):
            yield row


def shape_of(file: Mapping[str, Any]) -> FileShape:
    return FileShape(**{name: value for name, value in file.items() if name in FileShape.__slots__})


def _has_header(cells: Sequence[Sequence[str]]) -> bool:
    """Words that occur once each, above something else."""
    if len(cells) < 2 or len(set(cells[0])) < len(cells[0]):
        return False
    if any(re.search(r"[0-9]{2}", cell) for cell in cells[0] if cell):
        return False
    return all(len(line) == len(cells[0]) for line in cells[1:5]) and all(
        len(cell) > 1 or not cell for cell in cells[0]
    )


def _decimal_of(values: Sequence[str]) -> str:
    commas = sum(bool(re.fullmatch(r"-?[0-9.']*,[0-9]+-?", value)) for value in values)
    points = sum(bool(re.fullmatch(r"-?[0-9,']*\.[0-9]+-?", value)) for value in values)
    return "," if commas > points else "." if points else ""


def _date_of(values: Sequence[str]) -> str:
    found = Counter(
        name for value in values for shape, name in DATES if shape.fullmatch(value.partition(" ")[0])
    )
    return found.most_common(1)[0][0] if found else ""


def _guess_records(made: dict[str, Any], lines: Sequence[Sequence[str]], column: str) -> None:
    """Kinds of records by a short word at the beginning of the lines."""
    words = Counter(line[0].strip() for line in lines if line and line[0].strip())
    if not 1 < len(words) <= 8 or any(len(word) > 6 for word in words) or len(words) == len(lines) > 4:
        return
    made["records"], used = [], set[str]()
    for word in words:
        letters = ((of, signs) for of, signs in KIND_LETTERS.items() if of not in used)
        of = next((of for of, signs in letters if word[:1].upper() in signs), "")
        if of:
            used.add(of)
            made["records"].append(
                {"name": word, "of": of, "when": f"{column} = {word}", "path": "", "within": ""}
            )
    made["file"]["unmatched"] = "ignore" if len(made["records"]) < len(words) else "refuse"
    if not made["records"]:
        made["records"] = blank(INWARD)["records"]


def _guess_tree(made: dict[str, Any], body: bytes) -> None:
    top = root(body, FileShape(kind=made["file"]["kind"]))
    elements = list(islice(_walk(top.element), 5000))
    values = [text for one in elements if one.is_leaf and (text := one.text)]
    made["file"] |= {"decimal": _decimal_of(values), "date": _date_of(values)}
    order = next((one for one in elements[1:] if one.children and _is_kind(one.name, "order")), None)
    order = order or next((one for one in elements[1:] if len(one.children) > 2), None)
    if order is None:
        return
    made["records"] = [{"name": "order", "of": "order", "when": "", "path": f"**/{order.name}", "within": ""}]
    for of in ("operation", "component"):
        path = next(
            (
                path
                for path, one in _paths(order)
                if one.children
                and not all(child.children for child in one.children)
                and _is_kind(one.name, of)
            ),
            "",
        )
        if path:
            made["records"].append({"name": of, "of": of, "when": "", "path": path, "within": "order"})


def _walk(element: Element) -> Iterator[Element]:
    waiting = [element]
    while waiting:
        one = waiting.pop(0)
        yield one
        waiting.extend(one.children)


def _paths(element: Element, above: str = "", depth: int = 0) -> Iterator[tuple[str, Element]]:
    for child in element.children[:200]:
        path = f"{above}{child.name}"
        yield path, child
        if depth < 8:
            yield from _paths(child, f"{path}/", depth + 1)


def _is_kind(name: str, of: str) -> bool:
    return simple(name) in KIND_WORDS[of].split()


def simple(word: str) -> str:
    """Small letters and digits only, ä as ae, to compare names by."""
    word = word.lower().translate(UMLAUTS)
    plain = unicodedata.normalize("NFKD", word)
    return "".join(sign for sign in plain if sign.isalnum() and sign.isascii())


def _guess_fields(made: dict[str, Any], body: bytes) -> None:
    found = offers(body, made)
    units = _units_below(made, body)
    for record in made["records"]:
        taken: set[str] = set()
        own_text = any(
            target_for(record["of"], offer.label) == "text"
            and not OF_ANYTHING.intersection(_spellings(offer.label))
            for offer in found.get(record["name"], ())
        )
        for offer in found.get(record["name"], ()):
            if own_text and OF_ANYTHING.intersection(_spellings(offer.label)):
                continue
            likely = _targets_for(record["of"], _label_in(record, offer.label))
            target = next((one for one in likely if one not in taken), "")
            if not target or (_turn_of(record) and _is_of_the_line(offer.label) and target != "belongs_to"):
                continue
            taken.add(target)
            unit = TIME_UNITS.get(simple(_unit_of(offer.label) or units.get(offer.label, "")), "")
            convert = [f"in {unit}"] if unit and target.endswith("_seconds") else []
            pattern = _date_of([offer.value])
            if target in MOMENTS and pattern not in ("", made["file"].get("date")):
                convert = [f"date {pattern}"]
            made["fields"].append(
                {
                    "record": record["name"],
                    "target": target,
                    "source": offer.source,
                    "convert": convert,
                    "when": "",
                }
            )


def _turn_of(record: Mapping[str, Any]) -> int:
    """Which of the operations beside each other a record is; 0 for any other record."""
    found = re.fullmatch(r"operation([1-9][0-9]?)", record["name"])
    return int(found[1]) if found else 0


def _label_in(record: Mapping[str, Any], label: str) -> str:
    """A column's name without the number of this record; nothing when it is another one's."""
    numbered = _numbered(label)
    if not _turn_of(record) or not numbered:
        return label
    return numbered[1] if int(numbered[2]) == _turn_of(record) else ""


def _is_of_the_line(label: str) -> bool:
    return _numbered(label) is None


def _numbered(name: str) -> re.Match[str] | None:
    plain = _plain(name)
    return NUMBERED.fullmatch(plain) if len(plain) <= LONGEST_NAME else None


def _units_below(made: Mapping[str, Any], body: bytes) -> dict[str, str]:
    """What stands right below each name, where that line is no record."""
    if made["file"].get("unmatched") != "ignore" or not made["file"].get("header"):
        return {}
    row = next(_plain_rows(body, made["file"]), None)
    return {} if row is None else {name: row.cells[place] for name, place in row.columns.items()}


def _unit_of(name: str) -> str:
    found = BRACKETS.search(name)
    return found[1] if found else ""


def target_for(of: str, label: str) -> str:
    """The field that a column's name speaks for; empty when none does."""
    return next(_targets_for(of, label), "")


def _targets_for(of: str, label: str) -> Iterator[str]:
    """The likeliest first."""
    known = tables.TARGETS[of].fields
    for name in _spellings(label):
        if of in ("operation", "routing_step") and name in OPERATION_NUMBER.split():
            yield "number"
        if name in known:
            yield name
        for target, words in WORDS.items():
            if target in known and name in words.split() and (target != "number" or of == "order"):
                yield target


def _spellings(label: str) -> Sequence[str]:
    """A name to compare by, as it is and with its abbreviations written out."""
    plain = _plain(label.rpartition("/")[2].lstrip("@"))
    parts = [simple(part) for part in re.split(r"[\s._-]+", plain)]
    whole = "".join(ABBREVIATIONS.get(part, part) for part in parts)
    return list(dict.fromkeys((simple(plain), whole)))


def offers(body: bytes, definition: Mapping[str, Any]) -> dict[str, list[Offer]]:
    """By kind of record, what the sample holds for it. Raises InvalidInput for a file that can't be read."""
    shape = shape_of(definition.get("file", {}))
    records = [one for one in definition.get("records", []) if isinstance(one, dict) and one.get("name")]
    if shape.kind in TREES:
        return _tree_offers(root(body, shape), records)
    found: dict[str, list[Offer]] = {}
    for row in islice(rows(body, shape), LOOKED_AT):
        for record in records:
            if record["name"] not in found and _fits(record, row):
                found[record["name"]] = _row_offers(row)
    return found


def _fits(record: Mapping[str, Any], row: Row | Line | Node) -> bool:
    try:
        return condition(str(record.get("when", ""))).holds(row.get)
    except (BadExpressionError, InvalidInput):
        return False


def _row_offers(row: Row | Line) -> list[Offer]:
    if isinstance(row, Line):
        words = re.finditer(r"\S+(?: \S+)*", row.text)
        return [
            Offer(place := f"{one.start() + 1}-{one.end()}", place, one[0][:60], row.line) for one in words
        ]
    names = {place: name for name, place in row.columns.items()}
    return [
        Offer(
            _bracketed(names.get(place, str(place + 1))),
            names.get(place, str(place + 1)),
            cell[:60],
            row.line,
        )
        for place, cell in enumerate(row.cells[:MOST_OFFERED])
    ]


def _bracketed(name: str) -> str:
    return f"[{name}]" if "&" in name or name.startswith("'") else name


def _tree_offers(top: Node, records: Sequence[Mapping[str, Any]]) -> dict[str, list[Offer]]:
    found: dict[str, list[Offer]] = {}
    places: dict[str, Node] = {"": Node(top.element)}
    for record in records:
        around = places.get(str(record.get("within", "")))
        try:
            nodes = around.records(str(record.get("path", ""))) if around else []
        except BadExpressionError:
            continue
        if not nodes:
            continue
        places[record["name"]] = nodes[0]
        inner = [str(one.get("path", "")) for one in records if one.get("within") == record["name"]]
        found[record["name"]] = list(islice(_leaves(nodes[0].element, inner), MOST_OFFERED))
    return found


def _leaves(element: Element, inner: Sequence[str]) -> Iterator[Offer]:
    seen: set[str] = set()
    for name, value in element.attributes.items():
        yield Offer(f"@{name.rpartition(':')[2]}", f"@{name}", value[:60], element.line)
    for path, one in _paths(element):
        if any(path == other or path.startswith(f"{other}/") for other in inner) or path in seen:
            continue
        seen.add(path)
        for name, value in one.attributes.items():
            if not name.startswith("#"):
                local = f"{path}/@{name.rpartition(':')[2]}"
                yield Offer(local, local, value[:60], one.line)
        if one.is_leaf:
            yield Offer(path, path, text_of(one)[:60], one.line)
