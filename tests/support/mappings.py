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
