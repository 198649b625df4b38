"""Raw samples of days that are over, packed by machine, hour and epoch; by month.

The application's role owns no table: functions make and drop the months, and drop a day of typed samples once
all of it is packed. A day that got another sample meanwhile stays.
"""

from django.db import migrations, models

CREATE = """
CREATE TABLE machines_samplepack (
    hour timestamptz NOT NULL,
    until timestamptz NOT NULL,
    plant_id bigint NOT NULL,
    machine_id bigint NOT NULL,
    epoch_id bigint NOT NULL,
    samples integer NOT NULL,
    numbers int8multirange NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (machine_id, hour, epoch_id)
) PARTITION BY RANGE (hour);
ALTER TABLE machines_samplepack ALTER COLUMN payload SET STORAGE EXTERNAL;
"""
MAKE = """
CREATE FUNCTION machines_make_pack_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month date := date_trunc('month', day)::date;
    name text := 'machines_samplepack_' || to_char(day, 'YYYYMM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('machines_make_pack_partition'));
    IF to_regclass(name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format(
        'CREATE TABLE %I PARTITION OF machines_samplepack FOR VALUES FROM (%L) TO (%L)', name,
        month::timestamp AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
    );
    RETURN true;
END $$;
"""
DROP = """
CREATE FUNCTION machines_drop_pack_partition(month date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE name text := 'machines_samplepack_' || to_char(month, 'YYYYMM');
BEGIN
    IF month > (now() AT TIME ZONE 'UTC')::date - 60 THEN
        RAISE EXCEPTION 'a month of packed samples is dropped once it is over for a month';
    END IF;
    IF to_regclass(name) IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE %I', name);
    RETURN true;
END $$;
"""
DROP_PACKED = """
CREATE FUNCTION machines_drop_packed_day(day date, packed bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name text := 'machines_sample_' || to_char(day, 'YYYYMMDD');
    typed bigint;
BEGIN
    IF day >= (now() AT TIME ZONE 'UTC')::date - 1 THEN
        RAISE EXCEPTION 'a day of raw samples is packed once it is over for a day';
    END IF;
    IF to_regclass(name) IS NULL THEN
        RETURN false;
    END IF;
    LOCK TABLE ONLY machines_sample IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', name);
    EXECUTE format('SELECT count(*) FROM %I', name) INTO typed;
    IF typed <> packed THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE %I', name);
    RETURN true;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("machines", "0002_storage")]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE machines_samplepack"),
        migrations.RunSQL(MAKE, "DROP FUNCTION machines_make_pack_partition(date)"),
        migrations.RunSQL(DROP, "DROP FUNCTION machines_drop_pack_partition(date)"),
        migrations.RunSQL(DROP_PACKED, "DROP FUNCTION machines_drop_packed_day(date, bigint)"),
        migrations.CreateModel(
            name="SamplePack",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "machine_id",
                        "hour",
                        "epoch_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("samples", models.IntegerField()),
                ("payload", models.BinaryField()),
            ],
            options={"db_table": "machines_samplepack", "managed": False},
        ),
    ]
