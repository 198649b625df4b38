"""Making and dropping a day of raw samples.

The application's role owns no table; these functions run as their owner and do nothing else. A partition is
attached (not created in place), which doesn't block readers; strays of its day move in from the default
partition. Young days can't be dropped.
"""

from django.db import migrations

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

DROP = """
DROP FUNCTION machines_drop_sample_partition(date);
DROP FUNCTION machines_make_sample_partition(date);
"""


class Migration(migrations.Migration):
    dependencies = [("machines", "0004_measured_facts")]

    operations = [migrations.RunSQL(MAKE, DROP)]
