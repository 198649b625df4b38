"""Do the raw samples agree with what was acknowledged to their senders?"""

from __future__ import annotations

from django.db import connection

from mes.lib.books import Check, count, differences

# Of a boot with many holes only the numbers from ``joined_before`` on are kept one by one.
# Days that were dropped took their samples along: only boots younger than the oldest day are compared.
_K3 = """
WITH oldest AS (
    SELECT min(to_date(rpad(substring(relname FROM '[0-9]+$'), 8, '01'), 'YYYYMMDD'))::timestamptz AS day
    FROM pg_class JOIN pg_inherits ON inhrelid = oid
    WHERE inhparent IN ('machines_sample'::regclass, 'machines_samplepack'::regclass)
        AND relname ~ '_[0-9]+$'
), told AS (
    SELECT id, int8multirange(int8range(joined_before, NULL)) AS apart FROM machines_sourceepoch
), acknowledged AS (
    SELECT e.id, (
        SELECT coalesce(sum(upper(part) - lower(part)), 0) FROM unnest(e.seen * told.apart) part
    ) AS numbers
    FROM machines_sourceepoch e JOIN told USING (id)
), packed AS (
    SELECT epoch_id, range_agg(numbers) AS numbers FROM machines_samplepack GROUP BY epoch_id
), stored AS (
    SELECT s.epoch_id AS id, count(DISTINCT s.seq) FILTER (WHERE s.seq <@ told.apart) AS numbers
    FROM machines_sample s JOIN told ON told.id = s.epoch_id LEFT JOIN packed p USING (epoch_id)
    WHERE p.epoch_id IS NULL GROUP BY 1
    UNION ALL
    SELECT epoch_id, (
        SELECT sum(upper(part) - lower(part)) FROM unnest(told.apart * (p.numbers + coalesce((
            SELECT range_agg(int8range(seq, seq, '[]')) FROM machines_sample WHERE epoch_id = p.epoch_id
        ), '{}'))) part
    ) FROM packed p JOIN told ON told.id = p.epoch_id
)
SELECT m.code || ' ' || s.code || ' ' || e.boot, a.numbers, coalesce(r.numbers, 0)
FROM acknowledged a JOIN machines_sourceepoch e ON e.id = a.id JOIN machines_source s ON s.id = e.source_id
JOIN machines_machine m ON m.id = s.machine_id LEFT JOIN stored r ON r.id = e.id
WHERE a.numbers <> coalesce(r.numbers, 0)
  AND NOT (coalesce(r.numbers, 0) < a.numbers AND coalesce(e.started_at < (SELECT day FROM oldest), false))
ORDER BY 1
"""
_GAPS = """
SELECT m.code || ' ' || s.code || ' ' || e.boot, (int8multirange(range_merge(e.seen)) - e.seen)::text
FROM machines_sourceepoch e JOIN machines_source s ON s.id = e.source_id
JOIN machines_machine m ON m.id = s.machine_id
WHERE NOT isempty(e.seen) AND int8multirange(range_merge(e.seen)) <> e.seen
ORDER BY e.id DESC LIMIT 20
"""


def check_samples() -> Check:
    """K3: per boot, the sequence numbers acknowledged are the distinct ones stored; gaps are listed,
    the latest of a boot with many."""
    with connection.cursor() as cursor:
        cursor.execute(_GAPS)
        gaps = [f"{name}: never came {numbers}" for name, numbers in cursor.fetchall()]
    title = "Samples stored are those acknowledged"
    return Check("K3", title, differences(_K3), count("machines_sourceepoch"), gaps)
