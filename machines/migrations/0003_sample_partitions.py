"""Raw samples: partitioned by day of the event time, with a default partition for stray times."""

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


class Migration(migrations.Migration):
    dependencies = [("machines", "0002_measurement")]

    operations = [migrations.RunSQL(CREATE, "DROP TABLE machines_sample")]
