import uuid

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

from mes.lib.migrations import AtOnce


class Migration(migrations.Migration):
    replaces = [
        ("integrations", "0001_initial"),
        ("integrations", "0002_initial"),
        ("integrations", "0003_signal_connections"),
        ("integrations", "0004_run_signal_connections"),
        ("integrations", "0005_browse_and_edge"),
        ("integrations", "0006_download_channels"),
        ("integrations", "0007_connectors"),
        ("integrations", "0008_trust"),
        ("integrations", "0009_segment_dictionaries"),
        ("integrations", "0010_file_exchange"),
        ("integrations", "0011_waiting_messages"),
        ("integrations", "0012_confirmation_windows"),
        ("integrations", "0013_message_mappings"),
        ("integrations", "0014_full_loads"),
        ("integrations", "0015_translations"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0007_plans_as_messages"),
        ("machines", "0001_squashed_0019_cost"),
        ("orders", "0001_squashed_0025_assumed_availability"),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="MessageMapping",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "direction",
                            models.CharField(
                                choices=[("in", "reads"), ("out", "writes")],
                                max_length=3,
                                verbose_name="direction",
                            ),
                        ),
                        ("sample", models.BinaryField(blank=True, default=b"", verbose_name="sample")),
                        (
                            "sample_name",
                            models.CharField(
                                blank=True, default="", max_length=255, verbose_name="sample file"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "message mapping",
                        "verbose_name_plural": "message mappings",
                        "ordering": ("code",),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_messagemappingevent" ("code", "direction", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sample_name") VALUES (NEW."code", NEW."direction", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."sample_name"); RETURN NULL;',
                                    hash="5bf8d52290cad393074b92aa38bd30e4ecb37303",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_0c2ff",
                                    table="integrations_messagemapping",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."direction" IS DISTINCT FROM (NEW."direction") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."sample_name" IS DISTINCT FROM (NEW."sample_name"))',
                                    func='INSERT INTO "integrations_messagemappingevent" ("code", "direction", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sample_name") VALUES (NEW."code", NEW."direction", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."sample_name"); RETURN NULL;',
                                    hash="908cece06b158fccaabf5ced3d66bcf35a4f61ff",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_cb1a2",
                                    table="integrations_messagemapping",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_messagemappingevent" ("code", "direction", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sample_name") VALUES (OLD."code", OLD."direction", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."sample_name"); RETURN NULL;',
                                    hash="7bf2f9e1c946aa8e09a3826ae907954f5e7a1398",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_6e9e9",
                                    table="integrations_messagemapping",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SegmentDictionary",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                    ],
                    options={
                        "verbose_name": "segment dictionary",
                        "verbose_name_plural": "segment dictionaries",
                        "ordering": ("code",),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_segmentdictionaryevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                                    hash="a8dd979b7b3444f6f19e7014023282cf9bcc55b3",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_2c9c0",
                                    table="integrations_segmentdictionary",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_segmentdictionaryevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;',
                                    hash="34b95386194e17b82afa99e52bad50714f243011",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_bcf8f",
                                    table="integrations_segmentdictionary",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_segmentdictionaryevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                                    hash="fe34144269c37ba2af727d3a501986b058447cf8",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_a118b",
                                    table="integrations_segmentdictionary",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Connection",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "plant",
                            models.ForeignKey(
                                help_text="Whose local time the partner's times without zone are, and the plant of its orders.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "format",
                            models.CharField(
                                choices=[
                                    ("idoc", "SAP IDoc XML"),
                                    ("csv", "CSV files"),
                                    ("api", "REST API"),
                                    ("mapped", "own layout (mapping)"),
                                    ("b2mml", "B2MML"),
                                    ("odata", "SAP S/4HANA OData"),
                                    ("bc", "Business Central"),
                                    ("tryton", "Tryton"),
                                ],
                                max_length=20,
                                verbose_name="format",
                            ),
                        ),
                        (
                            "api_key",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="connection",
                                to="accounts.apikey",
                                verbose_name="API key",
                            ),
                        ),
                        (
                            "inbox_folder",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Below the exchange folder.",
                                max_length=300,
                                verbose_name="inbox folder",
                            ),
                        ),
                        (
                            "outbox_folder",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="outbox folder"
                            ),
                        ),
                        (
                            "encoding",
                            models.CharField(
                                blank=True, default="utf-8-sig", max_length=20, verbose_name="encoding"
                            ),
                        ),
                        (
                            "delivery",
                            models.CharField(
                                choices=[
                                    ("none", "not sent"),
                                    ("webhook", "signed webhook"),
                                    ("pull", "pulled by the partner"),
                                    ("file", "file drop"),
                                    ("connector", "posted to the partner's interface"),
                                ],
                                default="none",
                                max_length=10,
                                verbose_name="confirmations by",
                            ),
                        ),
                        (
                            "address",
                            models.URLField(
                                blank=True,
                                default="",
                                help_text="Of the webhook, or of the partner's interface.",
                                max_length=500,
                                verbose_name="address",
                            ),
                        ),
                        (
                            "secret_name",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Name of the environment variable that holds the signing secret or the password.",
                                max_length=60,
                                verbose_name="secret name",
                            ),
                        ),
                        (
                            "fetch_every_seconds",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="How often the partner is asked for what it has for us. Empty: never.",
                                null=True,
                                verbose_name="ask every (s)",
                            ),
                        ),
                        (
                            "confirm_every_seconds",
                            models.PositiveIntegerField(
                                default=60,
                                help_text="Reports of an operation are collected this long.",
                                verbose_name="confirm every (s)",
                            ),
                        ),
                        (
                            "confirm_when",
                            models.CharField(
                                choices=[
                                    ("interval", "every so many seconds"),
                                    ("shift_end", "at the end of the shift"),
                                    ("status_change", "when the operation's state changes"),
                                    ("operation_end", "at the end of the operation"),
                                ],
                                default="interval",
                                help_text="A finished operation is confirmed at once. No confirmation crosses a shift or a day.",
                                max_length=20,
                                verbose_name="confirm",
                            ),
                        ),
                        (
                            "upload_delay_seconds",
                            models.PositiveIntegerField(
                                default=0,
                                help_text="Confirmations wait this long for corrections before they leave.",
                                verbose_name="upload delay (s)",
                            ),
                        ),
                        (
                            "night_shift_day",
                            models.CharField(
                                choices=[
                                    ("start", "the day it begins"),
                                    ("end", "the day it ends"),
                                    ("clock", "the day of the clock: cut at midnight"),
                                ],
                                default="start",
                                max_length=10,
                                verbose_name="night shifts are posted on",
                            ),
                        ),
                        (
                            "release_on_arrival",
                            models.BooleanField(
                                default=False,
                                help_text="Release orders that the ERP has released.",
                                verbose_name="release on arrival",
                            ),
                        ),
                        (
                            "segment_dictionary",
                            models.ForeignKey(
                                blank=True,
                                help_text="Where the fields of flat IDocs lie. XML needs none.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="integrations.segmentdictionary",
                                verbose_name="segment dictionary",
                            ),
                        ),
                        (
                            "full_load_until",
                            models.DateTimeField(
                                blank=True,
                                help_text="Until then a full load of the ERP removes orders that it doesn't name and nobody began.",
                                null=True,
                                verbose_name="full load armed until",
                            ),
                        ),
                        (
                            "wait_minutes",
                            models.PositiveIntegerField(
                                default=60,
                                help_text="A message that names an item or work centre which is not here yet waits for it. Waiting longer than this is shown as trouble.",
                                verbose_name="wait at most (min)",
                            ),
                        ),
                        (
                            "mapping",
                            models.ForeignKey(
                                blank=True,
                                help_text="For a partner with a layout of its own.",
                                limit_choices_to={"direction": "in"},
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="connections",
                                to="integrations.messagemapping",
                                verbose_name="mapping of what comes in",
                            ),
                        ),
                        (
                            "confirmation_mapping",
                            models.ForeignKey(
                                blank=True,
                                limit_choices_to={"direction": "out"},
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="confirmation_connections",
                                to="integrations.messagemapping",
                                verbose_name="mapping of confirmations",
                            ),
                        ),
                        (
                            "options",
                            models.JSONField(blank=True, default=dict, verbose_name="format options"),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "connection",
                        "verbose_name_plural": "connections",
                        "ordering": ("code",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("format", "mapped"), _negated=True),
                                    ("mapping__isnull", False),
                                    ("confirmation_mapping__isnull", False),
                                    _connector="OR",
                                ),
                                name="connection_mapped_has_mapping",
                                violation_error_message="A layout of its own needs a message mapping.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("delivery__in", ("webhook", "connector")), _negated=True),
                                    models.Q(("address", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="connection_called_has_address",
                                violation_error_message="A webhook and a partner's interface need an address.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("delivery", "file"), _negated=True),
                                    models.Q(("outbox_folder", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="connection_file_has_folder",
                                violation_error_message="A file drop needs a folder.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_connectionevent" ("active", "address", "api_key_id", "code", "confirm_every_seconds", "confirm_when", "confirmation_mapping_id", "delivery", "encoding", "fetch_every_seconds", "format", "full_load_until", "id", "inbox_folder", "mapping_id", "name", "night_shift_day", "options", "outbox_folder", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "release_on_arrival", "secret_name", "segment_dictionary_id", "upload_delay_seconds", "wait_minutes") VALUES (NEW."active", NEW."address", NEW."api_key_id", NEW."code", NEW."confirm_every_seconds", NEW."confirm_when", NEW."confirmation_mapping_id", NEW."delivery", NEW."encoding", NEW."fetch_every_seconds", NEW."format", NEW."full_load_until", NEW."id", NEW."inbox_folder", NEW."mapping_id", NEW."name", NEW."night_shift_day", NEW."options", NEW."outbox_folder", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."release_on_arrival", NEW."secret_name", NEW."segment_dictionary_id", NEW."upload_delay_seconds", NEW."wait_minutes"); RETURN NULL;',
                                    hash="6cb96ee796fa459d55458bcbc5a82f2ca6c8b644",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_f4081",
                                    table="integrations_connection",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_connectionevent" ("active", "address", "api_key_id", "code", "confirm_every_seconds", "confirm_when", "confirmation_mapping_id", "delivery", "encoding", "fetch_every_seconds", "format", "full_load_until", "id", "inbox_folder", "mapping_id", "name", "night_shift_day", "options", "outbox_folder", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "release_on_arrival", "secret_name", "segment_dictionary_id", "upload_delay_seconds", "wait_minutes") VALUES (NEW."active", NEW."address", NEW."api_key_id", NEW."code", NEW."confirm_every_seconds", NEW."confirm_when", NEW."confirmation_mapping_id", NEW."delivery", NEW."encoding", NEW."fetch_every_seconds", NEW."format", NEW."full_load_until", NEW."id", NEW."inbox_folder", NEW."mapping_id", NEW."name", NEW."night_shift_day", NEW."options", NEW."outbox_folder", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."release_on_arrival", NEW."secret_name", NEW."segment_dictionary_id", NEW."upload_delay_seconds", NEW."wait_minutes"); RETURN NULL;',
                                    hash="aa4484323c57726dec886073d3ae2a82fae15a2a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_2868f",
                                    table="integrations_connection",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_connectionevent" ("active", "address", "api_key_id", "code", "confirm_every_seconds", "confirm_when", "confirmation_mapping_id", "delivery", "encoding", "fetch_every_seconds", "format", "full_load_until", "id", "inbox_folder", "mapping_id", "name", "night_shift_day", "options", "outbox_folder", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "release_on_arrival", "secret_name", "segment_dictionary_id", "upload_delay_seconds", "wait_minutes") VALUES (OLD."active", OLD."address", OLD."api_key_id", OLD."code", OLD."confirm_every_seconds", OLD."confirm_when", OLD."confirmation_mapping_id", OLD."delivery", OLD."encoding", OLD."fetch_every_seconds", OLD."format", OLD."full_load_until", OLD."id", OLD."inbox_folder", OLD."mapping_id", OLD."name", OLD."night_shift_day", OLD."options", OLD."outbox_folder", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."release_on_arrival", OLD."secret_name", OLD."segment_dictionary_id", OLD."upload_delay_seconds", OLD."wait_minutes"); RETURN NULL;',
                                    hash="b2c01c6c06ee2c14c066147bc7ecfb65be494cf9",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_f6380",
                                    table="integrations_connection",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlarmLimits",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="alarm_limits",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "unsent_seconds",
                            models.PositiveIntegerField(
                                default=900,
                                help_text="A message waits longer than this.",
                                verbose_name="oldest unsent (s)",
                            ),
                        ),
                        (
                            "silent_factor",
                            models.DecimalField(
                                decimal_places=2,
                                default=2,
                                help_text="Compared with the partner's own silence at this time of the week in the last weeks.",
                                max_digits=5,
                                verbose_name="silence (times the usual)",
                            ),
                        ),
                        (
                            "silent_seconds",
                            models.PositiveIntegerField(
                                default=3600,
                                help_text="A shorter silence is never an alarm.",
                                verbose_name="silence at least (s)",
                            ),
                        ),
                        (
                            "clock_seconds",
                            models.PositiveIntegerField(default=60, verbose_name="clock difference (s)"),
                        ),
                        (
                            "watch_numbers",
                            models.BooleanField(
                                default=False,
                                help_text="The partner numbers its messages to us without gaps; a missing one is an alarm.",
                                verbose_name="numbers without gaps",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "alarm limits",
                        "verbose_name_plural": "alarm limits",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("silent_factor__gte", 1)),
                                name="alarm_limits_factor",
                                violation_error_message="The usual silence itself is no alarm: at least 1.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("clock_seconds__gt", 0),
                                    ("silent_seconds__gt", 0),
                                    ("unsent_seconds__gt", 0),
                                ),
                                name="alarm_limits_positive",
                                violation_error_message="A limit is more than zero.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_alarmlimitsevent" ("clock_seconds", "connection_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "silent_factor", "silent_seconds", "unsent_seconds", "watch_numbers") VALUES (NEW."clock_seconds", NEW."connection_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."silent_factor", NEW."silent_seconds", NEW."unsent_seconds", NEW."watch_numbers"); RETURN NULL;',
                                    hash="10f0c14590809c08a6a524370fd1f7ad35652c12",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_471fc",
                                    table="integrations_alarmlimits",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_alarmlimitsevent" ("clock_seconds", "connection_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "silent_factor", "silent_seconds", "unsent_seconds", "watch_numbers") VALUES (NEW."clock_seconds", NEW."connection_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."silent_factor", NEW."silent_seconds", NEW."unsent_seconds", NEW."watch_numbers"); RETURN NULL;',
                                    hash="64d1f4eac6fe5b3640b98f8b6750c232758b580b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_4adeb",
                                    table="integrations_alarmlimits",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_alarmlimitsevent" ("clock_seconds", "connection_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "silent_factor", "silent_seconds", "unsent_seconds", "watch_numbers") VALUES (OLD."clock_seconds", OLD."connection_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."silent_factor", OLD."silent_seconds", OLD."unsent_seconds", OLD."watch_numbers"); RETURN NULL;',
                                    hash="25c1cdb7715ed772d7936b5e8deac0a653a6e497",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_fc8f0",
                                    table="integrations_alarmlimits",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Gateway",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "api_key",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="gateway",
                                to="accounts.apikey",
                                verbose_name="API key",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "gateway",
                        "verbose_name_plural": "gateways",
                        "ordering": ("code",),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_gatewayevent" ("active", "api_key_id", "code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id") VALUES (NEW."active", NEW."api_key_id", NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id"); RETURN NULL;',
                                    hash="c589a8cfb83b0fd31aef987b4f3fc8e43787240d",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_3032e",
                                    table="integrations_gateway",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_gatewayevent" ("active", "api_key_id", "code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id") VALUES (NEW."active", NEW."api_key_id", NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id"); RETURN NULL;',
                                    hash="7474371c9a407be1eb1af0f1c3156d07e391e000",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_2ef2b",
                                    table="integrations_gateway",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_gatewayevent" ("active", "api_key_id", "code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id") VALUES (OLD."active", OLD."api_key_id", OLD."code", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id"); RETURN NULL;',
                                    hash="17ad3da349232d87d1cb917848ab43af862394cf",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_5518a",
                                    table="integrations_gateway",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignalConnection",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "gateway",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who connects to it. Empty: this server.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="connections",
                                to="integrations.gateway",
                                verbose_name="gateway",
                            ),
                        ),
                        (
                            "protocol",
                            models.CharField(
                                choices=[
                                    ("mtconnect", "MTConnect agent"),
                                    ("opcua", "OPC UA server"),
                                    ("sparkplug", "MQTT Sparkplug B"),
                                    ("topics", "MQTT topics (unified namespace)"),
                                    ("pulse", "counter inputs (Modbus TCP)"),
                                    ("file", "file drop"),
                                ],
                                max_length=20,
                                verbose_name="protocol",
                            ),
                        ),
                        (
                            "address",
                            models.CharField(
                                help_text="URL of the agent, server or broker, or a folder.",
                                max_length=500,
                                verbose_name="address",
                            ),
                        ),
                        (
                            "secret_name",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Name of the environment variable that holds user:password.",
                                max_length=60,
                                verbose_name="secret name",
                            ),
                        ),
                        ("options", models.JSONField(blank=True, default=dict, verbose_name="options")),
                        (
                            "active",
                            models.BooleanField(
                                default=False,
                                help_text="Only then its values reach the machines.",
                                verbose_name="switched on",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "signal connection",
                        "verbose_name_plural": "signal connections",
                        "ordering": ("code",),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_signalconnectionevent" ("active", "address", "code", "gateway_id", "id", "name", "options", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "protocol", "secret_name") VALUES (NEW."active", NEW."address", NEW."code", NEW."gateway_id", NEW."id", NEW."name", NEW."options", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."protocol", NEW."secret_name"); RETURN NULL;',
                                    hash="88adbd0d8840f41a0e62381019a27e7ef16bad81",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_c5c60",
                                    table="integrations_signalconnection",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_signalconnectionevent" ("active", "address", "code", "gateway_id", "id", "name", "options", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "protocol", "secret_name") VALUES (NEW."active", NEW."address", NEW."code", NEW."gateway_id", NEW."id", NEW."name", NEW."options", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."protocol", NEW."secret_name"); RETURN NULL;',
                                    hash="819260727324936928957187eaa2e93d9f91aff4",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_56625",
                                    table="integrations_signalconnection",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_signalconnectionevent" ("active", "address", "code", "gateway_id", "id", "name", "options", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "protocol", "secret_name") VALUES (OLD."active", OLD."address", OLD."code", OLD."gateway_id", OLD."id", OLD."name", OLD."options", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."protocol", OLD."secret_name"); RETURN NULL;',
                                    hash="8d2bc4a5d53121680bf02ec787d42905525a5e20",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_2a445",
                                    table="integrations_signalconnection",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BrowseRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="browses",
                                to="integrations.signalconnection",
                            ),
                        ),
                        (
                            "requested_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="requested at"
                            ),
                        ),
                        ("taken_at", models.DateTimeField(null=True, verbose_name="taken at")),
                        ("answered_at", models.DateTimeField(null=True, verbose_name="answered at")),
                        ("seconds", models.FloatField(default=0, verbose_name="took (s)")),
                        ("problem_code", models.CharField(blank=True, default="", max_length=20)),
                        (
                            "problem",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="problem"),
                        ),
                        ("items", models.JSONField(default=list, verbose_name="items")),
                        ("more", models.PositiveIntegerField(default=0, verbose_name="items left out")),
                    ],
                    options={
                        "verbose_name": "browse request",
                        "verbose_name_plural": "browse requests",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("answered_at", None)),
                                fields=["requested_at"],
                                name="browse_unanswered",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MappingTemplate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "protocol",
                            models.CharField(
                                choices=[
                                    ("mtconnect", "MTConnect agent"),
                                    ("opcua", "OPC UA server"),
                                    ("sparkplug", "MQTT Sparkplug B"),
                                    ("topics", "MQTT topics (unified namespace)"),
                                    ("pulse", "counter inputs (Modbus TCP)"),
                                    ("file", "file drop"),
                                ],
                                max_length=20,
                                verbose_name="protocol",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "mapping template",
                        "verbose_name_plural": "mapping templates",
                        "ordering": ("code",),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_mappingtemplateevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protocol") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."protocol"); RETURN NULL;',
                                    hash="70f990b9265e7a804aba58e011e524eb8ebecfd8",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_d7944",
                                    table="integrations_mappingtemplate",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_mappingtemplateevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protocol") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."protocol"); RETURN NULL;',
                                    hash="984c3a40041b1e303f4ba287b2a0235b700b3a2a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_e1386",
                                    table="integrations_mappingtemplate",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_mappingtemplateevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protocol") VALUES (OLD."code", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."protocol"); RETURN NULL;',
                                    hash="96d48c8a01129a25dad91c8038708ad7755040c9",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_88756",
                                    table="integrations_mappingtemplate",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MappingTemplateEvent",
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
                                to="integrations.mappingtemplate",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "protocol",
                            models.CharField(
                                choices=[
                                    ("mtconnect", "MTConnect agent"),
                                    ("opcua", "OPC UA server"),
                                    ("sparkplug", "MQTT Sparkplug B"),
                                    ("topics", "MQTT topics (unified namespace)"),
                                    ("pulse", "counter inputs (Modbus TCP)"),
                                    ("file", "file drop"),
                                ],
                                max_length=20,
                                verbose_name="protocol",
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
                                    hash="7cac156922d05f2ce52266370cb041838d85b3ec",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_50d07",
                                    table="integrations_mappingtemplateevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MappingTemplateRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rows",
                                to="integrations.mappingtemplate",
                                verbose_name="template",
                            ),
                        ),
                        ("pattern", models.CharField(max_length=500, verbose_name="item pattern")),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("state", "state"),
                                    ("mode", "mode"),
                                    ("program", "program"),
                                    ("program_comment", "program comment"),
                                    ("cycle_count", "cycle counter"),
                                    ("part_count", "part counter"),
                                    ("good_count", "good part counter"),
                                    ("bad_count", "bad part counter"),
                                    ("cycle_event", "cycle event"),
                                    ("cycle_time", "cycle time"),
                                    ("tool", "tool"),
                                    ("pallet", "pallet"),
                                    ("job", "job"),
                                    ("alarm", "alarm"),
                                    ("override", "override"),
                                    ("available", "availability"),
                                    ("setup", "setup switch"),
                                    ("pulse", "pulse"),
                                ],
                                max_length=40,
                                verbose_name="role",
                            ),
                        ),
                        ("values", models.JSONField(blank=True, default=dict, verbose_name="value table")),
                        (
                            "factor",
                            models.DecimalField(
                                blank=True, decimal_places=9, max_digits=18, null=True, verbose_name="factor"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "mapping template row",
                        "verbose_name_plural": "mapping template rows",
                        "ordering": ("template", "id"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("template", "pattern"),
                                name="mapping_template_row_unique",
                                violation_error_message="This template already has a row for this pattern.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_mappingtemplaterowevent" ("factor", "id", "pattern", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "template_id", "values") VALUES (NEW."factor", NEW."id", NEW."pattern", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."role", NEW."template_id", NEW."values"); RETURN NULL;',
                                    hash="7f576535343cdea194b34ad48c56765808fa66d3",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_5d937",
                                    table="integrations_mappingtemplaterow",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_mappingtemplaterowevent" ("factor", "id", "pattern", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "template_id", "values") VALUES (NEW."factor", NEW."id", NEW."pattern", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."role", NEW."template_id", NEW."values"); RETURN NULL;',
                                    hash="ce67d28dcb44bb7de1fbc2752b26b5f9bc9bacd9",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_7e408",
                                    table="integrations_mappingtemplaterow",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_mappingtemplaterowevent" ("factor", "id", "pattern", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "template_id", "values") VALUES (OLD."factor", OLD."id", OLD."pattern", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."role", OLD."template_id", OLD."values"); RETURN NULL;',
                                    hash="52e9ccad8b0233d9bd2c6ca0d12f2c3f586e1e1b",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_bcc96",
                                    table="integrations_mappingtemplaterow",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MappingTemplateRowEvent",
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
                                to="integrations.mappingtemplaterow",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "template",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.mappingtemplate",
                                verbose_name="template",
                            ),
                        ),
                        ("pattern", models.CharField(max_length=500, verbose_name="item pattern")),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("state", "state"),
                                    ("mode", "mode"),
                                    ("program", "program"),
                                    ("program_comment", "program comment"),
                                    ("cycle_count", "cycle counter"),
                                    ("part_count", "part counter"),
                                    ("good_count", "good part counter"),
                                    ("bad_count", "bad part counter"),
                                    ("cycle_event", "cycle event"),
                                    ("cycle_time", "cycle time"),
                                    ("tool", "tool"),
                                    ("pallet", "pallet"),
                                    ("job", "job"),
                                    ("alarm", "alarm"),
                                    ("override", "override"),
                                    ("available", "availability"),
                                    ("setup", "setup switch"),
                                    ("pulse", "pulse"),
                                ],
                                max_length=40,
                                verbose_name="role",
                            ),
                        ),
                        ("values", models.JSONField(blank=True, default=dict, verbose_name="value table")),
                        (
                            "factor",
                            models.DecimalField(
                                blank=True, decimal_places=9, max_digits=18, null=True, verbose_name="factor"
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
                                    hash="9e742ded6bd110f3bebe8f762b620707453edfc8",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_ab958",
                                    table="integrations_mappingtemplaterowevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MessageMappingEvent",
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
                                to="integrations.messagemapping",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "direction",
                            models.CharField(
                                choices=[("in", "reads"), ("out", "writes")],
                                max_length=3,
                                verbose_name="direction",
                            ),
                        ),
                        (
                            "sample_name",
                            models.CharField(
                                blank=True, default="", max_length=255, verbose_name="sample file"
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
                                    hash="95193051220453418a626ede6f47e7bfcfc7e827",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_0b91d",
                                    table="integrations_messagemappingevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MessageMappingVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "mapping",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="integrations.messagemapping",
                                verbose_name="message mapping",
                            ),
                        ),
                        ("number", models.PositiveIntegerField(verbose_name="version")),
                        ("definition", models.JSONField(default=dict, verbose_name="definition")),
                        (
                            "note",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="what changed"
                            ),
                        ),
                        ("revision", models.PositiveIntegerField(default=1, verbose_name="saved times")),
                        (
                            "edited_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="edited by",
                            ),
                        ),
                        (
                            "edited_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="edited at"),
                        ),
                        (
                            "published_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="published by",
                            ),
                        ),
                        (
                            "published_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="published at"),
                        ),
                    ],
                    options={
                        "verbose_name": "version of a message mapping",
                        "verbose_name_plural": "versions of message mappings",
                        "ordering": ("mapping", "-number"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("mapping", "number"),
                                name="mapping_version_unique",
                                violation_error_message="This mapping has this version already.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("published_at__isnull", True)),
                                fields=("mapping",),
                                name="mapping_one_draft",
                                violation_error_message="A mapping has one draft at a time.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("published_at__isnull", True), ("published_by__isnull", True)),
                                    models.Q(
                                        ("published_at__isnull", False), ("published_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="mapping_published_who_when",
                                violation_error_message="Who published a version and when belong together.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="published_is_final",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."published_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="b83e7abada5662eca73e2dc387767dee5aaf83c0",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_published_is_final_e919a",
                                    table="integrations_messagemappingversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_messagemappingversionevent" ("definition", "edited_at", "edited_by_id", "id", "mapping_id", "note", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "published_by_id", "revision") VALUES (NEW."definition", NEW."edited_at", NEW."edited_by_id", NEW."id", NEW."mapping_id", NEW."note", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."published_at", NEW."published_by_id", NEW."revision"); RETURN NULL;',
                                    hash="8c7deb841326d56bbc29cfb30b3af89eaab73673",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_be470",
                                    table="integrations_messagemappingversion",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_messagemappingversionevent" ("definition", "edited_at", "edited_by_id", "id", "mapping_id", "note", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "published_by_id", "revision") VALUES (NEW."definition", NEW."edited_at", NEW."edited_by_id", NEW."id", NEW."mapping_id", NEW."note", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."published_at", NEW."published_by_id", NEW."revision"); RETURN NULL;',
                                    hash="0e403b2e20dc0e708fa1e8c650debc6fb7bfc880",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_3a822",
                                    table="integrations_messagemappingversion",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_messagemappingversionevent" ("definition", "edited_at", "edited_by_id", "id", "mapping_id", "note", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "published_by_id", "revision") VALUES (OLD."definition", OLD."edited_at", OLD."edited_by_id", OLD."id", OLD."mapping_id", OLD."note", OLD."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."published_at", OLD."published_by_id", OLD."revision"); RETURN NULL;',
                                    hash="09415dcd45163f454bee6d0f76f0b99faf940b18",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_8430f",
                                    table="integrations_messagemappingversion",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MessageMappingVersionEvent",
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
                                to="integrations.messagemappingversion",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "mapping",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.messagemapping",
                                verbose_name="message mapping",
                            ),
                        ),
                        ("number", models.PositiveIntegerField(verbose_name="version")),
                        ("definition", models.JSONField(default=dict, verbose_name="definition")),
                        (
                            "note",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="what changed"
                            ),
                        ),
                        ("revision", models.PositiveIntegerField(default=1, verbose_name="saved times")),
                        (
                            "edited_by",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="edited by",
                            ),
                        ),
                        (
                            "edited_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="edited at"),
                        ),
                        (
                            "published_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="published by",
                            ),
                        ),
                        (
                            "published_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="published at"),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="b561c5bf2829796de1b80cbaaf18d6db6d15cb56",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_33707",
                                    table="integrations_messagemappingversionevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InboundMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="inbound",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True)),
                        ("channel", models.CharField(max_length=20, verbose_name="channel")),
                        (
                            "message_type",
                            models.CharField(blank=True, default="", max_length=40, verbose_name="type"),
                        ),
                        (
                            "external_id",
                            models.CharField(
                                blank=True, default="", max_length=120, verbose_name="partner's id"
                            ),
                        ),
                        (
                            "name",
                            models.CharField(blank=True, default="", max_length=255, verbose_name="file"),
                        ),
                        ("body", models.BinaryField(verbose_name="body")),
                        ("size", models.PositiveIntegerField(verbose_name="size")),
                        ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("received", "received"),
                                    ("waiting", "waits for what it refers to"),
                                    ("applied", "applied"),
                                    ("partly", "partly applied"),
                                    ("refused", "refused"),
                                    ("obsolete", "obsolete"),
                                ],
                                default="received",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("problems", models.JSONField(blank=True, default=list, verbose_name="problems")),
                        ("results", models.JSONField(blank=True, default=list, verbose_name="results")),
                        ("orders", models.JSONField(blank=True, default=list, verbose_name="orders")),
                        ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                        (
                            "received_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="received at"
                            ),
                        ),
                        ("applied_at", models.DateTimeField(null=True, verbose_name="applied at")),
                        (
                            "mapping_version",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="integrations.messagemappingversion",
                                verbose_name="read by",
                            ),
                        ),
                        (
                            "replayed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "inbound message",
                        "verbose_name_plural": "inbound messages",
                        "ordering": ("-received_at",),
                        "indexes": [
                            models.Index(fields=["-received_at"], name="inbound_newest"),
                            models.Index(fields=["connection", "-received_at"], name="inbound_rhythm"),
                            models.Index(
                                condition=models.Q(("state", "received")),
                                fields=["received_at"],
                                name="inbound_open",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("connection", "message_type", "external_id", "sha256"),
                                name="inbound_unique",
                                violation_error_message="This message was received before.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutboundMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="outbound",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "identity",
                            models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="identity"),
                        ),
                        ("sequence", models.BigIntegerField(verbose_name="sequence")),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.operation",
                                verbose_name="operation",
                            ),
                        ),
                        ("kind", models.CharField(max_length=20, verbose_name="kind")),
                        ("canonical", models.JSONField(verbose_name="content")),
                        ("rendered", models.TextField(blank=True, default="", verbose_name="as sent")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "queued"),
                                    ("sending", "being sent"),
                                    ("delivered", "accepted, not posted yet"),
                                    ("posted", "posted in the ERP"),
                                    ("parked", "refused, waits for a person"),
                                    ("discarded", "discarded by a person"),
                                ],
                                default="queued",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "reverses",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversed_by",
                                to="integrations.outboundmessage",
                            ),
                        ),
                        ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created at"
                            ),
                        ),
                        (
                            "next_try_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="next try"),
                        ),
                        ("leased_until", models.DateTimeField(null=True)),
                        ("delivered_at", models.DateTimeField(null=True, verbose_name="accepted at")),
                        ("posted_at", models.DateTimeField(null=True, verbose_name="posted at")),
                        ("answer", models.TextField(blank=True, default="", verbose_name="answer")),
                        (
                            "reference",
                            models.CharField(
                                blank=True, default="", max_length=120, verbose_name="partner's reference"
                            ),
                        ),
                        (
                            "uncertain",
                            models.BooleanField(default=False, verbose_name="may have been booked"),
                        ),
                        (
                            "problem",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="problem"),
                        ),
                        (
                            "code",
                            models.CharField(
                                blank=True, default="", max_length=60, verbose_name="partner's code"
                            ),
                        ),
                        (
                            "mend",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "look into it and send again"),
                                    ("redate", "post with today's date"),
                                    ("translate", "complete the translation, then send again"),
                                    ("connection", "put the connection right, then send again"),
                                    ("order", "put the order right in the ERP, then send again"),
                                ],
                                default="",
                                max_length=12,
                                verbose_name="way to mend",
                            ),
                        ),
                        (
                            "is_asked",
                            models.BooleanField(
                                default=False, verbose_name="a person is asked whether it is booked"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "outbound message",
                        "verbose_name_plural": "outbound messages",
                        "ordering": ("-id",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ("queued", "sending"))),
                                fields=["next_try_at"],
                                name="outbound_due",
                            ),
                            models.Index(fields=["order", "sequence"], name="outbound_order"),
                            models.Index(fields=["-created_at"], name="outbound_newest"),
                            models.Index(
                                condition=models.Q(("state", "parked")),
                                fields=["connection", "code"],
                                name="outbound_parked",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("connection", "sequence"), name="outbound_sequence_unique"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MessageStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="integrations.connection",
                            ),
                        ),
                        (
                            "outbound",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="integrations.outboundmessage",
                            ),
                        ),
                        (
                            "inbound",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="integrations.inboundmessage",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("attempt", "attempt"),
                                    ("receipt", "partner's receipt"),
                                    ("decision", "decision of a person"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                        ("number", models.PositiveIntegerField(default=0, verbose_name="attempt")),
                        ("state", models.CharField(max_length=12, verbose_name="state")),
                        (
                            "code",
                            models.CharField(blank=True, default="", max_length=60, verbose_name="code"),
                        ),
                        (
                            "problem",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="problem"),
                        ),
                        (
                            "answer",
                            models.CharField(blank=True, default="", max_length=1000, verbose_name="answer"),
                        ),
                        (
                            "clock_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=12,
                                null=True,
                                verbose_name="partner's clock ahead (s)",
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
                    ],
                    options={
                        "verbose_name": "message step",
                        "verbose_name_plural": "message steps",
                        "ordering": ("at", "pk"),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("clock_seconds__isnull", False)),
                                fields=["connection", "-at"],
                                name="step_clock",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("inbound__isnull", True), ("outbound__isnull", False)),
                                    models.Q(("inbound__isnull", False), ("outbound__isnull", True)),
                                    _connector="OR",
                                ),
                                name="message_step_of_one",
                                violation_error_message="A step belongs to exactly one message.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutboundItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="integrations.connection",
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.productionevent",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="integrations.outboundmessage",
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("message__isnull", True)),
                                fields=["connection"],
                                name="outbound_item_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("connection", "event"), name="outbound_event_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReceivedFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="received_files",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="files",
                                to="integrations.inboundmessage",
                                verbose_name="message",
                            ),
                        ),
                        ("name", models.CharField(max_length=255, verbose_name="file")),
                        ("number", models.BigIntegerField(null=True, verbose_name="number")),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("new", "new"),
                                    ("skipped", "skipped: same content as before"),
                                    ("version", "new version: same name, other content"),
                                    ("broken", "not whole"),
                                ],
                                max_length=12,
                                verbose_name="outcome",
                            ),
                        ),
                        (
                            "remark",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="remark"),
                        ),
                        (
                            "received_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="received at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "received file",
                        "verbose_name_plural": "received files",
                        "ordering": ("-id",),
                        "indexes": [
                            models.Index(fields=["connection", "name"], name="received_file_name"),
                            models.Index(
                                condition=models.Q(("number__isnull", False)),
                                fields=["connection", "number"],
                                name="received_file_number",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RetryRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="retry_rules",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "position",
                            models.PositiveSmallIntegerField(
                                default=10,
                                help_text="Asked in this order; the first that fits decides.",
                                verbose_name="position",
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="The partner's code or HTTP status; * and ? stand for anything. Empty: any.",
                                max_length=60,
                                verbose_name="code",
                            ),
                        ),
                        (
                            "text",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="What the answer says, for example *locked*.",
                                max_length=120,
                                verbose_name="text",
                            ),
                        ),
                        (
                            "reaction",
                            models.CharField(
                                choices=[
                                    ("repeat", "repeat by itself"),
                                    ("park", "refused: wait for a person"),
                                    ("success", "treat as accepted"),
                                    ("ask", "ask a person whether it is booked"),
                                ],
                                max_length=10,
                                verbose_name="what to do",
                            ),
                        ),
                        (
                            "first_pause_seconds",
                            models.PositiveIntegerField(
                                default=5,
                                help_text="Doubled at each attempt.",
                                verbose_name="first pause (s)",
                            ),
                        ),
                        (
                            "longest_pause_seconds",
                            models.PositiveIntegerField(default=900, verbose_name="longest pause (s)"),
                        ),
                        (
                            "most_attempts",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Repeated this often, then it waits for a person. Empty: without end.",
                                null=True,
                                verbose_name="at most (attempts)",
                            ),
                        ),
                        (
                            "words",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="What people read instead of the partner's code.",
                                max_length=200,
                                verbose_name="in plain words",
                            ),
                        ),
                        (
                            "mend",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "look into it and send again"),
                                    ("redate", "post with today's date"),
                                    ("translate", "complete the translation, then send again"),
                                    ("connection", "put the connection right, then send again"),
                                    ("order", "put the order right in the ERP, then send again"),
                                ],
                                default="",
                                max_length=12,
                                verbose_name="way to mend",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "retry rule",
                        "verbose_name_plural": "retry rules",
                        "ordering": ("connection", "position", "pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("code", ""), _negated=True),
                                    models.Q(("text", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="retry_rule_fits_something",
                                violation_error_message="A rule needs a code or a text.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("longest_pause_seconds__gte", models.F("first_pause_seconds"))
                                ),
                                name="retry_rule_pauses_grow",
                                violation_error_message="The longest pause can't be shorter than the first.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("first_pause_seconds__gt", 0)),
                                name="retry_rule_pauses",
                                violation_error_message="Between attempts there is a pause of at least a second.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("most_attempts__isnull", True), ("most_attempts__gt", 0), _connector="OR"
                                ),
                                name="retry_rule_attempts_positive",
                                violation_error_message="At least one attempt is made.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_retryruleevent" ("active", "code", "connection_id", "first_pause_seconds", "id", "longest_pause_seconds", "mend", "most_attempts", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "reaction", "text", "words") VALUES (NEW."active", NEW."code", NEW."connection_id", NEW."first_pause_seconds", NEW."id", NEW."longest_pause_seconds", NEW."mend", NEW."most_attempts", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."position", NEW."reaction", NEW."text", NEW."words"); RETURN NULL;',
                                    hash="b41aeb4b6c946dc7f5e1867bd048379fd86460a3",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_b7d48",
                                    table="integrations_retryrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_retryruleevent" ("active", "code", "connection_id", "first_pause_seconds", "id", "longest_pause_seconds", "mend", "most_attempts", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "reaction", "text", "words") VALUES (NEW."active", NEW."code", NEW."connection_id", NEW."first_pause_seconds", NEW."id", NEW."longest_pause_seconds", NEW."mend", NEW."most_attempts", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."position", NEW."reaction", NEW."text", NEW."words"); RETURN NULL;',
                                    hash="f84a5514830a90eec66bf47cbb0b917f67d3bc6a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_1ec37",
                                    table="integrations_retryrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_retryruleevent" ("active", "code", "connection_id", "first_pause_seconds", "id", "longest_pause_seconds", "mend", "most_attempts", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "reaction", "text", "words") VALUES (OLD."active", OLD."code", OLD."connection_id", OLD."first_pause_seconds", OLD."id", OLD."longest_pause_seconds", OLD."mend", OLD."most_attempts", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."position", OLD."reaction", OLD."text", OLD."words"); RETURN NULL;',
                                    hash="eb337f27fbe2af3956d3350cc2c9b6222c250c2a",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_c97ac",
                                    table="integrations_retryrule",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RetryRuleEvent",
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
                                to="integrations.retryrule",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "connection",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "position",
                            models.PositiveSmallIntegerField(
                                default=10,
                                help_text="Asked in this order; the first that fits decides.",
                                verbose_name="position",
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="The partner's code or HTTP status; * and ? stand for anything. Empty: any.",
                                max_length=60,
                                verbose_name="code",
                            ),
                        ),
                        (
                            "text",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="What the answer says, for example *locked*.",
                                max_length=120,
                                verbose_name="text",
                            ),
                        ),
                        (
                            "reaction",
                            models.CharField(
                                choices=[
                                    ("repeat", "repeat by itself"),
                                    ("park", "refused: wait for a person"),
                                    ("success", "treat as accepted"),
                                    ("ask", "ask a person whether it is booked"),
                                ],
                                max_length=10,
                                verbose_name="what to do",
                            ),
                        ),
                        (
                            "first_pause_seconds",
                            models.PositiveIntegerField(
                                default=5,
                                help_text="Doubled at each attempt.",
                                verbose_name="first pause (s)",
                            ),
                        ),
                        (
                            "longest_pause_seconds",
                            models.PositiveIntegerField(default=900, verbose_name="longest pause (s)"),
                        ),
                        (
                            "most_attempts",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Repeated this often, then it waits for a person. Empty: without end.",
                                null=True,
                                verbose_name="at most (attempts)",
                            ),
                        ),
                        (
                            "words",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="What people read instead of the partner's code.",
                                max_length=200,
                                verbose_name="in plain words",
                            ),
                        ),
                        (
                            "mend",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "look into it and send again"),
                                    ("redate", "post with today's date"),
                                    ("translate", "complete the translation, then send again"),
                                    ("connection", "put the connection right, then send again"),
                                    ("order", "put the order right in the ERP, then send again"),
                                ],
                                default="",
                                max_length=12,
                                verbose_name="way to mend",
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
                                    hash="a38645535b3d2de656efdf716cda79bd4870fc36",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_e4ecf",
                                    table="integrations_retryruleevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SampleBatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.apikey",
                            ),
                        ),
                        ("key", models.CharField(max_length=100, verbose_name="key")),
                        ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                        ("answer", models.JSONField(verbose_name="answer")),
                        (
                            "received_at",
                            models.DateTimeField(
                                db_index=True, default=django.utils.timezone.now, verbose_name="received at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "batch of samples",
                        "verbose_name_plural": "batches of samples",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "key"),
                                name="sample_batch_key_unique",
                                violation_error_message="This key was used before.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SegmentDictionaryEvent",
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
                                to="integrations.segmentdictionary",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="dad8e5680ddc8eb2b67aec19c4f3460b68efdf50",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_7937d",
                                    table="integrations_segmentdictionaryevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SegmentField",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "dictionary",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="fields",
                                to="integrations.segmentdictionary",
                                verbose_name="dictionary",
                            ),
                        ),
                        ("segment", models.CharField(max_length=30, verbose_name="segment")),
                        ("name", models.CharField(max_length=30, verbose_name="field")),
                        (
                            "kind",
                            models.CharField(blank=True, default="", max_length=30, verbose_name="kind"),
                        ),
                        ("length", models.PositiveSmallIntegerField(verbose_name="length")),
                        ("offset", models.PositiveSmallIntegerField(verbose_name="offset")),
                    ],
                    options={
                        "verbose_name": "segment field",
                        "verbose_name_plural": "segment fields",
                        "ordering": ("dictionary", "segment", "offset"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("dictionary", "segment", "name"),
                                name="segment_field_unique",
                                violation_error_message="The segment has this field already.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("length__gte", 1),
                                    (
                                        "offset__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.Value(1000), "-", models.F("length")
                                        ),
                                    ),
                                ),
                                name="segment_field_inside",
                                violation_error_message="A field lies inside the 1,000 characters of a segment's data.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_segmentfieldevent" ("dictionary_id", "id", "kind", "length", "name", "offset", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "segment") VALUES (NEW."dictionary_id", NEW."id", NEW."kind", NEW."length", NEW."name", NEW."offset", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."segment"); RETURN NULL;',
                                    hash="82bd54b5a03bd458e577428e0ace1bf107067d2e",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_f17b2",
                                    table="integrations_segmentfield",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_segmentfieldevent" ("dictionary_id", "id", "kind", "length", "name", "offset", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "segment") VALUES (NEW."dictionary_id", NEW."id", NEW."kind", NEW."length", NEW."name", NEW."offset", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."segment"); RETURN NULL;',
                                    hash="0ea8de27c7ef47e62dbb8223993375620721e391",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_32ffa",
                                    table="integrations_segmentfield",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_segmentfieldevent" ("dictionary_id", "id", "kind", "length", "name", "offset", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "segment") VALUES (OLD."dictionary_id", OLD."id", OLD."kind", OLD."length", OLD."name", OLD."offset", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."segment"); RETURN NULL;',
                                    hash="86a923bec6eee06ddfc5957c056ed60b0ac9ea4a",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_3f5b7",
                                    table="integrations_segmentfield",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SegmentFieldEvent",
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
                                to="integrations.segmentfield",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "dictionary",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.segmentdictionary",
                                verbose_name="dictionary",
                            ),
                        ),
                        ("segment", models.CharField(max_length=30, verbose_name="segment")),
                        ("name", models.CharField(max_length=30, verbose_name="field")),
                        (
                            "kind",
                            models.CharField(blank=True, default="", max_length=30, verbose_name="kind"),
                        ),
                        ("length", models.PositiveSmallIntegerField(verbose_name="length")),
                        ("offset", models.PositiveSmallIntegerField(verbose_name="offset")),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="b8bca834dc190202d2af24ef307274342596b078",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_35984",
                                    table="integrations_segmentfieldevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SelfTest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="self_tests",
                                to="integrations.connection",
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
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
                            "order_number",
                            models.CharField(
                                blank=True, default="", max_length=40, verbose_name="test order"
                            ),
                        ),
                        (
                            "operation_number",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="operation"),
                        ),
                        ("results", models.JSONField(default=list)),
                    ],
                    options={
                        "verbose_name": "self-test",
                        "verbose_name_plural": "self-tests",
                        "ordering": ("-at", "-pk"),
                        "indexes": [models.Index(fields=["connection", "-at"], name="self_test_newest")],
                    },
                ),
                migrations.CreateModel(
                    name="SftpServer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sftp",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        ("host", models.CharField(max_length=200, verbose_name="host")),
                        (
                            "port",
                            models.PositiveIntegerField(
                                default=22,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(65535),
                                ],
                                verbose_name="port",
                            ),
                        ),
                        ("username", models.CharField(max_length=80, verbose_name="user name")),
                        (
                            "host_key",
                            models.CharField(
                                help_text="The server's public key as ssh-keyscan prints it: ssh-ed25519 AAAA…",
                                max_length=1000,
                                verbose_name="host key",
                            ),
                        ),
                        (
                            "secret_name",
                            models.CharField(
                                help_text="Name of the environment variable that holds the password, or the private key's text.",
                                max_length=60,
                                verbose_name="secret name",
                            ),
                        ),
                        (
                            "look_every_seconds",
                            models.PositiveIntegerField(
                                default=30,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="look every (s)",
                            ),
                        ),
                        (
                            "looked_at",
                            models.DateTimeField(editable=False, null=True, verbose_name="last look"),
                        ),
                        (
                            "problem",
                            models.CharField(
                                blank=True, default="", editable=False, max_length=500, verbose_name="problem"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "SFTP server",
                        "verbose_name_plural": "SFTP servers",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_sftpserverevent" ("connection_id", "host", "host_key", "id", "look_every_seconds", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "port", "secret_name", "username") VALUES (NEW."connection_id", NEW."host", NEW."host_key", NEW."id", NEW."look_every_seconds", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."port", NEW."secret_name", NEW."username"); RETURN NULL;',
                                    hash="409dde4a1ad51fec51e127ac33232912e079ec68",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_e350d",
                                    table="integrations_sftpserver",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."connection_id" IS DISTINCT FROM (NEW."connection_id") OR OLD."host" IS DISTINCT FROM (NEW."host") OR OLD."host_key" IS DISTINCT FROM (NEW."host_key") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."look_every_seconds" IS DISTINCT FROM (NEW."look_every_seconds") OR OLD."port" IS DISTINCT FROM (NEW."port") OR OLD."secret_name" IS DISTINCT FROM (NEW."secret_name") OR OLD."username" IS DISTINCT FROM (NEW."username"))',
                                    func='INSERT INTO "integrations_sftpserverevent" ("connection_id", "host", "host_key", "id", "look_every_seconds", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "port", "secret_name", "username") VALUES (NEW."connection_id", NEW."host", NEW."host_key", NEW."id", NEW."look_every_seconds", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."port", NEW."secret_name", NEW."username"); RETURN NULL;',
                                    hash="7f50d055f52bede12b9e44384c027687d49f3166",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_ff53c",
                                    table="integrations_sftpserver",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_sftpserverevent" ("connection_id", "host", "host_key", "id", "look_every_seconds", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "port", "secret_name", "username") VALUES (OLD."connection_id", OLD."host", OLD."host_key", OLD."id", OLD."look_every_seconds", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."port", OLD."secret_name", OLD."username"); RETURN NULL;',
                                    hash="aa146fd8cee66ce880332a864e45b64aca7fb7ef",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_36337",
                                    table="integrations_sftpserver",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SftpServerEvent",
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
                                to="integrations.sftpserver",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "connection",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        ("host", models.CharField(max_length=200, verbose_name="host")),
                        (
                            "port",
                            models.PositiveIntegerField(
                                default=22,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(65535),
                                ],
                                verbose_name="port",
                            ),
                        ),
                        ("username", models.CharField(max_length=80, verbose_name="user name")),
                        (
                            "host_key",
                            models.CharField(
                                help_text="The server's public key as ssh-keyscan prints it: ssh-ed25519 AAAA…",
                                max_length=1000,
                                verbose_name="host key",
                            ),
                        ),
                        (
                            "secret_name",
                            models.CharField(
                                help_text="Name of the environment variable that holds the password, or the private key's text.",
                                max_length=60,
                                verbose_name="secret name",
                            ),
                        ),
                        (
                            "look_every_seconds",
                            models.PositiveIntegerField(
                                default=30,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="look every (s)",
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
                                    hash="f448e58e9e6a9ad40bd9a4ff2dce37576ba67659",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_e6172",
                                    table="integrations_sftpserverevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignalConnectionEvent",
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
                                to="integrations.signalconnection",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
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
                            "gateway",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Who connects to it. Empty: this server.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.gateway",
                                verbose_name="gateway",
                            ),
                        ),
                        (
                            "protocol",
                            models.CharField(
                                choices=[
                                    ("mtconnect", "MTConnect agent"),
                                    ("opcua", "OPC UA server"),
                                    ("sparkplug", "MQTT Sparkplug B"),
                                    ("topics", "MQTT topics (unified namespace)"),
                                    ("pulse", "counter inputs (Modbus TCP)"),
                                    ("file", "file drop"),
                                ],
                                max_length=20,
                                verbose_name="protocol",
                            ),
                        ),
                        (
                            "address",
                            models.CharField(
                                help_text="URL of the agent, server or broker, or a folder.",
                                max_length=500,
                                verbose_name="address",
                            ),
                        ),
                        (
                            "secret_name",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Name of the environment variable that holds user:password.",
                                max_length=60,
                                verbose_name="secret name",
                            ),
                        ),
                        ("options", models.JSONField(blank=True, default=dict, verbose_name="options")),
                        (
                            "active",
                            models.BooleanField(
                                default=False,
                                help_text="Only then its values reach the machines.",
                                verbose_name="switched on",
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
                                    hash="28b83ed51853cfe27cd49f212659b6476feb2e33",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_97baf",
                                    table="integrations_signalconnectionevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignalMapping",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mappings",
                                to="integrations.signalconnection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "address",
                            models.CharField(
                                help_text="As the sender names it.", max_length=500, verbose_name="item"
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "slot",
                            models.PositiveSmallIntegerField(
                                default=0,
                                help_text="0: the whole machine.",
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="slot",
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("state", "state"),
                                    ("mode", "mode"),
                                    ("program", "program"),
                                    ("program_comment", "program comment"),
                                    ("cycle_count", "cycle counter"),
                                    ("part_count", "part counter"),
                                    ("good_count", "good part counter"),
                                    ("bad_count", "bad part counter"),
                                    ("cycle_event", "cycle event"),
                                    ("cycle_time", "cycle time"),
                                    ("tool", "tool"),
                                    ("pallet", "pallet"),
                                    ("job", "job"),
                                    ("alarm", "alarm"),
                                    ("override", "override"),
                                    ("available", "availability"),
                                    ("setup", "setup switch"),
                                    ("pulse", "pulse"),
                                ],
                                max_length=40,
                                verbose_name="role",
                            ),
                        ),
                        (
                            "values",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text='What the sender\'s values mean, e.g. {"3": "EXECUTE"}; others stay as they are.',
                                verbose_name="value table",
                            ),
                        ),
                        (
                            "factor",
                            models.DecimalField(
                                blank=True,
                                decimal_places=9,
                                help_text="Numbers are multiplied by it.",
                                max_digits=18,
                                null=True,
                                verbose_name="factor",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "signal mapping",
                        "verbose_name_plural": "signal mappings",
                        "ordering": ("connection", "machine", "role"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("connection", "address", "machine"),
                                name="signal_mapping_unique",
                                violation_error_message="This item is already mapped for this machine.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("factor__isnull", True),
                                    models.Q(("factor", 0), _negated=True),
                                    _connector="OR",
                                ),
                                name="signal_mapping_factor_not_zero",
                                violation_error_message="A factor of zero would make every value zero.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_signalmappingevent" ("address", "connection_id", "factor", "id", "machine_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "slot", "values") VALUES (NEW."address", NEW."connection_id", NEW."factor", NEW."id", NEW."machine_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."role", NEW."slot", NEW."values"); RETURN NULL;',
                                    hash="fd96b471fe0fad7a597e66b813e1735eea51d57b",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_73ace",
                                    table="integrations_signalmapping",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_signalmappingevent" ("address", "connection_id", "factor", "id", "machine_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "slot", "values") VALUES (NEW."address", NEW."connection_id", NEW."factor", NEW."id", NEW."machine_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."role", NEW."slot", NEW."values"); RETURN NULL;',
                                    hash="fdf1c135fa437ee68adaff4315930a55024c0f04",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_5cee7",
                                    table="integrations_signalmapping",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_signalmappingevent" ("address", "connection_id", "factor", "id", "machine_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "slot", "values") VALUES (OLD."address", OLD."connection_id", OLD."factor", OLD."id", OLD."machine_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."role", OLD."slot", OLD."values"); RETURN NULL;',
                                    hash="b06dd95c10f86ef4d0213705a1f4e93632a3ba30",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_31074",
                                    table="integrations_signalmapping",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignalMappingEvent",
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
                                to="integrations.signalmapping",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "connection",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.signalconnection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "address",
                            models.CharField(
                                help_text="As the sender names it.", max_length=500, verbose_name="item"
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
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "slot",
                            models.PositiveSmallIntegerField(
                                default=0,
                                help_text="0: the whole machine.",
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="slot",
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("state", "state"),
                                    ("mode", "mode"),
                                    ("program", "program"),
                                    ("program_comment", "program comment"),
                                    ("cycle_count", "cycle counter"),
                                    ("part_count", "part counter"),
                                    ("good_count", "good part counter"),
                                    ("bad_count", "bad part counter"),
                                    ("cycle_event", "cycle event"),
                                    ("cycle_time", "cycle time"),
                                    ("tool", "tool"),
                                    ("pallet", "pallet"),
                                    ("job", "job"),
                                    ("alarm", "alarm"),
                                    ("override", "override"),
                                    ("available", "availability"),
                                    ("setup", "setup switch"),
                                    ("pulse", "pulse"),
                                ],
                                max_length=40,
                                verbose_name="role",
                            ),
                        ),
                        (
                            "values",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text='What the sender\'s values mean, e.g. {"3": "EXECUTE"}; others stay as they are.',
                                verbose_name="value table",
                            ),
                        ),
                        (
                            "factor",
                            models.DecimalField(
                                blank=True,
                                decimal_places=9,
                                help_text="Numbers are multiplied by it.",
                                max_digits=18,
                                null=True,
                                verbose_name="factor",
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
                                    hash="cd3ffb0a41633f31dc010b9dc2e09ee36df2e4b2",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_6679c",
                                    table="integrations_signalmappingevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatedTotal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="integrations.connection",
                            ),
                        ),
                        ("order_number", models.CharField(max_length=40, verbose_name="order")),
                        (
                            "operation_number",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="operation"),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("connector", "asked at its interface"),
                                    ("told", "told by the partner"),
                                    ("download", "stood in the order it sent"),
                                    ("receipts", "sum of its receipts"),
                                ],
                                max_length=10,
                                verbose_name="source",
                            ),
                        ),
                        ("known", models.BooleanField(default=True, verbose_name="known there")),
                        (
                            "good",
                            models.DecimalField(
                                decimal_places=3, max_digits=15, null=True, verbose_name="good"
                            ),
                        ),
                        (
                            "scrap",
                            models.DecimalField(
                                decimal_places=3, max_digits=15, null=True, verbose_name="scrap"
                            ),
                        ),
                        (
                            "rework",
                            models.DecimalField(
                                decimal_places=3, max_digits=15, null=True, verbose_name="rework"
                            ),
                        ),
                        (
                            "setup_seconds",
                            models.DecimalField(
                                decimal_places=3, max_digits=12, null=True, verbose_name="setup (s)"
                            ),
                        ),
                        (
                            "run_seconds",
                            models.DecimalField(
                                decimal_places=3, max_digits=12, null=True, verbose_name="run (s)"
                            ),
                        ),
                        ("stated_at", models.DateTimeField(verbose_name="as of")),
                        (
                            "message",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="integrations.inboundmessage",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="taken at"),
                        ),
                    ],
                    options={
                        "verbose_name": "ERP total",
                        "verbose_name_plural": "ERP totals",
                        "ordering": ("-stated_at", "-pk"),
                        "indexes": [
                            models.Index(
                                fields=[
                                    "connection",
                                    "order_number",
                                    "operation_number",
                                    "-stated_at",
                                    "-id",
                                ],
                                name="stated_total_newest",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Translation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="translations",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("unit", "unit"),
                                    ("reason", "scrap or stop reason"),
                                    ("work_centre", "work centre"),
                                    ("activity", "activity slot"),
                                    ("order_type", "order type"),
                                    ("person", "person"),
                                    ("plant", "plant"),
                                    ("shift", "shift"),
                                ],
                                max_length=12,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "theirs",
                            models.CharField(
                                help_text="Of an activity slot: standard value key and slot like SAP1/2; going out only the slot.",
                                max_length=120,
                                verbose_name="partner's value",
                            ),
                        ),
                        (
                            "ours",
                            models.CharField(
                                help_text="A unit by its UN/ECE code, an order type by its strategy (MTS, MTO, ATO, ETO), an activity slot by setup, run, labour, teardown or stop, everything else by its code here.",
                                max_length=120,
                                verbose_name="our value",
                            ),
                        ),
                        (
                            "direction",
                            models.CharField(
                                choices=[
                                    ("both", "both ways"),
                                    ("in", "only what comes in"),
                                    ("out", "only what goes out"),
                                ],
                                default="both",
                                max_length=4,
                                verbose_name="holds for",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "translation",
                        "verbose_name_plural": "translations",
                        "ordering": ("connection", "kind", "theirs"),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("direction__in", ("both", "in"))),
                                fields=("connection", "kind", "theirs"),
                                name="translation_unique_in",
                                violation_error_message="This value of the partner is translated already.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("direction__in", ("both", "out"))),
                                fields=("connection", "kind", "ours"),
                                name="translation_unique_out",
                                violation_error_message="Our value goes out under another name already: let one of them hold for what comes in.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_translationevent" ("connection_id", "direction", "id", "kind", "ours", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "theirs") VALUES (NEW."connection_id", NEW."direction", NEW."id", NEW."kind", NEW."ours", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."theirs"); RETURN NULL;',
                                    hash="3d51918d6cb8aeb696a4b5f96fc99f34a97324f3",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_f78c6",
                                    table="integrations_translation",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_translationevent" ("connection_id", "direction", "id", "kind", "ours", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "theirs") VALUES (NEW."connection_id", NEW."direction", NEW."id", NEW."kind", NEW."ours", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."theirs"); RETURN NULL;',
                                    hash="801ed298808fe1bfa6f3090e73237a72cf1547c9",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_18d9a",
                                    table="integrations_translation",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_translationevent" ("connection_id", "direction", "id", "kind", "ours", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "theirs") VALUES (OLD."connection_id", OLD."direction", OLD."id", OLD."kind", OLD."ours", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."theirs"); RETURN NULL;',
                                    hash="8f1d3e3a424cbb51556eeb741c9d85d2ed1bfa0f",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_9579f",
                                    table="integrations_translation",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TranslationEvent",
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
                                to="integrations.translation",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "connection",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("unit", "unit"),
                                    ("reason", "scrap or stop reason"),
                                    ("work_centre", "work centre"),
                                    ("activity", "activity slot"),
                                    ("order_type", "order type"),
                                    ("person", "person"),
                                    ("plant", "plant"),
                                    ("shift", "shift"),
                                ],
                                max_length=12,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "theirs",
                            models.CharField(
                                help_text="Of an activity slot: standard value key and slot like SAP1/2; going out only the slot.",
                                max_length=120,
                                verbose_name="partner's value",
                            ),
                        ),
                        (
                            "ours",
                            models.CharField(
                                help_text="A unit by its UN/ECE code, an order type by its strategy (MTS, MTO, ATO, ETO), an activity slot by setup, run, labour, teardown or stop, everything else by its code here.",
                                max_length=120,
                                verbose_name="our value",
                            ),
                        ),
                        (
                            "direction",
                            models.CharField(
                                choices=[
                                    ("both", "both ways"),
                                    ("in", "only what comes in"),
                                    ("out", "only what goes out"),
                                ],
                                default="both",
                                max_length=4,
                                verbose_name="holds for",
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
                                    hash="eb075134aff4862d8765818b1f428ff8e5c4f09f",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_3c639",
                                    table="integrations_translationevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TrustFigure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="integrations.connection",
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("compared", models.PositiveIntegerField(verbose_name="operations compared")),
                        ("agreed", models.PositiveIntegerField(verbose_name="of these equal")),
                        (
                            "unknown",
                            models.PositiveIntegerField(verbose_name="without a word of the partner"),
                        ),
                        ("sent", models.PositiveIntegerField(verbose_name="messages settled")),
                        (
                            "first_time",
                            models.PositiveIntegerField(verbose_name="of these at the first attempt"),
                        ),
                        ("open_differences", models.PositiveIntegerField(verbose_name="open differences")),
                        (
                            "oldest_open_at",
                            models.DateTimeField(null=True, verbose_name="oldest open difference since"),
                        ),
                        (
                            "figure",
                            models.DecimalField(
                                decimal_places=1, max_digits=5, null=True, verbose_name="trust (%)"
                            ),
                        ),
                        (
                            "problem",
                            models.CharField(blank=True, default="", max_length=300, verbose_name="problem"),
                        ),
                    ],
                    options={
                        "verbose_name": "trust figure",
                        "verbose_name_plural": "trust figures",
                        "ordering": ("-at", "-pk"),
                        "indexes": [models.Index(fields=["connection", "-at"], name="trust_figure_newest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("agreed__lte", models.F("compared")),
                                    ("first_time__lte", models.F("sent")),
                                ),
                                name="trust_figure_parts",
                                violation_error_message="A part can't be more than the whole.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UnknownValue",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="unknown_values",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("unit", "unit"),
                                    ("reason", "scrap or stop reason"),
                                    ("work_centre", "work centre"),
                                    ("activity", "activity slot"),
                                    ("order_type", "order type"),
                                    ("person", "person"),
                                    ("plant", "plant"),
                                    ("shift", "shift"),
                                ],
                                max_length=12,
                                verbose_name="kind",
                            ),
                        ),
                        ("value", models.CharField(max_length=120, verbose_name="partner's value")),
                        ("met", models.PositiveIntegerField(default=0, verbose_name="messages")),
                        (
                            "first_message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="integrations.inboundmessage",
                                verbose_name="first message",
                            ),
                        ),
                        (
                            "last_message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="integrations.inboundmessage",
                                verbose_name="last message",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "unknown value",
                        "verbose_name_plural": "unknown values",
                        "ordering": ("connection", "kind", "value"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("connection", "kind", "value"),
                                name="unknown_value_unique",
                                violation_error_message="This unknown value is listed already.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WaitingReference",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="waits",
                                to="integrations.inboundmessage",
                                verbose_name="message",
                            ),
                        ),
                        ("row", models.PositiveIntegerField(verbose_name="row")),
                        ("about", models.CharField(max_length=12, verbose_name="document")),
                        ("number", models.CharField(max_length=90, verbose_name="number")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("item", "item"),
                                    ("work_centre", "work centre"),
                                    ("order", "earlier message about the order"),
                                ],
                                max_length=12,
                                verbose_name="waits for",
                            ),
                        ),
                        ("code", models.CharField(max_length=120, verbose_name="code")),
                        (
                            "plant",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "waiting reference",
                        "verbose_name_plural": "waiting references",
                        "ordering": ("message", "row", "pk"),
                        "indexes": [
                            models.Index(fields=["kind", "code"], name="waiting_by_code"),
                            models.Index(fields=["about", "number"], name="waiting_by_document"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BulkDecision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("resend", "send again"), ("discard", "discard")],
                                max_length=10,
                                verbose_name="decision",
                            ),
                        ),
                        ("reason", models.CharField(max_length=400, verbose_name="reason")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "messages",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(), size=None
                            ),
                        ),
                        ("position", models.PositiveIntegerField(default=0)),
                        ("done", models.PositiveIntegerField(default=0, verbose_name="done")),
                        ("refused", models.PositiveIntegerField(default=0, verbose_name="refused")),
                        (
                            "refusal",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="last refusal"
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="decided at"
                            ),
                        ),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="carried out at")),
                    ],
                    options={
                        "verbose_name": "bulk decision",
                        "verbose_name_plural": "bulk decisions",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("ended_at", None)),
                                fields=["created_at"],
                                name="bulk_decision_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "position",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("done"), "+", models.F("refused")
                                        ),
                                    )
                                ),
                                name="bulk_decision_adds_up",
                                violation_error_message="Each message looked at was done or refused.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlarmLimitsEvent",
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
                                to="integrations.alarmlimits",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "connection",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "unsent_seconds",
                            models.PositiveIntegerField(
                                default=900,
                                help_text="A message waits longer than this.",
                                verbose_name="oldest unsent (s)",
                            ),
                        ),
                        (
                            "silent_factor",
                            models.DecimalField(
                                decimal_places=2,
                                default=2,
                                help_text="Compared with the partner's own silence at this time of the week in the last weeks.",
                                max_digits=5,
                                verbose_name="silence (times the usual)",
                            ),
                        ),
                        (
                            "silent_seconds",
                            models.PositiveIntegerField(
                                default=3600,
                                help_text="A shorter silence is never an alarm.",
                                verbose_name="silence at least (s)",
                            ),
                        ),
                        (
                            "clock_seconds",
                            models.PositiveIntegerField(default=60, verbose_name="clock difference (s)"),
                        ),
                        (
                            "watch_numbers",
                            models.BooleanField(
                                default=False,
                                help_text="The partner numbers its messages to us without gaps; a missing one is an alarm.",
                                verbose_name="numbers without gaps",
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
                                    hash="c8858031c7a4d813cf20b9074dbaa3c5c288f7e2",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_5b88b",
                                    table="integrations_alarmlimitsevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ConnectionEvent",
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
                                to="integrations.connection",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "plant",
                            models.ForeignKey(
                                db_constraint=False,
                                help_text="Whose local time the partner's times without zone are, and the plant of its orders.",
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "format",
                            models.CharField(
                                choices=[
                                    ("idoc", "SAP IDoc XML"),
                                    ("csv", "CSV files"),
                                    ("api", "REST API"),
                                    ("mapped", "own layout (mapping)"),
                                    ("b2mml", "B2MML"),
                                    ("odata", "SAP S/4HANA OData"),
                                    ("bc", "Business Central"),
                                    ("tryton", "Tryton"),
                                ],
                                max_length=20,
                                verbose_name="format",
                            ),
                        ),
                        (
                            "api_key",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="accounts.apikey",
                                verbose_name="API key",
                            ),
                        ),
                        (
                            "inbox_folder",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Below the exchange folder.",
                                max_length=300,
                                verbose_name="inbox folder",
                            ),
                        ),
                        (
                            "outbox_folder",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="outbox folder"
                            ),
                        ),
                        (
                            "encoding",
                            models.CharField(
                                blank=True, default="utf-8-sig", max_length=20, verbose_name="encoding"
                            ),
                        ),
                        (
                            "delivery",
                            models.CharField(
                                choices=[
                                    ("none", "not sent"),
                                    ("webhook", "signed webhook"),
                                    ("pull", "pulled by the partner"),
                                    ("file", "file drop"),
                                    ("connector", "posted to the partner's interface"),
                                ],
                                default="none",
                                max_length=10,
                                verbose_name="confirmations by",
                            ),
                        ),
                        (
                            "address",
                            models.URLField(
                                blank=True,
                                default="",
                                help_text="Of the webhook, or of the partner's interface.",
                                max_length=500,
                                verbose_name="address",
                            ),
                        ),
                        (
                            "secret_name",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Name of the environment variable that holds the signing secret or the password.",
                                max_length=60,
                                verbose_name="secret name",
                            ),
                        ),
                        (
                            "fetch_every_seconds",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="How often the partner is asked for what it has for us. Empty: never.",
                                null=True,
                                verbose_name="ask every (s)",
                            ),
                        ),
                        (
                            "confirm_every_seconds",
                            models.PositiveIntegerField(
                                default=60,
                                help_text="Reports of an operation are collected this long.",
                                verbose_name="confirm every (s)",
                            ),
                        ),
                        (
                            "confirm_when",
                            models.CharField(
                                choices=[
                                    ("interval", "every so many seconds"),
                                    ("shift_end", "at the end of the shift"),
                                    ("status_change", "when the operation's state changes"),
                                    ("operation_end", "at the end of the operation"),
                                ],
                                default="interval",
                                help_text="A finished operation is confirmed at once. No confirmation crosses a shift or a day.",
                                max_length=20,
                                verbose_name="confirm",
                            ),
                        ),
                        (
                            "upload_delay_seconds",
                            models.PositiveIntegerField(
                                default=0,
                                help_text="Confirmations wait this long for corrections before they leave.",
                                verbose_name="upload delay (s)",
                            ),
                        ),
                        (
                            "night_shift_day",
                            models.CharField(
                                choices=[
                                    ("start", "the day it begins"),
                                    ("end", "the day it ends"),
                                    ("clock", "the day of the clock: cut at midnight"),
                                ],
                                default="start",
                                max_length=10,
                                verbose_name="night shifts are posted on",
                            ),
                        ),
                        (
                            "release_on_arrival",
                            models.BooleanField(
                                default=False,
                                help_text="Release orders that the ERP has released.",
                                verbose_name="release on arrival",
                            ),
                        ),
                        (
                            "segment_dictionary",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Where the fields of flat IDocs lie. XML needs none.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.segmentdictionary",
                                verbose_name="segment dictionary",
                            ),
                        ),
                        (
                            "full_load_until",
                            models.DateTimeField(
                                blank=True,
                                help_text="Until then a full load of the ERP removes orders that it doesn't name and nobody began.",
                                null=True,
                                verbose_name="full load armed until",
                            ),
                        ),
                        (
                            "wait_minutes",
                            models.PositiveIntegerField(
                                default=60,
                                help_text="A message that names an item or work centre which is not here yet waits for it. Waiting longer than this is shown as trouble.",
                                verbose_name="wait at most (min)",
                            ),
                        ),
                        (
                            "mapping",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="For a partner with a layout of its own.",
                                limit_choices_to={"direction": "in"},
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.messagemapping",
                                verbose_name="mapping of what comes in",
                            ),
                        ),
                        (
                            "confirmation_mapping",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                limit_choices_to={"direction": "out"},
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.messagemapping",
                                verbose_name="mapping of confirmations",
                            ),
                        ),
                        (
                            "options",
                            models.JSONField(blank=True, default=dict, verbose_name="format options"),
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
                                    hash="6bb3f6489a5b7c7ff0047e78eb49952b3e26542d",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_9599d",
                                    table="integrations_connectionevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Difference",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="integrations.connection",
                                verbose_name="partner",
                            ),
                        ),
                        ("order_number", models.CharField(max_length=40, verbose_name="order")),
                        (
                            "operation_number",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="operation"),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.productionorder",
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.operation",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("unknown_here", "order not known here"),
                                    ("unknown_there", "order not known there"),
                                    ("by_hand", "posted by hand in the ERP"),
                                    ("cancelled", "cancelled or changed there"),
                                    ("refused", "refused by the ERP"),
                                    ("given_up", "discarded here, not booked there"),
                                    ("accepted", "accepted there, not posted yet"),
                                    ("in_flight", "on its way"),
                                ],
                                max_length=14,
                                verbose_name="reason",
                            ),
                        ),
                        ("amounts", models.JSONField(default=dict)),
                        (
                            "opened_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
                        ),
                        (
                            "seen_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="last seen"),
                        ),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="closed")),
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
                            "closing_reason",
                            models.CharField(
                                blank=True, default="", max_length=400, verbose_name="why closed"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "difference",
                        "verbose_name_plural": "differences",
                        "ordering": ("opened_at", "pk"),
                        "indexes": [
                            models.Index(fields=["connection", "order_number"], name="difference_order")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)),
                                fields=("connection", "order_number", "operation_number"),
                                name="difference_open_once",
                                violation_error_message="This difference is on the list already.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_by", None),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        models.Q(("closing_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="difference_closed_with_reason",
                                violation_error_message="Who closes a difference gives a reason.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("seen_at__gte", models.F("opened_at"))),
                                name="difference_times_in_order",
                                violation_error_message="A difference can't be seen before it began.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DownloadChannel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "machine",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "way",
                            models.CharField(
                                choices=[
                                    ("folder", "file to the DNC folder"),
                                    ("mqtt", "MQTT command with echo"),
                                    ("opcua_job", "OPC UA job order"),
                                    ("opcua_write", "OPC UA write and read back"),
                                ],
                                max_length=12,
                                verbose_name="way",
                            ),
                        ),
                        (
                            "folder",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Below the server's DNC folder.",
                                max_length=300,
                                verbose_name="folder",
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                blank=True,
                                help_text="The OPC UA server or MQTT broker.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="integrations.signalconnection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "options",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="Folder: parameters_file. MQTT: topic, echo_topic, with_file. OPC UA job order: receiver, start. OPC UA write: the items program, revision, sha256, and parameters by name.",
                                verbose_name="options",
                            ),
                        ),
                        ("active", models.BooleanField(default=False, verbose_name="switched on")),
                    ],
                    options={
                        "verbose_name": "download channel",
                        "verbose_name_plural": "download channels",
                        "ordering": ("machine",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("way", "folder"), _negated=True),
                                    models.Q(("folder", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="download_channel_folder",
                                violation_error_message="This way needs a folder.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("way", "folder"), ("connection__isnull", False), _connector="OR"
                                ),
                                name="download_channel_connection",
                                violation_error_message="This way needs a connection.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_downloadchannelevent" ("active", "connection_id", "folder", "id", "machine_id", "options", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "way") VALUES (NEW."active", NEW."connection_id", NEW."folder", NEW."id", NEW."machine_id", NEW."options", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."way"); RETURN NULL;',
                                    hash="db2730cbc710a91f491ea3b27f9315d45faac5c3",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_e7702",
                                    table="integrations_downloadchannel",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_downloadchannelevent" ("active", "connection_id", "folder", "id", "machine_id", "options", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "way") VALUES (NEW."active", NEW."connection_id", NEW."folder", NEW."id", NEW."machine_id", NEW."options", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."way"); RETURN NULL;',
                                    hash="743f5b63e319170939931f4f0d8a447b609f55b6",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_44c4b",
                                    table="integrations_downloadchannel",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_downloadchannelevent" ("active", "connection_id", "folder", "id", "machine_id", "options", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "way") VALUES (OLD."active", OLD."connection_id", OLD."folder", OLD."id", OLD."machine_id", OLD."options", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."way"); RETURN NULL;',
                                    hash="6f552eca1136460904dd77fd9fb3a380ca2be258",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_84550",
                                    table="integrations_downloadchannel",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DownloadChannelEvent",
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
                                to="integrations.downloadchannel",
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
                            "way",
                            models.CharField(
                                choices=[
                                    ("folder", "file to the DNC folder"),
                                    ("mqtt", "MQTT command with echo"),
                                    ("opcua_job", "OPC UA job order"),
                                    ("opcua_write", "OPC UA write and read back"),
                                ],
                                max_length=12,
                                verbose_name="way",
                            ),
                        ),
                        (
                            "folder",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Below the server's DNC folder.",
                                max_length=300,
                                verbose_name="folder",
                            ),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="The OPC UA server or MQTT broker.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.signalconnection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "options",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="Folder: parameters_file. MQTT: topic, echo_topic, with_file. OPC UA job order: receiver, start. OPC UA write: the items program, revision, sha256, and parameters by name.",
                                verbose_name="options",
                            ),
                        ),
                        ("active", models.BooleanField(default=False, verbose_name="switched on")),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="00f77c8f5342455dd3da2601063461cda3ae9c4e",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_de3ad",
                                    table="integrations_downloadchannelevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FetchState",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="fetch_state",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        ("cursor", models.JSONField(blank=True, default=dict, verbose_name="cursor")),
                        (
                            "next_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="next look"),
                        ),
                        ("asked_at", models.DateTimeField(null=True, verbose_name="last look")),
                        ("answered_at", models.DateTimeField(null=True, verbose_name="last answer")),
                        (
                            "problem",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="problem"),
                        ),
                    ],
                    options={
                        "verbose_name": "fetch state",
                        "verbose_name_plural": "fetch states",
                    },
                ),
                migrations.CreateModel(
                    name="FileRules",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "connection",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="file_rules",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "completion",
                            models.CharField(
                                choices=[
                                    ("still", "it stands still"),
                                    ("trigger", "a trigger file stands beside it"),
                                    ("renamed", "it is named by the ready suffix"),
                                ],
                                default="still",
                                max_length=10,
                                verbose_name="complete when",
                            ),
                        ),
                        (
                            "settle_seconds",
                            models.PositiveIntegerField(
                                default=2,
                                help_text="How long size and time of change must not move.",
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(3600),
                                ],
                                verbose_name="stands still (s)",
                            ),
                        ),
                        (
                            "ready_suffix",
                            models.CharField(
                                default=".ready",
                                help_text="Of the trigger file beside a file, or of a complete file's own name.",
                                max_length=20,
                                verbose_name="ready suffix",
                            ),
                        ),
                        (
                            "check_by",
                            models.CharField(
                                choices=[
                                    ("none", "nothing"),
                                    ("md5", "MD5 file beside it"),
                                    ("sha256", "SHA-256 file beside it"),
                                    ("trailer", "trailer line with the row count"),
                                ],
                                default="none",
                                max_length=10,
                                verbose_name="checked by",
                            ),
                        ),
                        (
                            "trailer_mark",
                            models.CharField(
                                default="TRAILER;",
                                help_text="The last line: this text, then the number of data rows before it.",
                                max_length=40,
                                verbose_name="trailer begins with",
                            ),
                        ),
                        (
                            "header_rows",
                            models.PositiveSmallIntegerField(
                                default=1,
                                help_text="First rows that the trailer doesn't count.",
                                verbose_name="header rows",
                            ),
                        ),
                        (
                            "number_pattern",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="{n} stands for the running number, * for anything: ORDERS_{n}_*.csv. Empty: no numbers.",
                                max_length=120,
                                verbose_name="numbered names",
                            ),
                        ),
                        (
                            "numbers_from",
                            models.PositiveBigIntegerField(
                                default=0,
                                help_text="Gaps below this number are settled.",
                                verbose_name="numbers count from",
                            ),
                        ),
                        (
                            "acknowledge",
                            models.BooleanField(
                                default=False,
                                help_text="Answer each file with one that says what became of it.",
                                verbose_name="acknowledgement files",
                            ),
                        ),
                        (
                            "appended",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Name of a file that the partner appends to: it is locked, copied, emptied and unlocked.",
                                max_length=120,
                                verbose_name="appended file",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "file rules",
                        "verbose_name_plural": "file rules",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("number_pattern", ""),
                                    ("number_pattern__contains", "{n}"),
                                    _connector="OR",
                                ),
                                name="file_rules_pattern_has_number",
                                violation_error_message="The pattern of numbered names needs {n}.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ready_suffix", ""), _negated=True),
                                name="file_rules_suffix",
                                violation_error_message="A ready suffix is needed.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("appended", ""),
                                    models.Q(("check_by", "none"), ("completion", "still")),
                                    _connector="OR",
                                ),
                                name="file_rules_appended_alone",
                                violation_error_message="An appended file has no ready suffix and is checked by nothing.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("check_by", "trailer"), _negated=True),
                                    models.Q(("trailer_mark", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="file_rules_trailer_has_mark",
                                violation_error_message="Say how the trailer line begins.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_filerulesevent" ("acknowledge", "appended", "check_by", "completion", "connection_id", "header_rows", "id", "number_pattern", "numbers_from", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "ready_suffix", "settle_seconds", "trailer_mark") VALUES (NEW."acknowledge", NEW."appended", NEW."check_by", NEW."completion", NEW."connection_id", NEW."header_rows", NEW."id", NEW."number_pattern", NEW."numbers_from", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."ready_suffix", NEW."settle_seconds", NEW."trailer_mark"); RETURN NULL;',
                                    hash="2d7bcb3c850909498da4eac9e5794edaa6e817d4",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_77478",
                                    table="integrations_filerules",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "integrations_filerulesevent" ("acknowledge", "appended", "check_by", "completion", "connection_id", "header_rows", "id", "number_pattern", "numbers_from", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "ready_suffix", "settle_seconds", "trailer_mark") VALUES (NEW."acknowledge", NEW."appended", NEW."check_by", NEW."completion", NEW."connection_id", NEW."header_rows", NEW."id", NEW."number_pattern", NEW."numbers_from", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."ready_suffix", NEW."settle_seconds", NEW."trailer_mark"); RETURN NULL;',
                                    hash="c966b502664deea9ee7b1161983ce76b3b421d54",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_c3d74",
                                    table="integrations_filerules",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "integrations_filerulesevent" ("acknowledge", "appended", "check_by", "completion", "connection_id", "header_rows", "id", "number_pattern", "numbers_from", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "ready_suffix", "settle_seconds", "trailer_mark") VALUES (OLD."acknowledge", OLD."appended", OLD."check_by", OLD."completion", OLD."connection_id", OLD."header_rows", OLD."id", OLD."number_pattern", OLD."numbers_from", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."ready_suffix", OLD."settle_seconds", OLD."trailer_mark"); RETURN NULL;',
                                    hash="dec138fd4d5ae50527afacef96579e554131a1d9",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_392df",
                                    table="integrations_filerules",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FileRulesEvent",
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
                                to="integrations.filerules",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "connection",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="integrations.connection",
                                verbose_name="connection",
                            ),
                        ),
                        (
                            "completion",
                            models.CharField(
                                choices=[
                                    ("still", "it stands still"),
                                    ("trigger", "a trigger file stands beside it"),
                                    ("renamed", "it is named by the ready suffix"),
                                ],
                                default="still",
                                max_length=10,
                                verbose_name="complete when",
                            ),
                        ),
                        (
                            "settle_seconds",
                            models.PositiveIntegerField(
                                default=2,
                                help_text="How long size and time of change must not move.",
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(3600),
                                ],
                                verbose_name="stands still (s)",
                            ),
                        ),
                        (
                            "ready_suffix",
                            models.CharField(
                                default=".ready",
                                help_text="Of the trigger file beside a file, or of a complete file's own name.",
                                max_length=20,
                                verbose_name="ready suffix",
                            ),
                        ),
                        (
                            "check_by",
                            models.CharField(
                                choices=[
                                    ("none", "nothing"),
                                    ("md5", "MD5 file beside it"),
                                    ("sha256", "SHA-256 file beside it"),
                                    ("trailer", "trailer line with the row count"),
                                ],
                                default="none",
                                max_length=10,
                                verbose_name="checked by",
                            ),
                        ),
                        (
                            "trailer_mark",
                            models.CharField(
                                default="TRAILER;",
                                help_text="The last line: this text, then the number of data rows before it.",
                                max_length=40,
                                verbose_name="trailer begins with",
                            ),
                        ),
                        (
                            "header_rows",
                            models.PositiveSmallIntegerField(
                                default=1,
                                help_text="First rows that the trailer doesn't count.",
                                verbose_name="header rows",
                            ),
                        ),
                        (
                            "number_pattern",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="{n} stands for the running number, * for anything: ORDERS_{n}_*.csv. Empty: no numbers.",
                                max_length=120,
                                verbose_name="numbered names",
                            ),
                        ),
                        (
                            "numbers_from",
                            models.PositiveBigIntegerField(
                                default=0,
                                help_text="Gaps below this number are settled.",
                                verbose_name="numbers count from",
                            ),
                        ),
                        (
                            "acknowledge",
                            models.BooleanField(
                                default=False,
                                help_text="Answer each file with one that says what became of it.",
                                verbose_name="acknowledgement files",
                            ),
                        ),
                        (
                            "appended",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Name of a file that the partner appends to: it is locked, copied, emptied and unlocked.",
                                max_length=120,
                                verbose_name="appended file",
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
                                    hash="3aaaab77750253a602410e0cd0ededdf8dd8655c",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_99744",
                                    table="integrations_filerulesevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GatewayNow",
                    fields=[
                        (
                            "gateway",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="now",
                                serialize=False,
                                to="integrations.gateway",
                            ),
                        ),
                        ("seen_at", models.DateTimeField(verbose_name="last heard of")),
                        ("started_at", models.DateTimeField(null=True, verbose_name="running since")),
                        (
                            "version",
                            models.CharField(blank=True, default="", max_length=40, verbose_name="version"),
                        ),
                        ("buffered", models.BigIntegerField(default=0, verbose_name="samples waiting in it")),
                        ("oldest_at", models.DateTimeField(null=True, verbose_name="oldest waiting sample")),
                        ("dropped", models.BigIntegerField(default=0, verbose_name="samples it had to drop")),
                        (
                            "refused_at",
                            models.DateTimeField(
                                help_text="It came with a key that is revoked or expired.",
                                null=True,
                                verbose_name="last refused at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "gateway status",
                        "verbose_name_plural": "gateway statuses",
                    },
                ),
                migrations.CreateModel(
                    name="GatewayEvent",
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
                                to="integrations.gateway",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.SlugField(db_index=False, max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
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
                            "api_key",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="accounts.apikey",
                                verbose_name="API key",
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
                                    hash="1ad3b56b3cda66eb449e62067877edf18b9d04c5",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_6bbfd",
                                    table="integrations_gatewayevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GatewayGap",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "gateway",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="gaps",
                                to="integrations.gateway",
                                verbose_name="gateway",
                            ),
                        ),
                        ("key", models.UUIDField(editable=False, unique=True)),
                        ("source", models.CharField(max_length=80, verbose_name="connection")),
                        ("machine_code", models.CharField(max_length=40, verbose_name="machine")),
                        ("since", models.DateTimeField(verbose_name="from")),
                        ("until", models.DateTimeField(verbose_name="until")),
                        ("samples", models.PositiveIntegerField(verbose_name="samples")),
                        (
                            "reported_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="reported at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "gap of a gateway",
                        "verbose_name_plural": "gaps of gateways",
                        "ordering": ("-reported_at",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("until__gte", models.F("since"))),
                                name="gateway_gap_forward",
                                violation_error_message="A gap ends after it begins.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignalConnectionNow",
                    fields=[
                        (
                            "connection",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="now",
                                serialize=False,
                                to="integrations.signalconnection",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("off", "off"),
                                    ("connecting", "connecting"),
                                    ("connected", "connected"),
                                    ("lost", "lost"),
                                ],
                                default="off",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("since", models.DateTimeField(null=True, verbose_name="since")),
                        (
                            "problem",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="problem"),
                        ),
                        ("heard_at", models.DateTimeField(null=True, verbose_name="last value at")),
                        (
                            "stood_at",
                            models.DateTimeField(null=True, verbose_name="last known to be connected"),
                        ),
                        ("received", models.BigIntegerField(default=0, verbose_name="values received")),
                        ("rejected", models.BigIntegerField(default=0, verbose_name="values rejected")),
                        (
                            "rejection",
                            models.CharField(
                                blank=True, default="", max_length=500, verbose_name="last rejection"
                            ),
                        ),
                        ("cursor", models.JSONField(default=dict, verbose_name="read up to")),
                        (
                            "held_by",
                            models.CharField(blank=True, default="", max_length=80, verbose_name="run by"),
                        ),
                        ("held_until", models.DateTimeField(null=True, verbose_name="run until")),
                    ],
                    options={
                        "verbose_name": "signal connection status",
                        "verbose_name_plural": "signal connection statuses",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("held_by", ""), ("held_until__isnull", True)),
                                    models.Q(
                                        models.Q(("held_by", ""), _negated=True),
                                        ("held_until__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="signal_connection_now_lease_pair",
                                violation_error_message="Who runs a connection and until when belong together.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignalValues",
                    fields=[
                        (
                            "connection",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="seen",
                                serialize=False,
                                to="integrations.signalconnection",
                            ),
                        ),
                        (
                            "watched_until",
                            models.DateTimeField(null=True, verbose_name="somebody looks until"),
                        ),
                        ("written_at", models.DateTimeField(null=True, verbose_name="written at")),
                        ("values", models.JSONField(default=dict, verbose_name="values")),
                    ],
                    options={
                        "verbose_name": "last values",
                        "verbose_name_plural": "last values",
                    },
                ),
            ],
        ),
    ]
