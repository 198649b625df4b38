"""Rebuilding the index of a day of raw samples that is over.

Fifteen thousand insertion points leave its pages half empty. A comment on the partition says that it is done.
"""

from django.db import migrations

MAKE = """
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


class Migration(migrations.Migration):
    dependencies = [("machines", "0013_sample_problem_replays")]

    operations = [migrations.RunSQL(MAKE, "DROP FUNCTION machines_tighten_sample_partition(date)")]
