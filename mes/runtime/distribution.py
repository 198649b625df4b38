"""Spreading the large tables over several database servers with Citus, by machine.

Citus asks that every unique key of a distributed table holds the distribution column. ``obstacles`` reads
from the catalog where that isn't so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

BY_MACHINE = (
    "machines_sample",
    "machines_samplepack",
    "machines_cycle",
    "machines_stateinterval",
    "machines_machinenow",
    "machines_projection",
    "machines_checkpoint",
    "machines_follower",
    "machines_energymeter",
    "machines_energyuse",
)
"""The tables that grow with machines and time, the first one leads; all of a machine lie on one server."""
COLUMN = "machine_id"

KEPT_WHOLE = {
    "machines_arrival": "a queue that is empty most of the time",
    "machines_meternews": "a queue that is empty most of the time",
    "machines_shard": "thirty-two rows",
    "orders_productionevent": "some rows per run and ten minutes, with references to orders by number",
    "orders_run": "one row per operation and machine, with references to orders by number",
    "machines_stopcoding": "what people say about stops, with references to users and reasons",
}
"""Tables that stay on the coordinator, and why."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A constraint that keeps a table from being distributed."""

    table: str
    constraint: str
    definition: str


def obstacles() -> list[Obstacle]:
    """Unique, primary and exclusion constraints without the column, and references to distributed tables that
    don't lead over it. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH keys AS (
                SELECT i.indrelid::regclass::text AS of, i.indexrelid::regclass::text AS name,
                    pg_get_indexdef(i.indexrelid) AS definition, i.indkey::int2[] AS columns
                FROM pg_index i WHERE i.indisunique OR i.indisexclusion
                UNION ALL
                SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid), c.conkey
                FROM pg_constraint c
                WHERE c.contype = 'f' AND c.confrelid::regclass::text = ANY(%(tables)s)
            )
            SELECT k.of, k.name, k.definition FROM keys k
            WHERE (k.of = ANY(%(tables)s) OR k.definition LIKE 'FOREIGN KEY%%') AND NOT EXISTS (
                SELECT FROM pg_attribute a
                WHERE a.attrelid = k.of::regclass AND a.attname = %(column)s AND a.attnum = ANY(k.columns)
            ) ORDER BY 1, 2
            """,
            {"tables": list(BY_MACHINE), "column": COLUMN},
        )
        return [Obstacle(*row) for row in cursor.fetchall()]


def referenced_tables() -> list[str]:
    """The master data that distributed tables refer to: to be copied whole to every server."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE needed AS (
                SELECT confrelid AS id FROM pg_constraint
                WHERE contype = 'f' AND conrelid::regclass::text = ANY(%(tables)s)
                UNION
                SELECT c.confrelid FROM pg_constraint c JOIN needed ON c.conrelid = needed.id
                WHERE c.contype = 'f'
            )
            SELECT id::regclass::text FROM needed WHERE NOT id::regclass::text = ANY(%(tables)s) ORDER BY 1
            """,
            {"tables": list(BY_MACHINE)},
        )
        return [name for (name,) in cursor.fetchall()]


def statements() -> Iterator[str]:
    """The commands for psql on a Citus coordinator, once, as the tables' owner."""
    for table in referenced_tables():
        yield f"SELECT create_reference_table('{table}');"
    leader, *others = BY_MACHINE
    yield f"SELECT create_distributed_table('{leader}', '{COLUMN}', shard_count => 32);"
    for table in others:
        yield f"SELECT create_distributed_table('{table}', '{COLUMN}', colocate_with => '{leader}');"
