"""Empty tables between tests that commit: most hold nothing, and truncating one costs a new file for it and
for each of its indexes.
"""


def empty_by_deleting(connection):
    """From now on Django's flush deletes rows on this connection instead of truncating tables."""
    truncate = connection.ops.sql_flush

    def sql_flush(style, tables, *, reset_sequences=False, allow_cascade=False):
        if reset_sequences or not tables:
            return truncate(style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade)
        names = [connection.ops.quote_name(table) for table in tables]
        return [
            # Whoever still writes is waited for, as TRUNCATE does.
            f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE",
            # Neither foreign keys nor triggers that keep a history or forbid to delete from it.
            "SET LOCAL session_replication_role = replica",
            "; ".join(f"DELETE FROM {name}" for name in names),
        ]

    connection.ops.sql_flush = sql_flush
