"""Sealing the audit trail, and finding what was changed in it afterwards.

Every committed row that no seal holds yet is sealed by the next round. Numbers are given before commit, so
rows may appear out of order: a seal names exactly the rows it covers, and a late one goes into a later seal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, models, transaction
from psycopg import sql
from psycopg.types.multirange import Int8Multirange
from psycopg.types.range import Int8Range

from mes.accounts.models import Seal
from mes.lib.grants import append_only_models

MOST_ROWS = 5000
LATEST_COMMIT = 20_000
"""How many numbers a row may commit behind the newest sealed one and still be found."""
HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Break:
    """Where the trail isn't what was sealed. ``row`` is None for the seal itself."""

    table: str
    row: int | None
    problem: str


def sealed_models() -> list[type[models.Model]]:
    """The append-only models with a number of their own; raw samples are too many and go after a month."""
    return [
        model
        for model in append_only_models()
        if model is not Seal
        and model._meta.managed
        and isinstance(model._meta.pk, models.AutoField | models.BigAutoField)
    ]


def seal_all() -> int:
    """Seal what is not sealed yet in every table. Returns how many rows were."""
    return sum(seal_table(model) for model in sealed_models())


def seal_table(model: type[models.Model]) -> int:
    total = 0
    while count := _seal_next(model):
        total += count
    return total


@transaction.atomic
def _seal_next(model: type[models.Model]) -> int:
    table, columns = model._meta.db_table, _columns(model)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"seal {table}"])
    last = Seal.objects.filter(table=table).order_by("-id").first()
    rows = _hashes(model, columns, _UNSEALED, [LATEST_COMMIT, table, table, LATEST_COMMIT, table, MOST_ROWS])
    if not rows:
        return 0
    hashes = b"".join(row_hash for _pk, row_hash in rows)
    ids = Int8Multirange(_ranges([pk for pk, _hash in rows]))
    previous = last.digest if last else ""
    Seal.objects.create(
        table=table,
        ids=ids,
        columns=columns,
        row_hashes=hashes,
        previous=previous,
        digest=_digest(previous, table, str(ids), columns, hashes),
    )
    return len(rows)


_UNSEALED = """
    pk > (SELECT coalesce(max(upper(ids)), 0) - %s FROM accounts_seal WHERE "table" = %s)
    AND NOT pk::bigint <@ (
        SELECT coalesce(range_agg(ids), '{}') FROM accounts_seal
        WHERE "table" = %s AND upper(ids) > (
            SELECT max(upper(ids)) - %s FROM accounts_seal WHERE "table" = %s
        )
    )
    ORDER BY pk LIMIT %s
"""
_OF_SEAL = """
    pk >= lower(%s::int8multirange) AND pk < upper(%s::int8multirange) AND pk::bigint <@ %s::int8multirange
    ORDER BY pk
"""


def verify_seals() -> list[Break]:
    """Everything in the audit trail that differs from its seals; empty when the trail is whole."""
    return [found for model in sealed_models() for found in _verify_table(model)]


def _verify_table(model: type[models.Model]) -> Iterator[Break]:
    table = model._meta.db_table
    previous = ""
    for seal in Seal.objects.filter(table=table).order_by("id").iterator():
        ids, hashes = str(seal.ids), bytes(seal.row_hashes)
        if seal.previous != previous:
            yield Break(table, None, f"seal {seal.pk} does not follow the one before it")
        if seal.digest != _digest(seal.previous, table, ids, seal.columns, hashes):
            yield Break(table, None, f"seal {seal.pk} was changed")
        previous = seal.digest
        yield from _compare(model, seal, hashes)


def _compare(model: type[models.Model], seal: Seal, hashes: bytes) -> Iterator[Break]:
    found = dict(_hashes(model, seal.columns, _OF_SEAL, [str(seal.ids)] * 3))
    sealed = (pk for one in seal.ids for pk in range(one.lower, one.upper))
    for index, pk in enumerate(sealed):
        expected = hashes[index * HASH_BYTES : (index + 1) * HASH_BYTES]
        if pk not in found:
            yield Break(seal.table, pk, "was deleted")
        elif found[pk] != expected:
            yield Break(seal.table, pk, "was changed")


def _hashes(
    model: type[models.Model], columns: list[str], where: str, parameters: list[object]
) -> list[tuple[int, bytes]]:
    query = sql.SQL(
        "SELECT pk, sha256(convert_to(content::text, 'UTF8')) FROM (SELECT {pk} AS pk, "
        "jsonb_build_array({columns}) AS content FROM {table}) AS audit WHERE "
    ).format(
        pk=sql.Identifier(str(model._meta.pk.column)),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        table=sql.Identifier(model._meta.db_table),
    )
    with connection.cursor() as cursor:
        # As text: what wraps statements on the command line, the context of changes, reads it.
        text = (query + sql.SQL(where)).as_string(cursor.connection)
        cursor.execute(text, parameters)  # type: ignore[arg-type]
        return [(pk, bytes(row_hash)) for pk, row_hash in cursor.fetchall()]


def _columns(model: type[models.Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]


def _ranges(pks: list[int]) -> list[Int8Range]:
    ranges: list[Int8Range] = []
    for pk in pks:
        if ranges and ranges[-1].upper == pk:
            ranges[-1] = Int8Range(ranges[-1].lower, pk + 1)
        else:
            ranges.append(Int8Range(pk, pk + 1))
    return ranges


def _digest(previous: str, table: str, ids: str, columns: list[str], hashes: bytes) -> str:
    header = "\n".join((previous, table, ids, ",".join(columns)))
    return hashlib.sha256(header.encode() + b"\n" + hashes).hexdigest()
