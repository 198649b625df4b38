import uuid
from decimal import Decimal

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import machines.models.plant
import machines.models.signal
import machines.models.state
from mes.lib.migrations import AtOnce


class Migration(migrations.Migration):
    replaces = [
        ("machines", "0001_initial"),
        ("machines", "0002_measurement"),
        ("machines", "0004_measured_facts"),
        ("machines", "0006_unpaid_breaks"),
        ("machines", "0007_tool_history"),
        ("machines", "0008_program_roles"),
        ("machines", "0009_alarm_mapping"),
        ("machines", "0010_stop_photos"),
        ("machines", "0011_arrivals"),
        ("machines", "0012_andon_and_rates"),
        ("machines", "0013_sample_problem_replays"),
        ("machines", "0015_thresholds_in_time"),
        ("machines", "0016_auto_switch"),
        ("machines", "0017_shard_workers"),
        ("machines", "0018_work_centres_from_the_erp"),
        ("machines", "0019_cost"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0007_plans_as_messages"),
    ]

    operations = [
        BtreeGistExtension(),
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="Sample",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "machine_id",
                                "epoch_id",
                                "ts",
                                "seq",
                                "sub",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("ts", models.DateTimeField()),
                        ("seq", models.BigIntegerField()),
                        ("sub", models.IntegerField(default=0)),
                        ("slot", models.SmallIntegerField(default=0)),
                        ("item", models.CharField(max_length=40)),
                        ("number", models.FloatField(null=True)),
                        ("text", models.TextField(null=True)),
                        ("quality", models.SmallIntegerField(default=0)),
                        ("historical", models.BooleanField(default=False)),
                        ("flags", models.IntegerField(default=0)),
                        ("device_ts", models.DateTimeField()),
                        ("received_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "machines_sample",
                        "managed": False,
                    },
                ),
                migrations.CreateModel(
                    name="ShiftPattern",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "works_on_holidays",
                            models.BooleanField(default=False, verbose_name="works on holidays"),
                        ),
                    ],
                    options={
                        "verbose_name": "shift pattern",
                        "verbose_name_plural": "shift patterns",
                        "ordering": ("code",),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_shiftpatternevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "works_on_holidays") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."works_on_holidays"); RETURN NULL;',
                                    hash="d4b9101a2609625c8de71d0a2fe76089fcfa0416",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_c5cde",
                                    table="machines_shiftpattern",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_shiftpatternevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "works_on_holidays") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."works_on_holidays"); RETURN NULL;',
                                    hash="2fc04779ca0fe76166442f01faf12068e2814c19",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_c0599",
                                    table="machines_shiftpattern",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_shiftpatternevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "works_on_holidays") VALUES (OLD."code", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."works_on_holidays"); RETURN NULL;',
                                    hash="8f52c8e32e5b24542c367adb7e64e450db28b8ae",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_c95ed",
                                    table="machines_shiftpattern",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Plant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "erp_code",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="The ERP's name of the plant.",
                                max_length=20,
                                verbose_name="ERP code",
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="Europe/Berlin",
                                max_length=60,
                                validators=[machines.models.plant.known_time_zone],
                                verbose_name="time zone",
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("de", "German")],
                                default="de",
                                max_length=5,
                                verbose_name="language",
                            ),
                        ),
                        (
                            "holiday_country",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="ISO code like DE.",
                                max_length=2,
                                verbose_name="holiday country",
                            ),
                        ),
                        (
                            "holiday_subdivision",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="For example BW.",
                                max_length=6,
                                verbose_name="holiday subdivision",
                            ),
                        ),
                        (
                            "shift_pattern",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.shiftpattern",
                                verbose_name="shift pattern",
                            ),
                        ),
                        (
                            "kpi_definition",
                            models.CharField(
                                default="iso22400", max_length=20, verbose_name="KPI definition set"
                            ),
                        ),
                        (
                            "overtime_percent",
                            models.DecimalField(
                                decimal_places=1,
                                default=25,
                                help_text="What an hour of a person outside the shifts costs more.",
                                max_digits=5,
                                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                                verbose_name="overtime premium (%)",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "plant",
                        "verbose_name_plural": "plants",
                        "ordering": ("code",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("erp_code", ""), _negated=True),
                                fields=("erp_code",),
                                name="plant_erp_code_unique",
                                violation_error_message="Another plant already has this ERP code.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("overtime_percent__gte", 0)),
                                name="plant_overtime_percent_positive",
                                violation_error_message="A premium can't be negative.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_plantevent" ("code", "erp_code", "holiday_country", "holiday_subdivision", "id", "kpi_definition", "language", "name", "overtime_percent", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_pattern_id", "time_zone") VALUES (NEW."code", NEW."erp_code", NEW."holiday_country", NEW."holiday_subdivision", NEW."id", NEW."kpi_definition", NEW."language", NEW."name", NEW."overtime_percent", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."shift_pattern_id", NEW."time_zone"); RETURN NULL;',
                                    hash="4c78736922e744347e077d1b07c6c672fd592d91",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_fb8c4",
                                    table="machines_plant",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_plantevent" ("code", "erp_code", "holiday_country", "holiday_subdivision", "id", "kpi_definition", "language", "name", "overtime_percent", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_pattern_id", "time_zone") VALUES (NEW."code", NEW."erp_code", NEW."holiday_country", NEW."holiday_subdivision", NEW."id", NEW."kpi_definition", NEW."language", NEW."name", NEW."overtime_percent", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."shift_pattern_id", NEW."time_zone"); RETURN NULL;',
                                    hash="f091fd7758949ac277700d0287ab89421e56ad00",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_72f1f",
                                    table="machines_plant",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_plantevent" ("code", "erp_code", "holiday_country", "holiday_subdivision", "id", "kpi_definition", "language", "name", "overtime_percent", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_pattern_id", "time_zone") VALUES (OLD."code", OLD."erp_code", OLD."holiday_country", OLD."holiday_subdivision", OLD."id", OLD."kpi_definition", OLD."language", OLD."name", OLD."overtime_percent", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."shift_pattern_id", OLD."time_zone"); RETURN NULL;',
                                    hash="27cb0b274c9f4b74821b395dc28287dc59d95875",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_7043b",
                                    table="machines_plant",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AndonKind",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name_en", models.CharField(max_length=120, verbose_name="name (English)")),
                        (
                            "name_de",
                            models.CharField(
                                blank=True, default="", max_length=120, verbose_name="name (German)"
                            ),
                        ),
                        (
                            "erp_code",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="ERP code"),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="andon_kinds",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "icon",
                            models.CharField(
                                default="bell-fill",
                                help_text="A name of Bootstrap Icons.",
                                max_length=40,
                                verbose_name="icon",
                            ),
                        ),
                        ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                    ],
                    options={
                        "verbose_name": "kind of call",
                        "verbose_name_plural": "kinds of calls",
                        "ordering": ("plant", "position", "code"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "code"),
                                name="andon_kind_code_unique",
                                violation_error_message="This plant already has a kind of call with this code.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_andonkindevent" ("active", "code", "erp_code", "icon", "id", "name_de", "name_en", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "position") VALUES (NEW."active", NEW."code", NEW."erp_code", NEW."icon", NEW."id", NEW."name_de", NEW."name_en", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."position"); RETURN NULL;',
                                    hash="38fd79ca9e5e6bf3eaf4372f0a633b1d4ee47d65",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_f8e72",
                                    table="machines_andonkind",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_andonkindevent" ("active", "code", "erp_code", "icon", "id", "name_de", "name_en", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "position") VALUES (NEW."active", NEW."code", NEW."erp_code", NEW."icon", NEW."id", NEW."name_de", NEW."name_en", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."position"); RETURN NULL;',
                                    hash="6b7389b8eb0bc4e015cc3bedc7108b5e9e5a3fea",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_2b8fc",
                                    table="machines_andonkind",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_andonkindevent" ("active", "code", "erp_code", "icon", "id", "name_de", "name_en", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "position") VALUES (OLD."active", OLD."code", OLD."erp_code", OLD."icon", OLD."id", OLD."name_de", OLD."name_en", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."position"); RETURN NULL;',
                                    hash="a5a809b4203a35a09f97adf924c5a6f65e4295c7",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_8ce49",
                                    table="machines_andonkind",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Area",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "shift_pattern",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: as the level above.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.shiftpattern",
                                verbose_name="shift pattern",
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="areas",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "area",
                        "verbose_name_plural": "areas",
                        "ordering": ("plant", "code"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "code"),
                                name="area_code_unique_in_plant",
                                violation_error_message="This plant already has an area with this code.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_areaevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "shift_pattern_id") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."shift_pattern_id"); RETURN NULL;',
                                    hash="b4fb3dc359358d2d18066ab9156993b263d0e1cb",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_844e4",
                                    table="machines_area",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_areaevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "shift_pattern_id") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."shift_pattern_id"); RETURN NULL;',
                                    hash="712226eceedbaac45e6b6197083cba90f9c5afaf",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_d3d29",
                                    table="machines_area",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_areaevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "shift_pattern_id") VALUES (OLD."code", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."shift_pattern_id"); RETURN NULL;',
                                    hash="8725108d9861410f36018c6d80d1e0c6748d1f0a",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_bd78f",
                                    table="machines_area",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MachineGroup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "erp_version",
                            models.CharField(
                                blank=True,
                                default="",
                                editable=False,
                                max_length=60,
                                verbose_name="ERP version",
                            ),
                        ),
                        (
                            "erp_received_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="last from the ERP"
                            ),
                        ),
                        (
                            "erp_values",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                editable=False,
                                encoder=django.core.serializers.json.DjangoJSONEncoder,
                                verbose_name="ERP values",
                            ),
                        ),
                        (
                            "pinned",
                            models.JSONField(
                                blank=True, default=list, editable=False, verbose_name="pinned fields"
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "shift_pattern",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: as the level above.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.shiftpattern",
                                verbose_name="shift pattern",
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="machine_groups",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "erp_code",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Empty: same as the code.",
                                max_length=40,
                                verbose_name="ERP work centre",
                            ),
                        ),
                        (
                            "internal_id",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="What the ERP's routings name instead of the code (SAP: OBJID).",
                                max_length=40,
                                verbose_name="ERP's internal key",
                            ),
                        ),
                        (
                            "standard_key",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Decides what the ERP's planned times of this work centre mean (SAP: VGWTS).",
                                max_length=20,
                                verbose_name="standard value key",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "hourly_rate",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="What an hour of such a machine costs, unless the machine has a rate of its own.",
                                max_digits=10,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                                verbose_name="rate per hour (€)",
                            ),
                        ),
                        (
                            "labour_rate",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="What an hour of a person at such a machine costs, without the machine.",
                                max_digits=10,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                                verbose_name="labour rate per hour (€)",
                            ),
                        ),
                        (
                            "crew",
                            models.DecimalField(
                                decimal_places=2,
                                default=1,
                                help_text="How many people a machine is planned with; 0.5: one looks after two.",
                                max_digits=5,
                                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                                verbose_name="people per machine",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "machine group",
                        "verbose_name_plural": "machine groups",
                        "ordering": ("plant", "code"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "code"),
                                name="machine_group_code_unique_in_plant",
                                violation_error_message="This plant already has a machine group with this code.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("internal_id", ""), _negated=True),
                                fields=("plant", "internal_id"),
                                name="machine_group_internal_id_unique",
                                violation_error_message="Another machine group of this plant has this internal key.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("hourly_rate__isnull", True), ("hourly_rate__gte", 0), _connector="OR"
                                ),
                                name="machine_group_hourly_rate_positive",
                                violation_error_message="An hour can't cost less than nothing.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("labour_rate__isnull", True), ("labour_rate__gte", 0), _connector="OR"
                                ),
                                name="machine_group_labour_rate_positive",
                                violation_error_message="An hour can't cost less than nothing.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("crew__gte", 0)),
                                name="machine_group_crew_positive",
                                violation_error_message="A machine can't have fewer than no people.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_machinegroupevent" ("active", "code", "crew", "erp_code", "erp_values", "hourly_rate", "id", "internal_id", "labour_rate", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned", "plant_id", "shift_pattern_id", "standard_key") VALUES (NEW."active", NEW."code", NEW."crew", NEW."erp_code", NEW."erp_values", NEW."hourly_rate", NEW."id", NEW."internal_id", NEW."labour_rate", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."pinned", NEW."plant_id", NEW."shift_pattern_id", NEW."standard_key"); RETURN NULL;',
                                    hash="cc53250b015d416d3685648a1efcf5fe33c7359b",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_c9e99",
                                    table="machines_machinegroup",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."active" IS DISTINCT FROM (NEW."active") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."crew" IS DISTINCT FROM (NEW."crew") OR OLD."erp_code" IS DISTINCT FROM (NEW."erp_code") OR OLD."erp_values" IS DISTINCT FROM (NEW."erp_values") OR OLD."hourly_rate" IS DISTINCT FROM (NEW."hourly_rate") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."internal_id" IS DISTINCT FROM (NEW."internal_id") OR OLD."labour_rate" IS DISTINCT FROM (NEW."labour_rate") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."pinned" IS DISTINCT FROM (NEW."pinned") OR OLD."plant_id" IS DISTINCT FROM (NEW."plant_id") OR OLD."shift_pattern_id" IS DISTINCT FROM (NEW."shift_pattern_id") OR OLD."standard_key" IS DISTINCT FROM (NEW."standard_key"))',
                                    func='INSERT INTO "machines_machinegroupevent" ("active", "code", "crew", "erp_code", "erp_values", "hourly_rate", "id", "internal_id", "labour_rate", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned", "plant_id", "shift_pattern_id", "standard_key") VALUES (NEW."active", NEW."code", NEW."crew", NEW."erp_code", NEW."erp_values", NEW."hourly_rate", NEW."id", NEW."internal_id", NEW."labour_rate", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."pinned", NEW."plant_id", NEW."shift_pattern_id", NEW."standard_key"); RETURN NULL;',
                                    hash="37b49cbf1a02a259e4d11f5ff298117084cd2fb1",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_8906d",
                                    table="machines_machinegroup",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_machinegroupevent" ("active", "code", "crew", "erp_code", "erp_values", "hourly_rate", "id", "internal_id", "labour_rate", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned", "plant_id", "shift_pattern_id", "standard_key") VALUES (OLD."active", OLD."code", OLD."crew", OLD."erp_code", OLD."erp_values", OLD."hourly_rate", OLD."id", OLD."internal_id", OLD."labour_rate", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."pinned", OLD."plant_id", OLD."shift_pattern_id", OLD."standard_key"); RETURN NULL;',
                                    hash="f16f646c212d7bbd1e11c53d8c63e5bf8a401387",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_ec494",
                                    table="machines_machinegroup",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Machine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="machines",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="machines",
                                to="machines.area",
                                verbose_name="area",
                            ),
                        ),
                        (
                            "group",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="machines",
                                to="machines.machinegroup",
                                verbose_name="machine group",
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                help_text="The name that signals and the ERP use.",
                                max_length=40,
                                unique=True,
                                verbose_name="code",
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "slots",
                            models.PositiveSmallIntegerField(
                                default=1,
                                help_text="How many orders can run at once, e.g. in a furnace.",
                                verbose_name="parallel slots",
                            ),
                        ),
                        (
                            "shift_pattern",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: as its area or plant.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.shiftpattern",
                                verbose_name="shift pattern",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "wall_position",
                            models.PositiveIntegerField(default=0, verbose_name="position on the wall"),
                        ),
                        (
                            "counting_item",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "none: people report"),
                                    ("cycle_event", "cycle event"),
                                    ("cycle_count", "cycle counter"),
                                    ("part_count", "part counter"),
                                    ("good_count", "counter of good parts"),
                                    ("state", "execution state pattern"),
                                    ("pulse", "pulse"),
                                ],
                                default="",
                                max_length=20,
                                verbose_name="counted by",
                            ),
                        ),
                        (
                            "trust",
                            models.CharField(
                                choices=[("cycles", "cycles win"), ("state", "state wins")],
                                default="cycles",
                                max_length=10,
                                verbose_name="who wins",
                            ),
                        ),
                        (
                            "auto_switch",
                            models.BooleanField(
                                default=False,
                                help_text="When a program runs that fits exactly one released operation of this machine, its run opens by itself and is marked so.",
                                verbose_name="program opens the order",
                            ),
                        ),
                        (
                            "micro_stop_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("300"),
                                help_text="A standstill shorter than this is a micro-stop.",
                                max_digits=12,
                                validators=[django.core.validators.MinValueValidator(Decimal("1"))],
                                verbose_name="micro-stop threshold (s)",
                            ),
                        ),
                        (
                            "gap_factor",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("3"),
                                max_digits=6,
                                verbose_name="gap factor k",
                            ),
                        ),
                        (
                            "gap_floor_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("10"),
                                max_digits=12,
                                verbose_name="gap floor (s)",
                            ),
                        ),
                        (
                            "minimum_cycle_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.5"),
                                max_digits=12,
                                verbose_name="shortest possible cycle (s)",
                            ),
                        ),
                        (
                            "reference_cycle_seconds",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                help_text="Until enough cycles are measured.",
                                max_digits=12,
                                null=True,
                                verbose_name="planned cycle (s)",
                            ),
                        ),
                        (
                            "pieces_per_cycle",
                            models.DecimalField(
                                decimal_places=4,
                                default=Decimal("1"),
                                max_digits=9,
                                verbose_name="pieces per cycle",
                            ),
                        ),
                        (
                            "counter_modulus",
                            models.BigIntegerField(
                                blank=True, null=True, verbose_name="counter rolls over at"
                            ),
                        ),
                        (
                            "counter_reset_to",
                            models.BigIntegerField(default=0, verbose_name="counter resets to"),
                        ),
                        (
                            "silence_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("30"),
                                help_text="Longer without any signal: state unknown.",
                                max_digits=12,
                                verbose_name="silence limit (s)",
                            ),
                        ),
                        (
                            "andon_after_minutes",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="A stop that lasts longer calls by itself. Empty: never.",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="call help after (min)",
                            ),
                        ),
                        (
                            "andon_kind",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.andonkind",
                                verbose_name="help that is called",
                            ),
                        ),
                        (
                            "hourly_rate",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="What an hour of this machine costs. Empty: as its group.",
                                max_digits=10,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                                verbose_name="rate per hour (€)",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "machine",
                        "verbose_name_plural": "machines",
                        "ordering": ("wall_position", "code"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("slots__gte", 1), ("slots__lte", 1000)),
                                name="machine_slots_positive",
                                violation_error_message="A machine has at least one slot.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("micro_stop_seconds__gt", 0)),
                                name="machine_micro_stop_positive",
                                violation_error_message="The micro-stop threshold must be positive.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("andon_after_minutes__isnull", True), ("andon_kind__isnull", True)
                                    ),
                                    models.Q(("andon_after_minutes__gt", 0), ("andon_kind__isnull", False)),
                                    _connector="OR",
                                ),
                                name="machine_andon_complete",
                                violation_error_message="Say after how many minutes which help is called, or neither.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("hourly_rate__isnull", True), ("hourly_rate__gte", 0), _connector="OR"
                                ),
                                name="machine_hourly_rate_positive",
                                violation_error_message="An hour can't cost less than nothing.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("pieces_per_cycle__gt", 0)),
                                name="machine_pieces_per_cycle_positive",
                                violation_error_message="A cycle makes more than zero pieces.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_machineevent" ("active", "andon_after_minutes", "andon_kind_id", "area_id", "auto_switch", "code", "counter_modulus", "counter_reset_to", "counting_item", "gap_factor", "gap_floor_seconds", "group_id", "hourly_rate", "id", "micro_stop_seconds", "minimum_cycle_seconds", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pieces_per_cycle", "plant_id", "reference_cycle_seconds", "shift_pattern_id", "silence_seconds", "slots", "trust", "wall_position") VALUES (NEW."active", NEW."andon_after_minutes", NEW."andon_kind_id", NEW."area_id", NEW."auto_switch", NEW."code", NEW."counter_modulus", NEW."counter_reset_to", NEW."counting_item", NEW."gap_factor", NEW."gap_floor_seconds", NEW."group_id", NEW."hourly_rate", NEW."id", NEW."micro_stop_seconds", NEW."minimum_cycle_seconds", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."pieces_per_cycle", NEW."plant_id", NEW."reference_cycle_seconds", NEW."shift_pattern_id", NEW."silence_seconds", NEW."slots", NEW."trust", NEW."wall_position"); RETURN NULL;',
                                    hash="8d538c2a6ec4c2d2ab10375fca521808357505a9",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_e9a89",
                                    table="machines_machine",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_machineevent" ("active", "andon_after_minutes", "andon_kind_id", "area_id", "auto_switch", "code", "counter_modulus", "counter_reset_to", "counting_item", "gap_factor", "gap_floor_seconds", "group_id", "hourly_rate", "id", "micro_stop_seconds", "minimum_cycle_seconds", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pieces_per_cycle", "plant_id", "reference_cycle_seconds", "shift_pattern_id", "silence_seconds", "slots", "trust", "wall_position") VALUES (NEW."active", NEW."andon_after_minutes", NEW."andon_kind_id", NEW."area_id", NEW."auto_switch", NEW."code", NEW."counter_modulus", NEW."counter_reset_to", NEW."counting_item", NEW."gap_factor", NEW."gap_floor_seconds", NEW."group_id", NEW."hourly_rate", NEW."id", NEW."micro_stop_seconds", NEW."minimum_cycle_seconds", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."pieces_per_cycle", NEW."plant_id", NEW."reference_cycle_seconds", NEW."shift_pattern_id", NEW."silence_seconds", NEW."slots", NEW."trust", NEW."wall_position"); RETURN NULL;',
                                    hash="6358eb8f31605d2b43abafbec1de6da98dbdd104",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_72763",
                                    table="machines_machine",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_machineevent" ("active", "andon_after_minutes", "andon_kind_id", "area_id", "auto_switch", "code", "counter_modulus", "counter_reset_to", "counting_item", "gap_factor", "gap_floor_seconds", "group_id", "hourly_rate", "id", "micro_stop_seconds", "minimum_cycle_seconds", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pieces_per_cycle", "plant_id", "reference_cycle_seconds", "shift_pattern_id", "silence_seconds", "slots", "trust", "wall_position") VALUES (OLD."active", OLD."andon_after_minutes", OLD."andon_kind_id", OLD."area_id", OLD."auto_switch", OLD."code", OLD."counter_modulus", OLD."counter_reset_to", OLD."counting_item", OLD."gap_factor", OLD."gap_floor_seconds", OLD."group_id", OLD."hourly_rate", OLD."id", OLD."micro_stop_seconds", OLD."minimum_cycle_seconds", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."pieces_per_cycle", OLD."plant_id", OLD."reference_cycle_seconds", OLD."shift_pattern_id", OLD."silence_seconds", OLD."slots", OLD."trust", OLD."wall_position"); RETURN NULL;',
                                    hash="65cd03578b5f404b1127c73dd19d12c830ab6015",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_45479",
                                    table="machines_machine",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SampleProblem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "received_at",
                            models.DateTimeField(
                                db_index=True, default=django.utils.timezone.now, verbose_name="received at"
                            ),
                        ),
                        ("channel", models.CharField(max_length=120, verbose_name="channel")),
                        (
                            "machine_code",
                            models.CharField(blank=True, default="", max_length=80, verbose_name="machine"),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("reason", models.CharField(max_length=500, verbose_name="reason")),
                        ("raw", models.TextField(verbose_name="raw text")),
                    ],
                    options={
                        "verbose_name": "sample problem",
                        "verbose_name_plural": "sample problems",
                    },
                ),
                migrations.CreateModel(
                    name="Shard",
                    fields=[
                        ("shard", models.SmallIntegerField(primary_key=True, serialize=False)),
                        ("version", models.BigIntegerField(default=0)),
                        ("worker", models.CharField(blank=True, default="", max_length=40)),
                        ("lease_until", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="ShardWorker",
                    fields=[
                        ("worker", models.CharField(max_length=40, primary_key=True, serialize=False)),
                        ("seen_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Shift",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pattern",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="shifts",
                                to="machines.shiftpattern",
                                verbose_name="shift pattern",
                            ),
                        ),
                        ("name", models.CharField(max_length=40, verbose_name="name")),
                        (
                            "weekday",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "Monday"),
                                    (1, "Tuesday"),
                                    (2, "Wednesday"),
                                    (3, "Thursday"),
                                    (4, "Friday"),
                                    (5, "Saturday"),
                                    (6, "Sunday"),
                                ],
                                validators=[django.core.validators.MaxValueValidator(6)],
                                verbose_name="weekday",
                            ),
                        ),
                        ("start", models.TimeField(verbose_name="start")),
                        (
                            "end",
                            models.TimeField(
                                help_text="Not after the start: ends on the next day.", verbose_name="end"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "shift",
                        "verbose_name_plural": "shifts",
                        "ordering": ("pattern", "weekday", "start"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pattern", "weekday", "start"),
                                name="shift_start_unique",
                                violation_error_message="This pattern already has a shift that starts then.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_shiftevent" ("end", "id", "name", "pattern_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start", "weekday") VALUES (NEW."end", NEW."id", NEW."name", NEW."pattern_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."start", NEW."weekday"); RETURN NULL;',
                                    hash="634e4f64e465db91565545064382b4eb32a926ac",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_a5ce5",
                                    table="machines_shift",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_shiftevent" ("end", "id", "name", "pattern_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start", "weekday") VALUES (NEW."end", NEW."id", NEW."name", NEW."pattern_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."start", NEW."weekday"); RETURN NULL;',
                                    hash="7e9d490466bc60f7175f42e02bfe10d2647bf999",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_e1ab1",
                                    table="machines_shift",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_shiftevent" ("end", "id", "name", "pattern_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start", "weekday") VALUES (OLD."end", OLD."id", OLD."name", OLD."pattern_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."start", OLD."weekday"); RETURN NULL;',
                                    hash="8eb4eaadee349163dd8a4f1f308614d1b63717df",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_12433",
                                    table="machines_shift",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ShiftPatternEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.shiftpattern",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "works_on_holidays",
                            models.BooleanField(default=False, verbose_name="works on holidays"),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="44ae6e054961277f50d45f478bac44598f6099ae",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_3d694",
                                    table="machines_shiftpatternevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Source",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sources",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        ("code", models.CharField(max_length=80, verbose_name="code")),
                        (
                            "clock_offsets",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.FloatField(),
                                blank=True,
                                default=list,
                                editable=False,
                                size=None,
                                verbose_name="last clock offsets (s)",
                            ),
                        ),
                        (
                            "last_received_at",
                            models.DateTimeField(editable=False, null=True, verbose_name="last received at"),
                        ),
                    ],
                    options={
                        "verbose_name": "signal source",
                        "verbose_name_plural": "signal sources",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("machine", "code"),
                                name="source_code_unique",
                                violation_error_message="This machine already has a source with this code.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SourceEpoch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="epochs",
                                to="machines.source",
                            ),
                        ),
                        ("boot", models.CharField(max_length=80, verbose_name="boot id")),
                        (
                            "started_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="started at"
                            ),
                        ),
                        (
                            "seen",
                            machines.models.signal.MultirangeField(
                                default="{}", verbose_name="sequence numbers taken"
                            ),
                        ),
                        ("last_at", models.DateTimeField(null=True, verbose_name="latest event time")),
                        ("accepted", models.BigIntegerField(default=0, verbose_name="samples accepted")),
                        ("duplicates", models.BigIntegerField(default=0, verbose_name="duplicates absorbed")),
                        (
                            "conflicts",
                            models.BigIntegerField(
                                default=0, verbose_name="same identity, different content"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "source epoch",
                        "verbose_name_plural": "source epochs",
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "boot"), name="source_epoch_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StateInterval",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "machine_id",
                                "slot",
                                "started_at",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="machines.plant",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="machines.machine",
                            ),
                        ),
                        ("slot", models.SmallIntegerField(default=1)),
                        ("started_at", models.DateTimeField(verbose_name="start")),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="end")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("producing", "producing"),
                                    ("micro_stop", "micro-stop"),
                                    ("stop", "stop"),
                                    ("setup", "setup"),
                                    ("maintenance", "maintenance"),
                                    ("idle", "idle"),
                                    ("unknown", "unknown"),
                                ],
                                max_length=20,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "alarm",
                            models.CharField(
                                blank=True, default="", max_length=80, verbose_name="machine code"
                            ),
                        ),
                        (
                            "flags",
                            models.IntegerField(default=0, help_text="Bits of machines.enums.CycleFlag."),
                        ),
                    ],
                    options={
                        "verbose_name": "state interval",
                        "verbose_name_plural": "state intervals",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_at__isnull", True),
                                    ("ended_at__gt", models.F("started_at")),
                                    _connector="OR",
                                ),
                                name="state_interval_forward",
                                violation_error_message="The end must be after the start.",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(
                                    ("ended_at__isnull", True),
                                    ("ended_at__gt", models.F("started_at")),
                                    _connector="OR",
                                ),
                                expressions=(
                                    ("machine", "="),
                                    ("slot", "="),
                                    (machines.models.state.TsTzRange("started_at", "ended_at"), "&&"),
                                ),
                                name="state_interval_no_overlap",
                                violation_error_message="Two states of one slot can't overlap.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StopReason",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name_en", models.CharField(max_length=120, verbose_name="name (English)")),
                        (
                            "name_de",
                            models.CharField(
                                blank=True, default="", max_length=120, verbose_name="name (German)"
                            ),
                        ),
                        (
                            "erp_code",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="ERP code"),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stop_reasons",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="machines.stopreason",
                                verbose_name="under",
                            ),
                        ),
                        (
                            "group",
                            models.CharField(
                                choices=[
                                    ("malfunction", "malfunction"),
                                    ("material", "material or neighbour"),
                                    ("personnel", "personnel"),
                                    ("quality", "quality"),
                                    ("setup", "setup"),
                                    ("planned", "planned"),
                                    ("other", "other"),
                                ],
                                default="other",
                                max_length=20,
                                verbose_name="counts as",
                            ),
                        ),
                        ("planned", models.BooleanField(default=False, verbose_name="planned")),
                        ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                    ],
                    options={
                        "verbose_name": "stop reason",
                        "verbose_name_plural": "stop reasons",
                        "ordering": ("plant", "position", "code"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "code"),
                                name="stop_reason_code_unique",
                                violation_error_message="This plant already has a stop reason with this code.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("parent", models.F("id")), _negated=True),
                                name="stop_reason_not_its_own_parent",
                                violation_error_message="A reason can't stand under itself.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_stopreasonevent" ("active", "code", "erp_code", "group", "id", "name_de", "name_en", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "planned", "plant_id", "position") VALUES (NEW."active", NEW."code", NEW."erp_code", NEW."group", NEW."id", NEW."name_de", NEW."name_en", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."planned", NEW."plant_id", NEW."position"); RETURN NULL;',
                                    hash="907cec1cb36b84947aa355748ac3a05e9a21b0c6",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_0f319",
                                    table="machines_stopreason",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_stopreasonevent" ("active", "code", "erp_code", "group", "id", "name_de", "name_en", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "planned", "plant_id", "position") VALUES (NEW."active", NEW."code", NEW."erp_code", NEW."group", NEW."id", NEW."name_de", NEW."name_en", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."planned", NEW."plant_id", NEW."position"); RETURN NULL;',
                                    hash="2d9e9fdd7fbd63d533ca57b47f1ae4ff60baa11e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_1c2f4",
                                    table="machines_stopreason",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_stopreasonevent" ("active", "code", "erp_code", "group", "id", "name_de", "name_en", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "planned", "plant_id", "position") VALUES (OLD."active", OLD."code", OLD."erp_code", OLD."group", OLD."id", OLD."name_de", OLD."name_en", OLD."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."planned", OLD."plant_id", OLD."position"); RETURN NULL;',
                                    hash="fb9350b54c2457a16e3b1ea14a98f939e6b0f87a",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_01aa2",
                                    table="machines_stopreason",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlarmMapping",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alarm_mappings",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "group",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="machines.machinegroup",
                                verbose_name="machine group",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "pattern",
                            models.CharField(
                                help_text="As the machine sends it; * stands for any text, ? for one character.",
                                max_length=80,
                                verbose_name="machine code",
                            ),
                        ),
                        (
                            "reason",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.stopreason",
                                verbose_name="stop reason",
                            ),
                        ),
                        (
                            "valid_from",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                help_text="Stops that began earlier stay as they are.",
                                verbose_name="valid from",
                            ),
                        ),
                        ("valid_to", models.DateTimeField(blank=True, null=True, verbose_name="valid to")),
                    ],
                    options={
                        "verbose_name": "machine code mapping",
                        "verbose_name_plural": "machine code mappings",
                        "ordering": ("plant", "pattern", "pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("group__isnull", True), ("machine__isnull", True), _connector="OR"
                                ),
                                name="alarm_mapping_one_place",
                                violation_error_message="Name a machine or a group, not both.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_to__isnull", True),
                                    ("valid_to__gt", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="alarm_mapping_forward",
                                violation_error_message="The end must be after the start.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("pattern", ""), _negated=True),
                                name="alarm_mapping_has_a_code",
                                violation_error_message="Say which machine code is meant.",
                            ),
                            models.UniqueConstraint(
                                fields=("plant", "group", "machine", "pattern", "valid_from"),
                                name="alarm_mapping_unique",
                                nulls_distinct=False,
                                violation_error_message="This machine code already has a reason here from that time on.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_alarmmappingevent" ("group_id", "id", "machine_id", "pattern", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "reason_id", "valid_from", "valid_to") VALUES (NEW."group_id", NEW."id", NEW."machine_id", NEW."pattern", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."reason_id", NEW."valid_from", NEW."valid_to"); RETURN NULL;',
                                    hash="760c00f15de67b723b57720a1520b6b89948de34",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_8a292",
                                    table="machines_alarmmapping",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_alarmmappingevent" ("group_id", "id", "machine_id", "pattern", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "reason_id", "valid_from", "valid_to") VALUES (NEW."group_id", NEW."id", NEW."machine_id", NEW."pattern", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."reason_id", NEW."valid_from", NEW."valid_to"); RETURN NULL;',
                                    hash="2741abed548eb92890ff5f36b62aaf9b88a8f9be",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_5b3fe",
                                    table="machines_alarmmapping",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_alarmmappingevent" ("group_id", "id", "machine_id", "pattern", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "reason_id", "valid_from", "valid_to") VALUES (OLD."group_id", OLD."id", OLD."machine_id", OLD."pattern", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."reason_id", OLD."valid_from", OLD."valid_to"); RETURN NULL;',
                                    hash="de98c49841ca7109a6c655c9e0c7b41573ec720c",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_335ff",
                                    table="machines_alarmmapping",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StopCoding",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.plant",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stop_codings",
                                to="machines.machine",
                            ),
                        ),
                        ("slot", models.PositiveSmallIntegerField(default=1)),
                        (
                            "span",
                            django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="interval"),
                        ),
                        (
                            "cut_start",
                            models.BooleanField(default=False, verbose_name="start named by a person"),
                        ),
                        ("cut_end", models.BooleanField(default=False, verbose_name="end named by a person")),
                        ("together", models.UUIDField(null=True, verbose_name="one stop with")),
                        (
                            "reason",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.stopreason",
                            ),
                        ),
                        (
                            "comment",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="comment"),
                        ),
                        (
                            "why",
                            models.CharField(
                                blank=True, default="", max_length=500, verbose_name="why changed"
                            ),
                        ),
                        ("withdrawn", models.BooleanField(default=False, verbose_name="withdrawn")),
                        (
                            "source",
                            models.CharField(
                                choices=[("person", "person"), ("machine", "machine code")],
                                default="person",
                                max_length=10,
                                verbose_name="said by",
                            ),
                        ),
                        (
                            "mapping",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="codings",
                                to="machines.alarmmapping",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "said_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                help_text="Stays when the row only follows its standstill.",
                                verbose_name="said at",
                            ),
                        ),
                        ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "supersedes",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="superseded_by",
                                to="machines.stopcoding",
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                    ],
                    options={
                        "verbose_name": "stop coding",
                        "verbose_name_plural": "stop codings",
                        "indexes": [
                            models.Index(fields=["machine", "recorded_at"], name="stop_coding_machine")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("span__isempty", False)),
                                name="stop_coding_span_not_empty",
                                violation_error_message="The interval must have a length.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("source", "machine"), _negated=True),
                                    ("by__isnull", True),
                                    _connector="OR",
                                ),
                                name="stop_coding_machine_is_nobody",
                                violation_error_message="What a machine code says was said by nobody.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StopPhoto",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.plant",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.machine",
                            ),
                        ),
                        ("slot", models.PositiveSmallIntegerField(default=1)),
                        (
                            "span",
                            django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="interval"),
                        ),
                        ("image", models.BinaryField()),
                        ("width", models.PositiveSmallIntegerField()),
                        ("height", models.PositiveSmallIntegerField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("removed_at", models.DateTimeField(null=True)),
                        (
                            "removed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True)),
                    ],
                    options={
                        "verbose_name": "stop photo",
                        "verbose_name_plural": "stop photos",
                        "indexes": [
                            models.Index(fields=["machine", "recorded_at"], name="stop_photo_machine")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("removed_at__isnull", True), ("removed_by__isnull", True)),
                                    models.Q(("removed_at__isnull", False), ("removed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="stop_photo_removed_by_somebody",
                                violation_error_message="A removed photo names who removed it.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_stopphotoevent" ("by_id", "height", "id", "key", "machine_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "recorded_at", "removed_at", "removed_by_id", "slot", "span", "width") VALUES (NEW."by_id", NEW."height", NEW."id", NEW."key", NEW."machine_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."recorded_at", NEW."removed_at", NEW."removed_by_id", NEW."slot", NEW."span", NEW."width"); RETURN NULL;',
                                    hash="fe2c8de6ef6f8b7721acc318b9c72043dd62fb9e",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_19ff8",
                                    table="machines_stopphoto",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."height" IS DISTINCT FROM (NEW."height") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."machine_id" IS DISTINCT FROM (NEW."machine_id") OR OLD."plant_id" IS DISTINCT FROM (NEW."plant_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."removed_at" IS DISTINCT FROM (NEW."removed_at") OR OLD."removed_by_id" IS DISTINCT FROM (NEW."removed_by_id") OR OLD."slot" IS DISTINCT FROM (NEW."slot") OR OLD."span" IS DISTINCT FROM (NEW."span") OR OLD."width" IS DISTINCT FROM (NEW."width"))',
                                    func='INSERT INTO "machines_stopphotoevent" ("by_id", "height", "id", "key", "machine_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "recorded_at", "removed_at", "removed_by_id", "slot", "span", "width") VALUES (NEW."by_id", NEW."height", NEW."id", NEW."key", NEW."machine_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."recorded_at", NEW."removed_at", NEW."removed_by_id", NEW."slot", NEW."span", NEW."width"); RETURN NULL;',
                                    hash="47e5e1a45f6c8908358c34d5c871a5621131134a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_c3539",
                                    table="machines_stopphoto",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_stopphotoevent" ("by_id", "height", "id", "key", "machine_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "recorded_at", "removed_at", "removed_by_id", "slot", "span", "width") VALUES (OLD."by_id", OLD."height", OLD."id", OLD."key", OLD."machine_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."recorded_at", OLD."removed_at", OLD."removed_by_id", OLD."slot", OLD."span", OLD."width"); RETURN NULL;',
                                    hash="d80c191222050b55a7e822930db808b8d6071a30",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_f17fc",
                                    table="machines_stopphoto",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StopPhotoEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.stopphoto",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "plant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.plant",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.machine",
                            ),
                        ),
                        ("slot", models.PositiveSmallIntegerField(default=1)),
                        (
                            "span",
                            django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="interval"),
                        ),
                        ("width", models.PositiveSmallIntegerField()),
                        ("height", models.PositiveSmallIntegerField()),
                        (
                            "by",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("removed_at", models.DateTimeField(null=True)),
                        (
                            "removed_by",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4)),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="eb1a2c41c138a8116d5fe39324ee1f3ae6fe63e0",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_dd4c9",
                                    table="machines_stopphotoevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StopReasonEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.stopreason",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name_en", models.CharField(max_length=120, verbose_name="name (English)")),
                        (
                            "name_de",
                            models.CharField(
                                blank=True, default="", max_length=120, verbose_name="name (German)"
                            ),
                        ),
                        (
                            "erp_code",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="ERP code"),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "plant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.stopreason",
                                verbose_name="under",
                            ),
                        ),
                        (
                            "group",
                            models.CharField(
                                choices=[
                                    ("malfunction", "malfunction"),
                                    ("material", "material or neighbour"),
                                    ("personnel", "personnel"),
                                    ("quality", "quality"),
                                    ("setup", "setup"),
                                    ("planned", "planned"),
                                    ("other", "other"),
                                ],
                                default="other",
                                max_length=20,
                                verbose_name="counts as",
                            ),
                        ),
                        ("planned", models.BooleanField(default=False, verbose_name="planned")),
                        ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="73fcf0f54a3f3c0214988cb0c6803cc9a664e1f7",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_91930",
                                    table="machines_stopreasonevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ThresholdChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="threshold_changes",
                                to="machines.machine",
                            ),
                        ),
                        ("valid_from", models.DateTimeField(verbose_name="valid from")),
                        (
                            "micro_stop_seconds",
                            models.DecimalField(
                                decimal_places=3, max_digits=12, verbose_name="micro-stop threshold (s)"
                            ),
                        ),
                        (
                            "gap_factor",
                            models.DecimalField(decimal_places=2, max_digits=6, verbose_name="gap factor k"),
                        ),
                        (
                            "gap_floor_seconds",
                            models.DecimalField(
                                decimal_places=3, max_digits=12, verbose_name="gap floor (s)"
                            ),
                        ),
                        (
                            "minimum_cycle_seconds",
                            models.DecimalField(
                                decimal_places=3, max_digits=12, verbose_name="shortest possible cycle (s)"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="recorded at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "threshold change",
                        "verbose_name_plural": "threshold changes",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("gap_factor__gt", 0), ("micro_stop_seconds__gt", 0)),
                                name="threshold_change_positive",
                                violation_error_message="Thresholds are positive.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Tool",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tools",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "outputs",
                            models.DecimalField(
                                decimal_places=4, default=1, max_digits=9, verbose_name="pieces per cycle"
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "machines",
                            models.ManyToManyField(
                                blank=True,
                                related_name="tools",
                                to="machines.machine",
                                verbose_name="fits on",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "tool",
                        "verbose_name_plural": "tools",
                        "ordering": ("code",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("outputs__gt", 0)),
                                name="tool_outputs_positive",
                                violation_error_message="A cycle makes more than zero pieces.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_toolevent" ("active", "code", "id", "name", "outputs", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id") VALUES (NEW."active", NEW."code", NEW."id", NEW."name", NEW."outputs", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id"); RETURN NULL;',
                                    hash="67a959498a301ccd0ce686d1497711ef0f90d833",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_c2b30",
                                    table="machines_tool",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_toolevent" ("active", "code", "id", "name", "outputs", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id") VALUES (NEW."active", NEW."code", NEW."id", NEW."name", NEW."outputs", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id"); RETURN NULL;',
                                    hash="ed0c5b1a5ddf644faf29d902b48c09172460cac1",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_bac9e",
                                    table="machines_tool",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_toolevent" ("active", "code", "id", "name", "outputs", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id") VALUES (OLD."active", OLD."code", OLD."id", OLD."name", OLD."outputs", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id"); RETURN NULL;',
                                    hash="1647c5f481ad23319ba5fde10c7e2ef3b6ec5add",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_88bb9",
                                    table="machines_tool",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ToolEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.tool",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "plant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "outputs",
                            models.DecimalField(
                                decimal_places=4, default=1, max_digits=9, verbose_name="pieces per cycle"
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="8b489fdb1c89e1f6941e9267b463e084787494a0",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_49caf",
                                    table="machines_toolevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ToolMachine",
                    fields=[],
                    options={
                        "verbose_name": "machine of a tool",
                        "verbose_name_plural": "machines of tools",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("machines.tool_machines",),
                ),
                migrations.CreateModel(
                    name="ToolMachineEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.toolmachine",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "tool",
                            models.ForeignKey(
                                db_constraint=False,
                                db_tablespace="",
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.tool",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                db_constraint=False,
                                db_tablespace="",
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.machine",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="1ba42d8f71933c1c6e58253df66ce29604c03ecc",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_724ed",
                                    table="machines_toolmachineevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AndonCall",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.plant",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="andon_calls",
                                to="machines.machine",
                            ),
                        ),
                        ("slot", models.PositiveSmallIntegerField(default=1, verbose_name="slot")),
                        (
                            "kind",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="calls",
                                to="machines.andonkind",
                            ),
                        ),
                        (
                            "comment",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="comment"),
                        ),
                        ("automatic", models.BooleanField(default=False, verbose_name="automatic")),
                        ("called_at", models.DateTimeField(verbose_name="called at")),
                        (
                            "called_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("told_minutes", models.PositiveIntegerField(default=0)),
                        ("due_at", models.DateTimeField(null=True, verbose_name="next escalation")),
                        ("acknowledged_at", models.DateTimeField(null=True, verbose_name="acknowledged at")),
                        (
                            "acknowledged_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("arrived_at", models.DateTimeField(null=True, verbose_name="arrived at")),
                        (
                            "arrived_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="closed at")),
                        (
                            "closed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("solved", "solved"),
                                    ("workaround", "goes on for now"),
                                    ("passed_on", "passed on"),
                                    ("false_alarm", "false alarm"),
                                ],
                                default="",
                                max_length=20,
                                verbose_name="outcome",
                            ),
                        ),
                        (
                            "closing",
                            models.CharField(
                                blank=True, default="", max_length=500, verbose_name="what was done"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True)),
                    ],
                    options={
                        "verbose_name": "call",
                        "verbose_name_plural": "calls",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("due_at__isnull", False)),
                                fields=["due_at"],
                                name="andon_due",
                            ),
                            models.Index(fields=["machine", "called_at"], name="andon_machine"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at__isnull", True)),
                                fields=("machine", "slot", "kind"),
                                name="andon_one_open",
                                violation_error_message="This help is already called here.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", True), ("outcome", "")),
                                    models.Q(
                                        ("closed_at__isnull", False), models.Q(("outcome", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="andon_closed_with_outcome",
                                violation_error_message="A closed call says what came of it.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("due_at__isnull", True),
                                    models.Q(("acknowledged_at__isnull", True), ("closed_at__isnull", True)),
                                    _connector="OR",
                                ),
                                name="andon_due_while_waiting",
                                violation_error_message="Nobody is told any more once a call is acknowledged.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("acknowledged_at__isnull", True),
                                    ("acknowledged_at__gte", models.F("called_at")),
                                    _connector="OR",
                                ),
                                name="andon_acknowledged_after_call",
                                violation_error_message="A call is acknowledged after it was made.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("arrived_at__isnull", True),
                                    ("arrived_at__gte", models.F("acknowledged_at")),
                                    _connector="OR",
                                ),
                                name="andon_arrived_after_acknowledged",
                                violation_error_message="Somebody arrives after acknowledging.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_at__isnull", True),
                                    ("closed_at__gte", models.F("called_at")),
                                    _connector="OR",
                                ),
                                name="andon_closed_after_call",
                                violation_error_message="A call is closed after it was made.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AndonEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "call",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="machines.andoncall",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("called", "called"),
                                    ("told", "told"),
                                    ("seen", "seen"),
                                    ("acknowledged", "acknowledged"),
                                    ("arrived", "arrived"),
                                    ("closed", "closed"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("text", models.CharField(blank=True, default="", max_length=200)),
                    ],
                    options={
                        "verbose_name": "event of a call",
                        "verbose_name_plural": "events of calls",
                        "ordering": ("at", "pk"),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "seen")),
                                fields=("call", "by"),
                                name="andon_seen_once",
                                violation_error_message="Seen already.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AndonStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="steps",
                                to="machines.andonkind",
                                verbose_name="kind of call",
                            ),
                        ),
                        (
                            "after_minutes",
                            models.PositiveIntegerField(
                                default=0, help_text="0: with the call itself.", verbose_name="after (min)"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("operator", "operator"),
                                    ("supervisor", "supervisor"),
                                    ("planner", "planner"),
                                    ("quality", "quality"),
                                    ("engineer", "engineer"),
                                    ("admin", "admin"),
                                ],
                                default="",
                                max_length=20,
                                verbose_name="role",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "escalation step",
                        "verbose_name_plural": "escalation steps",
                        "ordering": ("kind", "after_minutes", "pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(models.Q(("role", ""), _negated=True), ("person__isnull", True)),
                                    models.Q(("role", ""), ("person__isnull", False)),
                                    _connector="OR",
                                ),
                                name="andon_step_role_or_person",
                                violation_error_message="Name a role or a person, not both.",
                            ),
                            models.UniqueConstraint(
                                fields=("kind", "after_minutes", "role", "person"),
                                name="andon_step_unique",
                                nulls_distinct=False,
                                violation_error_message="They are told at this time already.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_andonstepevent" ("after_minutes", "id", "kind_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role") VALUES (NEW."after_minutes", NEW."id", NEW."kind_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."role"); RETURN NULL;',
                                    hash="06afa5d418dbf58c814c11d05c1aa069533694c6",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_027da",
                                    table="machines_andonstep",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_andonstepevent" ("after_minutes", "id", "kind_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role") VALUES (NEW."after_minutes", NEW."id", NEW."kind_id", NEW."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."role"); RETURN NULL;',
                                    hash="51804dcdcd56895926dc6f66d21d39e8a849744f",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_78f2b",
                                    table="machines_andonstep",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_andonstepevent" ("after_minutes", "id", "kind_id", "person_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role") VALUES (OLD."after_minutes", OLD."id", OLD."kind_id", OLD."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."role"); RETURN NULL;',
                                    hash="809f7d591330223b3603a895e53155390fd1bf2d",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_19d7a",
                                    table="machines_andonstep",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AndonStepEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.andonstep",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "kind",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.andonkind",
                                verbose_name="kind of call",
                            ),
                        ),
                        (
                            "after_minutes",
                            models.PositiveIntegerField(
                                default=0, help_text="0: with the call itself.", verbose_name="after (min)"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("operator", "operator"),
                                    ("supervisor", "supervisor"),
                                    ("planner", "planner"),
                                    ("quality", "quality"),
                                    ("engineer", "engineer"),
                                    ("admin", "admin"),
                                ],
                                default="",
                                max_length=20,
                                verbose_name="role",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="6e1c26c17d63e9799f3c18b6a1466b1cf74bd0eb",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_da8ee",
                                    table="machines_andonstepevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Arrival",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("shard", models.SmallIntegerField()),
                        ("samples", models.IntegerField()),
                        ("payload", models.BinaryField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["shard", "id"], name="arrival_shard")],
                    },
                ),
                migrations.CreateModel(
                    name="CalendarException",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="calendar_exceptions",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="machines.area",
                                verbose_name="area",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("closed", "closed"),
                                    ("extra", "extra working time"),
                                    ("maintenance", "planned maintenance"),
                                ],
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                        ("start", models.DateTimeField(verbose_name="start")),
                        ("end", models.DateTimeField(verbose_name="end")),
                        (
                            "reason",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                        ),
                    ],
                    options={
                        "verbose_name": "calendar exception",
                        "verbose_name_plural": "calendar exceptions",
                        "ordering": ("start",),
                        "indexes": [
                            models.Index(fields=["plant", "start", "end"], name="calendar_exception_span")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("end__gt", models.F("start"))),
                                name="calendar_exception_forward",
                                violation_error_message="The end must be after the start.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("area__isnull", True), ("machine__isnull", True), _connector="OR"
                                ),
                                name="calendar_exception_one_scope",
                                violation_error_message="Choose an area or a machine, not both.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_calendarexceptionevent" ("area_id", "end", "id", "kind", "machine_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "reason", "start") VALUES (NEW."area_id", NEW."end", NEW."id", NEW."kind", NEW."machine_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."reason", NEW."start"); RETURN NULL;',
                                    hash="4b1cee2695db1ddd005fe01c5e907a820b95353a",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_d322e",
                                    table="machines_calendarexception",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_calendarexceptionevent" ("area_id", "end", "id", "kind", "machine_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "reason", "start") VALUES (NEW."area_id", NEW."end", NEW."id", NEW."kind", NEW."machine_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."reason", NEW."start"); RETURN NULL;',
                                    hash="4efb44b1640662c842b88844da3a7da782967b72",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_3de63",
                                    table="machines_calendarexception",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_calendarexceptionevent" ("area_id", "end", "id", "kind", "machine_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "reason", "start") VALUES (OLD."area_id", OLD."end", OLD."id", OLD."kind", OLD."machine_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."reason", OLD."start"); RETURN NULL;',
                                    hash="fd4685df5ea5fda71ed083234aa3d7ef71c160ef",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_e2be5",
                                    table="machines_calendarexception",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Projection",
                    fields=[
                        (
                            "machine",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="projection",
                                serialize=False,
                                to="machines.machine",
                            ),
                        ),
                        ("dirty_from", models.DateTimeField(null=True)),
                        ("version", models.BigIntegerField(default=0)),
                        (
                            "floor_at",
                            models.DateTimeField(
                                help_text="Raw samples up to here are gone: nothing before is ever interpreted again.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("dirty_from__isnull", False)),
                                fields=["dirty_from"],
                                name="projection_dirty",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Follower",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "name",
                                "machine_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("name", models.CharField(max_length=40)),
                        (
                            "machine",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="machines.machine",
                            ),
                        ),
                        ("dirty_from", models.DateTimeField(null=True)),
                        ("version", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("dirty_from__isnull", False)),
                                fields=["name", "dirty_from"],
                                name="follower_dirty",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Checkpoint",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "machine_id",
                                "at",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="machines.machine",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("state", models.JSONField()),
                    ],
                ),
                migrations.CreateModel(
                    name="MachineNow",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "machine_id",
                                "slot",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="now",
                                to="machines.machine",
                            ),
                        ),
                        ("slot", models.SmallIntegerField(default=1)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("producing", "producing"),
                                    ("micro_stop", "micro-stop"),
                                    ("stop", "stop"),
                                    ("setup", "setup"),
                                    ("maintenance", "maintenance"),
                                    ("idle", "idle"),
                                    ("unknown", "unknown"),
                                ],
                                default="unknown",
                                max_length=20,
                                verbose_name="state",
                            ),
                        ),
                        ("since", models.DateTimeField(verbose_name="since")),
                        (
                            "alarm",
                            models.CharField(
                                blank=True, default="", max_length=80, verbose_name="machine code"
                            ),
                        ),
                        (
                            "program",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="program"),
                        ),
                        ("last_cycle_at", models.DateTimeField(null=True, verbose_name="last cycle")),
                        ("cycle_seconds", models.FloatField(null=True, verbose_name="current cycle (s)")),
                        (
                            "reference_seconds",
                            models.FloatField(null=True, verbose_name="reference cycle (s)"),
                        ),
                        ("last_sample_at", models.DateTimeField(null=True, verbose_name="last sample")),
                        (
                            "due_at",
                            models.DateTimeField(
                                help_text="When passing time alone changes the state.",
                                null=True,
                                verbose_name="changes by itself at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "machine now",
                        "verbose_name_plural": "machines now",
                    },
                ),
                migrations.CreateModel(
                    name="PlannedCycle",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="planned_cycles",
                                to="machines.machine",
                            ),
                        ),
                        ("slot", models.PositiveSmallIntegerField(default=1)),
                        (
                            "program",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="program"),
                        ),
                        (
                            "seconds",
                            models.DecimalField(
                                decimal_places=3, max_digits=12, null=True, verbose_name="planned cycle (s)"
                            ),
                        ),
                        (
                            "micro_stop_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=12,
                                null=True,
                                verbose_name="micro-stop threshold (s)",
                            ),
                        ),
                        (
                            "minimum_cycle_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=12,
                                null=True,
                                verbose_name="shortest possible cycle (s)",
                            ),
                        ),
                        (
                            "gap_factor",
                            models.DecimalField(
                                decimal_places=2, max_digits=6, null=True, verbose_name="gap factor k"
                            ),
                        ),
                        (
                            "pieces_per_cycle",
                            models.DecimalField(
                                decimal_places=4, default=1, max_digits=9, verbose_name="pieces per cycle"
                            ),
                        ),
                        (
                            "valid_from",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="valid from"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "planned cycle",
                        "verbose_name_plural": "planned cycles",
                        "indexes": [
                            models.Index(
                                fields=["machine", "slot", "-valid_from"], name="planned_cycle_valid"
                            ),
                            models.Index(fields=["machine", "-id"], name="planned_cycle_newest"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("seconds__gt", 0)),
                                name="planned_cycle_positive",
                                violation_error_message="A planned cycle takes time.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Cycle",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "machine_id",
                                "slot",
                                "ended_at",
                                "nth",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="machines.plant",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="machines.machine",
                            ),
                        ),
                        ("slot", models.SmallIntegerField(default=1)),
                        ("ended_at", models.DateTimeField(verbose_name="ended at")),
                        ("nth", models.IntegerField(default=0)),
                        ("credit_at", models.DateTimeField(verbose_name="credited at")),
                        ("duration", models.DurationField(null=True, verbose_name="duration")),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="pieces"),
                        ),
                        (
                            "bad",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="of them bad",
                            ),
                        ),
                        (
                            "waiting",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                help_text="Counted in doubt: not credited until confirmed.",
                                max_digits=15,
                                verbose_name="pieces waiting for a person",
                            ),
                        ),
                        (
                            "since",
                            models.DateTimeField(
                                help_text="Set where a gap hides when in (since, end] it happened.",
                                null=True,
                                verbose_name="not before",
                            ),
                        ),
                        (
                            "program",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="program"),
                        ),
                        (
                            "flags",
                            models.IntegerField(default=0, help_text="Bits of machines.enums.CycleFlag."),
                        ),
                        (
                            "seen_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                help_text="Event time of the sample that told it.",
                                verbose_name="told at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cycle",
                        "verbose_name_plural": "cycles",
                        "indexes": [
                            models.Index(fields=["machine", "slot", "credit_at"], name="cycle_credit"),
                            models.Index(fields=["machine", "seen_at"], name="cycle_seen"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CalendarExceptionEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.calendarexception",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "plant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.area",
                                verbose_name="area",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("closed", "closed"),
                                    ("extra", "extra working time"),
                                    ("maintenance", "planned maintenance"),
                                ],
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                        ("start", models.DateTimeField(verbose_name="start")),
                        ("end", models.DateTimeField(verbose_name="end")),
                        (
                            "reason",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="4e7b3e788f34a6ac317303974490bd2459369f69",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_c0803",
                                    table="machines_calendarexceptionevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AndonKindEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.andonkind",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name_en", models.CharField(max_length=120, verbose_name="name (English)")),
                        (
                            "name_de",
                            models.CharField(
                                blank=True, default="", max_length=120, verbose_name="name (German)"
                            ),
                        ),
                        (
                            "erp_code",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="ERP code"),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "plant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "icon",
                            models.CharField(
                                default="bell-fill",
                                help_text="A name of Bootstrap Icons.",
                                max_length=40,
                                verbose_name="icon",
                            ),
                        ),
                        ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="1339692a7a80780aca776f130213977fd8c2d957",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_f4ed5",
                                    table="machines_andonkindevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlarmMappingEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.alarmmapping",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "plant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "group",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.machinegroup",
                                verbose_name="machine group",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "pattern",
                            models.CharField(
                                help_text="As the machine sends it; * stands for any text, ? for one character.",
                                max_length=80,
                                verbose_name="machine code",
                            ),
                        ),
                        (
                            "reason",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.stopreason",
                                verbose_name="stop reason",
                            ),
                        ),
                        (
                            "valid_from",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                help_text="Stops that began earlier stay as they are.",
                                verbose_name="valid from",
                            ),
                        ),
                        ("valid_to", models.DateTimeField(blank=True, null=True, verbose_name="valid to")),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="2a3b43b688e1c1456e346a03b027956b3c4b2f35",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_885bb",
                                    table="machines_alarmmappingevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgramRole",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="program_roles",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "pattern",
                            models.CharField(
                                help_text="Without path and extension. * stands for any letters, ? for one.",
                                max_length=200,
                                verbose_name="program",
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("produce", "makes pieces"),
                                    ("part_of", "helps to make a piece"),
                                    ("setup", "setup"),
                                    ("warm_up", "warm-up"),
                                ],
                                max_length=10,
                                verbose_name="what it does",
                            ),
                        ),
                        (
                            "item_code",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Only where the name alone doesn't say it: the program of an operation always fits it.",
                                max_length=60,
                                verbose_name="makes item",
                            ),
                        ),
                        (
                            "operation_number",
                            models.CharField(
                                blank=True, default="", max_length=10, verbose_name="in operation"
                            ),
                        ),
                        (
                            "valid_from",
                            models.DateTimeField(
                                blank=True,
                                help_text="Empty: from now on; always, while the machine has counted nothing.",
                                null=True,
                                verbose_name="valid from",
                            ),
                        ),
                        (
                            "valid_until",
                            models.DateTimeField(blank=True, null=True, verbose_name="valid until"),
                        ),
                    ],
                    options={
                        "verbose_name": "program role",
                        "verbose_name_plural": "program roles",
                        "ordering": ("machine", "pattern", "valid_from"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_from__isnull", True),
                                    ("valid_until__isnull", True),
                                    ("valid_until__gt", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="program_role_forward",
                                violation_error_message="The end must be after the start.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("role", "produce"),
                                    models.Q(("item_code", ""), ("operation_number", "")),
                                    _connector="OR",
                                ),
                                name="program_role_makes_something",
                                violation_error_message="Only a producing program makes an item.",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(
                                    ("valid_from__isnull", True),
                                    ("valid_until__isnull", True),
                                    ("valid_until__gt", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                expressions=(
                                    ("machine", "="),
                                    ("pattern", "="),
                                    (machines.models.state.TsTzRange("valid_from", "valid_until"), "&&"),
                                ),
                                name="program_role_one_at_a_time",
                                violation_error_message="This program already has a role at that time.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_programroleevent" ("id", "item_code", "machine_id", "operation_number", "pattern", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "valid_from", "valid_until") VALUES (NEW."id", NEW."item_code", NEW."machine_id", NEW."operation_number", NEW."pattern", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."role", NEW."valid_from", NEW."valid_until"); RETURN NULL;',
                                    hash="6a71493ebe560b42cc9ece79ef8f44d58affacfa",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_7fb8b",
                                    table="machines_programrole",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_programroleevent" ("id", "item_code", "machine_id", "operation_number", "pattern", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "valid_from", "valid_until") VALUES (NEW."id", NEW."item_code", NEW."machine_id", NEW."operation_number", NEW."pattern", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."role", NEW."valid_from", NEW."valid_until"); RETURN NULL;',
                                    hash="c00a4ceb359cd78e36ae85c041775f2bb672c117",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_89f55",
                                    table="machines_programrole",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_programroleevent" ("id", "item_code", "machine_id", "operation_number", "pattern", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "valid_from", "valid_until") VALUES (OLD."id", OLD."item_code", OLD."machine_id", OLD."operation_number", OLD."pattern", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."role", OLD."valid_from", OLD."valid_until"); RETURN NULL;',
                                    hash="a261b2c8aede58fcb71583a2f8680e492cbe1921",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_13fb6",
                                    table="machines_programrole",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgramRoleEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.programrole",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "machine",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "pattern",
                            models.CharField(
                                help_text="Without path and extension. * stands for any letters, ? for one.",
                                max_length=200,
                                verbose_name="program",
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("produce", "makes pieces"),
                                    ("part_of", "helps to make a piece"),
                                    ("setup", "setup"),
                                    ("warm_up", "warm-up"),
                                ],
                                max_length=10,
                                verbose_name="what it does",
                            ),
                        ),
                        (
                            "item_code",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Only where the name alone doesn't say it: the program of an operation always fits it.",
                                max_length=60,
                                verbose_name="makes item",
                            ),
                        ),
                        (
                            "operation_number",
                            models.CharField(
                                blank=True, default="", max_length=10, verbose_name="in operation"
                            ),
                        ),
                        (
                            "valid_from",
                            models.DateTimeField(
                                blank=True,
                                help_text="Empty: from now on; always, while the machine has counted nothing.",
                                null=True,
                                verbose_name="valid from",
                            ),
                        ),
                        (
                            "valid_until",
                            models.DateTimeField(blank=True, null=True, verbose_name="valid until"),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="acc74f9718848700fc57bed52ec5787efa938d1e",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_6608b",
                                    table="machines_programroleevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SampleProblemReplay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "problem",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replays",
                                to="machines.sampleproblem",
                            ),
                        ),
                        (
                            "replayed_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="replayed at"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("settled", models.BooleanField(verbose_name="taken")),
                        (
                            "code",
                            models.CharField(blank=True, default="", max_length=40, verbose_name="code"),
                        ),
                        (
                            "reason",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="reason"),
                        ),
                    ],
                    options={
                        "verbose_name": "replay of a sample problem",
                        "verbose_name_plural": "replays of sample problems",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("settled", True)),
                                fields=("problem",),
                                name="sample_problem_settled_once",
                                violation_error_message="This problem is settled already.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ShiftBreak",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "shift",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="breaks",
                                to="machines.shift",
                                verbose_name="shift",
                            ),
                        ),
                        ("start", models.TimeField(verbose_name="start")),
                        ("end", models.TimeField(verbose_name="end")),
                        (
                            "unpaid",
                            models.BooleanField(
                                default=False,
                                help_text="Not operation time at all; any other break is planned down time within it.",
                                verbose_name="unpaid",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "break",
                        "verbose_name_plural": "breaks",
                        "ordering": ("shift", "start"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("start", models.F("end")), _negated=True),
                                name="shift_break_not_empty",
                                violation_error_message="A break has a length.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_shiftbreakevent" ("end", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_id", "start", "unpaid") VALUES (NEW."end", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."shift_id", NEW."start", NEW."unpaid"); RETURN NULL;',
                                    hash="a4301a8f3a5ab555fe909180c0673e3d6d32e47b",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_7114a",
                                    table="machines_shiftbreak",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "machines_shiftbreakevent" ("end", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_id", "start", "unpaid") VALUES (NEW."end", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."shift_id", NEW."start", NEW."unpaid"); RETURN NULL;',
                                    hash="afad73a206e3a346569e8e554fd719212db76340",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_d247e",
                                    table="machines_shiftbreak",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "machines_shiftbreakevent" ("end", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_id", "start", "unpaid") VALUES (OLD."end", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."shift_id", OLD."start", OLD."unpaid"); RETURN NULL;',
                                    hash="802c48bc432e653a4b0277af9d60e8b3369d661d",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_61aee",
                                    table="machines_shiftbreak",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ShiftBreakEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.shiftbreak",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "shift",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.shift",
                                verbose_name="shift",
                            ),
                        ),
                        ("start", models.TimeField(verbose_name="start")),
                        ("end", models.TimeField(verbose_name="end")),
                        (
                            "unpaid",
                            models.BooleanField(
                                default=False,
                                help_text="Not operation time at all; any other break is planned down time within it.",
                                verbose_name="unpaid",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="2835b3f8d13e6d83a421d59821d2d3ae203dc749",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_ef319",
                                    table="machines_shiftbreakevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ShiftEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.shift",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "pattern",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.shiftpattern",
                                verbose_name="shift pattern",
                            ),
                        ),
                        ("name", models.CharField(max_length=40, verbose_name="name")),
                        (
                            "weekday",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "Monday"),
                                    (1, "Tuesday"),
                                    (2, "Wednesday"),
                                    (3, "Thursday"),
                                    (4, "Friday"),
                                    (5, "Saturday"),
                                    (6, "Sunday"),
                                ],
                                validators=[django.core.validators.MaxValueValidator(6)],
                                verbose_name="weekday",
                            ),
                        ),
                        ("start", models.TimeField(verbose_name="start")),
                        (
                            "end",
                            models.TimeField(
                                help_text="Not after the start: ends on the next day.", verbose_name="end"
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="c04fdbc0ef356b6077595ecf5610f6cfc393acbb",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_320f6",
                                    table="machines_shiftevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlantEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.plant",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.CharField(max_length=20, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "erp_code",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="The ERP's name of the plant.",
                                max_length=20,
                                verbose_name="ERP code",
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="Europe/Berlin",
                                max_length=60,
                                validators=[machines.models.plant.known_time_zone],
                                verbose_name="time zone",
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("de", "German")],
                                default="de",
                                max_length=5,
                                verbose_name="language",
                            ),
                        ),
                        (
                            "holiday_country",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="ISO code like DE.",
                                max_length=2,
                                verbose_name="holiday country",
                            ),
                        ),
                        (
                            "holiday_subdivision",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="For example BW.",
                                max_length=6,
                                verbose_name="holiday subdivision",
                            ),
                        ),
                        (
                            "shift_pattern",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.shiftpattern",
                                verbose_name="shift pattern",
                            ),
                        ),
                        (
                            "kpi_definition",
                            models.CharField(
                                default="iso22400", max_length=20, verbose_name="KPI definition set"
                            ),
                        ),
                        (
                            "overtime_percent",
                            models.DecimalField(
                                decimal_places=1,
                                default=25,
                                help_text="What an hour of a person outside the shifts costs more.",
                                max_digits=5,
                                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                                verbose_name="overtime premium (%)",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="1a8de13dce490fe8472ab97595ac7e9238e7f0af",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_0a45e",
                                    table="machines_plantevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MachineGroupEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.machinegroup",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "erp_values",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                editable=False,
                                encoder=django.core.serializers.json.DjangoJSONEncoder,
                                verbose_name="ERP values",
                            ),
                        ),
                        (
                            "pinned",
                            models.JSONField(
                                blank=True, default=list, editable=False, verbose_name="pinned fields"
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "shift_pattern",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Empty: as the level above.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.shiftpattern",
                                verbose_name="shift pattern",
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "erp_code",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Empty: same as the code.",
                                max_length=40,
                                verbose_name="ERP work centre",
                            ),
                        ),
                        (
                            "internal_id",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="What the ERP's routings name instead of the code (SAP: OBJID).",
                                max_length=40,
                                verbose_name="ERP's internal key",
                            ),
                        ),
                        (
                            "standard_key",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Decides what the ERP's planned times of this work centre mean (SAP: VGWTS).",
                                max_length=20,
                                verbose_name="standard value key",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "hourly_rate",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="What an hour of such a machine costs, unless the machine has a rate of its own.",
                                max_digits=10,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                                verbose_name="rate per hour (€)",
                            ),
                        ),
                        (
                            "labour_rate",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="What an hour of a person at such a machine costs, without the machine.",
                                max_digits=10,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                                verbose_name="labour rate per hour (€)",
                            ),
                        ),
                        (
                            "crew",
                            models.DecimalField(
                                decimal_places=2,
                                default=1,
                                help_text="How many people a machine is planned with; 0.5: one looks after two.",
                                max_digits=5,
                                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                                verbose_name="people per machine",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="61aef6a45139e4efd6e79d62faca8462fc02fcde",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_3e638",
                                    table="machines_machinegroupevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MachineEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.machine",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "plant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.area",
                                verbose_name="area",
                            ),
                        ),
                        (
                            "group",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.machinegroup",
                                verbose_name="machine group",
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                help_text="The name that signals and the ERP use.",
                                max_length=40,
                                verbose_name="code",
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "slots",
                            models.PositiveSmallIntegerField(
                                default=1,
                                help_text="How many orders can run at once, e.g. in a furnace.",
                                verbose_name="parallel slots",
                            ),
                        ),
                        (
                            "shift_pattern",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Empty: as its area or plant.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.shiftpattern",
                                verbose_name="shift pattern",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "wall_position",
                            models.PositiveIntegerField(default=0, verbose_name="position on the wall"),
                        ),
                        (
                            "counting_item",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "none: people report"),
                                    ("cycle_event", "cycle event"),
                                    ("cycle_count", "cycle counter"),
                                    ("part_count", "part counter"),
                                    ("good_count", "counter of good parts"),
                                    ("state", "execution state pattern"),
                                    ("pulse", "pulse"),
                                ],
                                default="",
                                max_length=20,
                                verbose_name="counted by",
                            ),
                        ),
                        (
                            "trust",
                            models.CharField(
                                choices=[("cycles", "cycles win"), ("state", "state wins")],
                                default="cycles",
                                max_length=10,
                                verbose_name="who wins",
                            ),
                        ),
                        (
                            "auto_switch",
                            models.BooleanField(
                                default=False,
                                help_text="When a program runs that fits exactly one released operation of this machine, its run opens by itself and is marked so.",
                                verbose_name="program opens the order",
                            ),
                        ),
                        (
                            "micro_stop_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("300"),
                                help_text="A standstill shorter than this is a micro-stop.",
                                max_digits=12,
                                validators=[django.core.validators.MinValueValidator(Decimal("1"))],
                                verbose_name="micro-stop threshold (s)",
                            ),
                        ),
                        (
                            "gap_factor",
                            models.DecimalField(
                                decimal_places=2,
                                default=Decimal("3"),
                                max_digits=6,
                                verbose_name="gap factor k",
                            ),
                        ),
                        (
                            "gap_floor_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("10"),
                                max_digits=12,
                                verbose_name="gap floor (s)",
                            ),
                        ),
                        (
                            "minimum_cycle_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.5"),
                                max_digits=12,
                                verbose_name="shortest possible cycle (s)",
                            ),
                        ),
                        (
                            "reference_cycle_seconds",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                help_text="Until enough cycles are measured.",
                                max_digits=12,
                                null=True,
                                verbose_name="planned cycle (s)",
                            ),
                        ),
                        (
                            "pieces_per_cycle",
                            models.DecimalField(
                                decimal_places=4,
                                default=Decimal("1"),
                                max_digits=9,
                                verbose_name="pieces per cycle",
                            ),
                        ),
                        (
                            "counter_modulus",
                            models.BigIntegerField(
                                blank=True, null=True, verbose_name="counter rolls over at"
                            ),
                        ),
                        (
                            "counter_reset_to",
                            models.BigIntegerField(default=0, verbose_name="counter resets to"),
                        ),
                        (
                            "silence_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("30"),
                                help_text="Longer without any signal: state unknown.",
                                max_digits=12,
                                verbose_name="silence limit (s)",
                            ),
                        ),
                        (
                            "andon_after_minutes",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="A stop that lasts longer calls by itself. Empty: never.",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="call help after (min)",
                            ),
                        ),
                        (
                            "andon_kind",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.andonkind",
                                verbose_name="help that is called",
                            ),
                        ),
                        (
                            "hourly_rate",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="What an hour of this machine costs. Empty: as its group.",
                                max_digits=10,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                                verbose_name="rate per hour (€)",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="81227c6dac8570901803e20880b04e35e738ace4",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_ba777",
                                    table="machines_machineevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AreaEvent",
                    fields=[
                        ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="events",
                                to="machines.area",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "shift_pattern",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Empty: as the level above.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.shiftpattern",
                                verbose_name="shift pattern",
                            ),
                        ),
                        (
                            "plant",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="7ec9a81398aa746fc79888300b66886910eba342",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_65ade",
                                    table="machines_areaevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="toolmachine",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "machines_toolmachineevent" ("id", "machine_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "tool_id") VALUES (NEW."id", NEW."machine_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."tool_id"); RETURN NULL;',
                    hash="eda83cd85974a5baf941703172a6c0db03a916b0",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_6d181",
                    table="machines_tool_machines",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="toolmachine",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "machines_toolmachineevent" ("id", "machine_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "tool_id") VALUES (OLD."id", OLD."machine_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."tool_id"); RETURN NULL;',
                    hash="1e5830f23741a6248d4e04f0afa335267d8c9802",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_dd727",
                    table="machines_tool_machines",
                    when="AFTER",
                ),
            ),
        ),
    ]
