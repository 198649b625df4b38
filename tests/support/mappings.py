"""Mappings of messages as tests write them."""

from integrations.erp.mapped.definition import FORMAT, VERSION


def mapping(*, records, fields, file=None, direction="in", tables=None, units=None, **shape):
    return {
        "format": FORMAT,
        "version": VERSION,
        "direction": direction,
        "file": {"kind": "csv", **(file or {}), **shape},
        "records": records,
        "fields": fields,
        "tables": tables or {},
        "units": units or {},
    }


def row(record, target, source, *convert, when=""):
    return {"record": record, "target": target, "source": source, "convert": list(convert), "when": when}


def orders_by_line(**file):
    """One order per line: number, item, quantity, unit, due."""
    return mapping(
        file={"kind": "csv", "decimal": ",", **file},
        records=[{"name": "order", "of": "order"}],
        fields=[row("order", name, name) for name in ("number", "item", "quantity", "unit", "due")],
    )
