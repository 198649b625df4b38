"""How raw samples and rows that change all the time are stored.

Raw samples are partitioned by day of the event time, with a default partition for stray times. The application's role
owns no table; the functions run as their owner and do nothing else. A partition is attached (not created in place),
which doesn't block readers; strays of its day move in from the default partition. Young days can't be dropped.
"""

from django.db import migrations

CREATE = """
CREATE TABLE machines_sample (
    received_at timestamptz NOT NULL,
    device_ts timestamptz NOT NULL,
    ts timestamptz NOT NULL,
    seq bigint NOT NULL,
    number double precision,
    plant_id bigint NOT NULL,
    machine_id bigint NOT NULL,
    epoch_id bigint NOT NULL,
    sub integer NOT NULL DEFAULT 0,
    flags integer NOT NULL DEFAULT 0,
    slot smallint NOT NULL DEFAULT 1,
    quality smallint NOT NULL DEFAULT 0,
    historical boolean NOT NULL DEFAULT false,
    item varchar(40) NOT NULL,
    text text,
    PRIMARY KEY (machine_id, epoch_id, ts, seq, sub)
) PARTITION BY RANGE (ts);
CREATE TABLE machines_sample_default PARTITION OF machines_sample DEFAULT;
"""

MAKE = """
CREATE FUNCTION machines_make_sample_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE name text := 'machines_sample_' || to_char(day, 'YYYYMMDD');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('machines_make_sample_partition'));
    IF to_regclass(name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE machines_sample INCLUDING ALL)', name);
    EXECUTE format(
        'WITH moved AS (DELETE FROM machines_sample_default WHERE ts >= %L AND ts < %L RETURNING *) '
        'INSERT INTO %I SELECT * FROM moved',
        day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC', name
    );
    EXECUTE format(
        'ALTER TABLE machines_sample ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        name, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC'
    );
    RETURN true;
END $$;
"""

DROP = """
CREATE FUNCTION machines_drop_sample_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE name text := 'machines_sample_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF day > (now() AT TIME ZONE 'UTC')::date - 7 THEN
        RAISE EXCEPTION 'raw samples younger than 7 days are not dropped';
    END IF;
    IF to_regclass(name) IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE %I', name);
    RETURN true;
END $$;
"""

# Fifteen thousand insertion points leave the index's pages of a day half empty. A comment on the partition says that it
# is done.
TIGHTEN = """
CREATE FUNCTION machines_tighten_sample_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE name text := 'machines_sample_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF day >= (now() AT TIME ZONE 'UTC')::date - 1 THEN
        RAISE EXCEPTION 'a day of raw samples is tightened once it is over for a day';
    END IF;
    IF to_regclass(name) IS NULL OR obj_description(to_regclass(name), 'pg_class') = 'tightened' THEN
        RETURN false;
    END IF;
    EXECUTE format('REINDEX TABLE %I', name);
    EXECUTE format('COMMENT ON TABLE %I IS %L', name, 'tightened');
    RETURN true;
END $$;
"""

CHANGING = (
    "machines_source",
    "machines_sourceepoch",
    "machines_machinenow",
    "machines_follower",
    "machines_shard",
)


class Migration(migrations.Migration):
    replaces = [
        ("machines", "0003_sample_partitions"),
        ("machines", "0005_partition_functions"),
        ("machines", "0014_tight_partitions"),
    ]

    dependencies = [("machines", "0001_squashed_0019_cost")]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE machines_sample"),
        migrations.RunSQL(MAKE, "DROP FUNCTION machines_make_sample_partition(date)"),
        migrations.RunSQL(DROP, "DROP FUNCTION machines_drop_sample_partition(date)"),
        migrations.RunSQL(TIGHTEN, "DROP FUNCTION machines_tighten_sample_partition(date)"),
        # rows that change all the time find room for the new version beside the old one
        migrations.RunSQL(
            "".join(f"ALTER TABLE {table} SET (fillfactor = 50);" for table in CHANGING),
            "".join(f"ALTER TABLE {table} RESET (fillfactor);" for table in CHANGING),
        ),
    ]
