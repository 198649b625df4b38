import uuid
from decimal import Decimal

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import machines.models.state
from mes.lib.migrations import AtOnce


class Migration(migrations.Migration):
    replaces = [
        ("orders", "0001_initial"),
        ("orders", "0002_reclassify_and_terminals"),
        ("orders", "0003_settlements"),
        ("orders", "0004_moved_runs"),
        ("orders", "0005_downloads"),
        ("orders", "0006_item_thresholds"),
        ("orders", "0007_download_words"),
        ("orders", "0008_master_data_from_the_erp"),
        ("orders", "0009_plans"),
        ("orders", "0010_erp_rules_and_conflicts"),
        ("orders", "0011_customer_links"),
        ("orders", "0012_replanning"),
        ("orders", "0013_measured_profiles"),
        ("orders", "0014_holds_and_rework"),
        ("orders", "0015_history_of_holds"),
        ("orders", "0016_requirement_readings"),
        ("orders", "0017_promises"),
        ("orders", "0018_not_before"),
        ("orders", "0019_lots_and_places"),
        ("orders", "0020_lots_of_the_ledger"),
        ("orders", "0021_weights_of_plans"),
        ("orders", "0022_events_for_plans"),
        ("orders", "0023_cost"),
        ("orders", "0024_verified_requirements"),
        ("orders", "0025_assumed_availability"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0007_plans_as_messages"),
        ("machines", "0001_squashed_0019_cost"),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="SetupFamily",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                    ],
                    options={
                        "verbose_name": "setup family",
                        "verbose_name_plural": "setup families",
                        "ordering": ("code",),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_setupfamilyevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                                    hash="d58fce444240831eddf2aa4901512fe95156d88d",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_8f06d",
                                    table="orders_setupfamily",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_setupfamilyevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;',
                                    hash="8cf2ede6ab32a9b5ac45273ffe6b418238cfd617",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_1dc81",
                                    table="orders_setupfamily",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_setupfamilyevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                                    hash="7e3f7b24cd068dafdc502e0fb72b14f85fcbddb7",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_2a0ac",
                                    table="orders_setupfamily",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Unit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=3, unique=True, verbose_name="UN/ECE code")),
                        ("symbol", models.CharField(max_length=10, verbose_name="symbol")),
                        ("name", models.CharField(max_length=60, verbose_name="name")),
                        (
                            "decimals",
                            models.PositiveSmallIntegerField(default=0, verbose_name="decimal places"),
                        ),
                    ],
                    options={
                        "verbose_name": "unit",
                        "verbose_name_plural": "units",
                        "ordering": ("code",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("decimals__lte", 3)),
                                name="unit_decimals_at_most_three",
                                violation_error_message="Quantities have at most three decimal places.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_unitevent" ("code", "decimals", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "symbol") VALUES (NEW."code", NEW."decimals", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."symbol"); RETURN NULL;',
                                    hash="1062b146b022bf6114cf5d6ad4904a4ad23d643d",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_b41c2",
                                    table="orders_unit",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_unitevent" ("code", "decimals", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "symbol") VALUES (NEW."code", NEW."decimals", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."symbol"); RETURN NULL;',
                                    hash="5d1ae2b680867fff7b5200aa2c8e470195b9933b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_3e36c",
                                    table="orders_unit",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_unitevent" ("code", "decimals", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "symbol") VALUES (OLD."code", OLD."decimals", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."symbol"); RETURN NULL;',
                                    hash="9079187337c11d5a0955fa0dcf59e3b93dfbb5fc",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_56cb3",
                                    table="orders_unit",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Item",
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
                        ("code", models.CharField(max_length=60, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        (
                            "names",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="For example {“en”: “Shaft”}.",
                                verbose_name="names by language",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.unit",
                                verbose_name="unit",
                            ),
                        ),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="revision"),
                        ),
                        (
                            "revision_released_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Engineer-to-order work starts only after this.",
                                null=True,
                                verbose_name="revision released at",
                            ),
                        ),
                        (
                            "strategy",
                            models.CharField(
                                choices=[
                                    ("MTS", "make to stock"),
                                    ("MTO", "make to order"),
                                    ("ATO", "assemble to order"),
                                    ("ETO", "engineer to order"),
                                ],
                                default="MTO",
                                max_length=3,
                                verbose_name="strategy",
                            ),
                        ),
                        (
                            "setup_family",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="orders.setupfamily",
                                verbose_name="setup family",
                            ),
                        ),
                        ("stocked", models.BooleanField(default=True, verbose_name="kept in stock")),
                        ("lot_tracked", models.BooleanField(default=False, verbose_name="tracked by lot")),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "standard_price",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="What one unit of it costs as material. Empty: not known, and said so.",
                                max_digits=14,
                                null=True,
                                verbose_name="standard price (€)",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "item",
                        "verbose_name_plural": "items",
                        "ordering": ("code",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("standard_price__isnull", True),
                                    ("standard_price__gte", 0),
                                    _connector="OR",
                                ),
                                name="item_standard_price_positive",
                                violation_error_message="A price can't be negative.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_itemevent" ("active", "code", "erp_values", "id", "lot_tracked", "name", "names", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned", "revision", "revision_released_at", "setup_family_id", "standard_price", "stocked", "strategy", "unit_id") VALUES (NEW."active", NEW."code", NEW."erp_values", NEW."id", NEW."lot_tracked", NEW."name", NEW."names", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."pinned", NEW."revision", NEW."revision_released_at", NEW."setup_family_id", NEW."standard_price", NEW."stocked", NEW."strategy", NEW."unit_id"); RETURN NULL;',
                                    hash="02dd9ad2bce2d7963458bd1de3af40c7a4f8a161",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_1638e",
                                    table="orders_item",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."active" IS DISTINCT FROM (NEW."active") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."erp_values" IS DISTINCT FROM (NEW."erp_values") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."lot_tracked" IS DISTINCT FROM (NEW."lot_tracked") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."names" IS DISTINCT FROM (NEW."names") OR OLD."pinned" IS DISTINCT FROM (NEW."pinned") OR OLD."revision" IS DISTINCT FROM (NEW."revision") OR OLD."revision_released_at" IS DISTINCT FROM (NEW."revision_released_at") OR OLD."setup_family_id" IS DISTINCT FROM (NEW."setup_family_id") OR OLD."standard_price" IS DISTINCT FROM (NEW."standard_price") OR OLD."stocked" IS DISTINCT FROM (NEW."stocked") OR OLD."strategy" IS DISTINCT FROM (NEW."strategy") OR OLD."unit_id" IS DISTINCT FROM (NEW."unit_id"))',
                                    func='INSERT INTO "orders_itemevent" ("active", "code", "erp_values", "id", "lot_tracked", "name", "names", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned", "revision", "revision_released_at", "setup_family_id", "standard_price", "stocked", "strategy", "unit_id") VALUES (NEW."active", NEW."code", NEW."erp_values", NEW."id", NEW."lot_tracked", NEW."name", NEW."names", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."pinned", NEW."revision", NEW."revision_released_at", NEW."setup_family_id", NEW."standard_price", NEW."stocked", NEW."strategy", NEW."unit_id"); RETURN NULL;',
                                    hash="2ca9583c0ee03500ee261e911ebee0c5a565e8be",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_881fb",
                                    table="orders_item",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_itemevent" ("active", "code", "erp_values", "id", "lot_tracked", "name", "names", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned", "revision", "revision_released_at", "setup_family_id", "standard_price", "stocked", "strategy", "unit_id") VALUES (OLD."active", OLD."code", OLD."erp_values", OLD."id", OLD."lot_tracked", OLD."name", OLD."names", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."pinned", OLD."revision", OLD."revision_released_at", OLD."setup_family_id", OLD."standard_price", OLD."stocked", OLD."strategy", OLD."unit_id"); RETURN NULL;',
                                    hash="2058631e44fce9e607d6657eaa092ee373fca1f3",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_f23f3",
                                    table="orders_item",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Bom",
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
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="boms",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="revision"),
                        ),
                        (
                            "base_quantity",
                            models.DecimalField(
                                decimal_places=3, default=1, max_digits=15, verbose_name="base quantity"
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "bill of material",
                        "verbose_name_plural": "bills of material",
                        "ordering": ("item", "revision"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("item", "revision"),
                                name="bom_unique_per_revision",
                                violation_error_message="This item already has a bill of material for this revision.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("base_quantity__gt", 0)),
                                name="bom_base_quantity_positive",
                                violation_error_message="The base quantity must be positive.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_bomevent" ("active", "base_quantity", "id", "item_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revision") VALUES (NEW."active", NEW."base_quantity", NEW."id", NEW."item_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."revision"); RETURN NULL;',
                                    hash="a9120f9e47990edcf346d33041af9340277d1cc9",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_1d0ca",
                                    table="orders_bom",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."active" IS DISTINCT FROM (NEW."active") OR OLD."base_quantity" IS DISTINCT FROM (NEW."base_quantity") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."revision" IS DISTINCT FROM (NEW."revision"))',
                                    func='INSERT INTO "orders_bomevent" ("active", "base_quantity", "id", "item_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revision") VALUES (NEW."active", NEW."base_quantity", NEW."id", NEW."item_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."revision"); RETURN NULL;',
                                    hash="4d9f805e4ed49a93fbab6b095ca55adcd18f00c8",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_b4aa3",
                                    table="orders_bom",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_bomevent" ("active", "base_quantity", "id", "item_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revision") VALUES (OLD."active", OLD."base_quantity", OLD."id", OLD."item_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."revision"); RETURN NULL;',
                                    hash="239800e5157c759e65421df0aa39d9e056810b35",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_59965",
                                    table="orders_bom",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Customer",
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
                        ("code", models.CharField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "customer",
                        "verbose_name_plural": "customers",
                        "ordering": ("code",),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_customerevent" ("active", "code", "erp_values", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned") VALUES (NEW."active", NEW."code", NEW."erp_values", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."pinned"); RETURN NULL;',
                                    hash="cc951ba1352bf4a21e19f76f90d65ff4a0ee6f5b",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_653d3",
                                    table="orders_customer",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."active" IS DISTINCT FROM (NEW."active") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."erp_values" IS DISTINCT FROM (NEW."erp_values") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."pinned" IS DISTINCT FROM (NEW."pinned"))',
                                    func='INSERT INTO "orders_customerevent" ("active", "code", "erp_values", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned") VALUES (NEW."active", NEW."code", NEW."erp_values", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."pinned"); RETURN NULL;',
                                    hash="6335543568ccd72765cb86895680ad09d9aa85e9",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_9aded",
                                    table="orders_customer",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_customerevent" ("active", "code", "erp_values", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned") VALUES (OLD."active", OLD."code", OLD."erp_values", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."pinned"); RETURN NULL;',
                                    hash="34fd9d92733079d9f21eef84acbb5562249a131e",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_1c2ab",
                                    table="orders_customer",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CustomerOrder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="number")),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="orders.customer",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "customer_reference",
                            models.CharField(
                                blank=True, default="", max_length=80, verbose_name="customer's reference"
                            ),
                        ),
                        (
                            "received_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="received at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "customer order",
                        "verbose_name_plural": "customer orders",
                        "ordering": ("-received_at",),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_customerorderevent" ("customer_id", "customer_reference", "id", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "received_at") VALUES (NEW."customer_id", NEW."customer_reference", NEW."id", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."received_at"); RETURN NULL;',
                                    hash="1b54eec3c15c208e456a48e63ca8eb83645cca94",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_3d27b",
                                    table="orders_customerorder",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_customerorderevent" ("customer_id", "customer_reference", "id", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "received_at") VALUES (NEW."customer_id", NEW."customer_reference", NEW."id", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."received_at"); RETURN NULL;',
                                    hash="12fe7cb978a7abbd151eee74883bae83449036bb",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_d75d2",
                                    table="orders_customerorder",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_customerorderevent" ("customer_id", "customer_reference", "id", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "received_at") VALUES (OLD."customer_id", OLD."customer_reference", OLD."id", OLD."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."received_at"); RETURN NULL;',
                                    hash="bf9735d1890eef65a5541fe3dc16c64eb1c67027",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_95b9c",
                                    table="orders_customerorder",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CustomerOrderLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="orders.customerorder",
                                verbose_name="customer order",
                            ),
                        ),
                        ("position", models.CharField(max_length=10, verbose_name="position")),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.unit",
                                verbose_name="unit",
                            ),
                        ),
                        (
                            "strategy",
                            models.CharField(
                                choices=[
                                    ("MTS", "make to stock"),
                                    ("MTO", "make to order"),
                                    ("ATO", "assemble to order"),
                                    ("ETO", "engineer to order"),
                                ],
                                default="MTO",
                                max_length=3,
                                verbose_name="strategy",
                            ),
                        ),
                        (
                            "unit_price",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="What the customer pays, net.",
                                max_digits=14,
                                null=True,
                                verbose_name="price per unit (€)",
                            ),
                        ),
                        (
                            "requested_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="requested date"),
                        ),
                        (
                            "promised_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="promised date"),
                        ),
                    ],
                    options={
                        "verbose_name": "customer order line",
                        "verbose_name_plural": "customer order lines",
                        "ordering": ("order", "position"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "position"),
                                name="customer_order_line_position_unique",
                                violation_error_message="This position is taken.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="customer_order_line_quantity_positive",
                                violation_error_message="The quantity must be positive.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_customerorderlineevent" ("id", "item_id", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "promised_at", "quantity", "requested_at", "strategy", "unit_id", "unit_price") VALUES (NEW."id", NEW."item_id", NEW."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."position", NEW."promised_at", NEW."quantity", NEW."requested_at", NEW."strategy", NEW."unit_id", NEW."unit_price"); RETURN NULL;',
                                    hash="cce3bc47bb00aa7666292b62fce870b0fe04d9ce",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_fa3d7",
                                    table="orders_customerorderline",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_customerorderlineevent" ("id", "item_id", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "promised_at", "quantity", "requested_at", "strategy", "unit_id", "unit_price") VALUES (NEW."id", NEW."item_id", NEW."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."position", NEW."promised_at", NEW."quantity", NEW."requested_at", NEW."strategy", NEW."unit_id", NEW."unit_price"); RETURN NULL;',
                                    hash="f704dbd35038fd776b5cb9dcb7c85cf3aaa0fc2f",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_0e578",
                                    table="orders_customerorderline",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_customerorderlineevent" ("id", "item_id", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "promised_at", "quantity", "requested_at", "strategy", "unit_id", "unit_price") VALUES (OLD."id", OLD."item_id", OLD."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."position", OLD."promised_at", OLD."quantity", OLD."requested_at", OLD."strategy", OLD."unit_id", OLD."unit_price"); RETURN NULL;',
                                    hash="27f7b2075a3a6fc7ef5251574e898717bd047512",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_17e21",
                                    table="orders_customerorderline",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProductionOrder",
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
                                verbose_name="plant",
                            ),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="number")),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="revision"),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.unit",
                                verbose_name="unit",
                            ),
                        ),
                        (
                            "strategy",
                            models.CharField(
                                choices=[
                                    ("MTS", "make to stock"),
                                    ("MTO", "make to order"),
                                    ("ATO", "assemble to order"),
                                    ("ETO", "engineer to order"),
                                ],
                                default="MTO",
                                max_length=3,
                                verbose_name="strategy",
                            ),
                        ),
                        (
                            "order_type",
                            models.CharField(
                                blank=True, default="", max_length=20, verbose_name="order type"
                            ),
                        ),
                        (
                            "priority",
                            models.IntegerField(
                                default=50, help_text="Smaller is more urgent.", verbose_name="priority"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("planned", "planned"),
                                    ("released", "released"),
                                    ("running", "running"),
                                    ("finished", "finished"),
                                    ("closed", "closed"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="planned",
                                max_length=20,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "customer_line",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="production_orders",
                                to="orders.customerorderline",
                                verbose_name="customer order line",
                            ),
                        ),
                        (
                            "requested_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="requested date"),
                        ),
                        (
                            "promised_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="promised date"),
                        ),
                        (
                            "planned_start_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="planned start"),
                        ),
                        (
                            "under_tolerance_percent",
                            models.DecimalField(
                                decimal_places=1,
                                default=0,
                                max_digits=5,
                                verbose_name="underdelivery tolerance (%)",
                            ),
                        ),
                        (
                            "over_tolerance_percent",
                            models.DecimalField(
                                decimal_places=1,
                                default=0,
                                max_digits=5,
                                verbose_name="overdelivery tolerance (%)",
                            ),
                        ),
                        (
                            "erp_status",
                            models.CharField(
                                choices=[
                                    ("planned", "planned"),
                                    ("released", "released"),
                                    ("blocked", "blocked"),
                                    ("technically_complete", "technically complete"),
                                    ("closed", "closed"),
                                ],
                                default="released",
                                max_length=30,
                                verbose_name="status in the ERP",
                            ),
                        ),
                        (
                            "erp_version",
                            models.CharField(
                                blank=True, default="", max_length=60, verbose_name="version in the ERP"
                            ),
                        ),
                        (
                            "erp_raw",
                            models.JSONField(blank=True, default=dict, verbose_name="further ERP fields"),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created at"
                            ),
                        ),
                        (
                            "released_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="released at"),
                        ),
                        (
                            "started_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="started at"),
                        ),
                        (
                            "finished_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                        ),
                        (
                            "good",
                            models.DecimalField(
                                decimal_places=3, default=Decimal("0.000"), max_digits=15, verbose_name="good"
                            ),
                        ),
                        (
                            "scrap",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="scrap",
                            ),
                        ),
                        (
                            "rework",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="rework",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "production order",
                        "verbose_name_plural": "production orders",
                        "ordering": ("priority", "requested_at", "number"),
                        "indexes": [
                            models.Index(
                                fields=["plant", "state", "priority", "requested_at"],
                                name="order_open_by_urgency",
                            ),
                            models.Index(fields=["-created_at"], name="order_newest"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "number"),
                                name="order_number_unique_in_plant",
                                violation_error_message="This plant already has an order with this number.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="order_quantity_positive",
                                violation_error_message="The quantity must be positive.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("released_at__isnull", True), ("state", "planned")),
                                    ("state", "cancelled"),
                                    models.Q(
                                        models.Q(("state__in", ("planned", "cancelled")), _negated=True),
                                        ("released_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="order_released_with_time",
                                violation_error_message="A released order has a release time.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "finished"), _negated=True),
                                    ("finished_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="order_finished_with_time",
                                violation_error_message="A finished order has an end.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CostQuote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cost_quote",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "frozen_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="frozen at"),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        (
                            "unit_price",
                            models.DecimalField(
                                decimal_places=4, max_digits=14, null=True, verbose_name="price per unit (€)"
                            ),
                        ),
                        ("rates", models.JSONField(default=dict, verbose_name="rates")),
                    ],
                    options={
                        "verbose_name": "cost quote",
                        "verbose_name_plural": "cost quotes",
                    },
                ),
                migrations.CreateModel(
                    name="CustomerEvent",
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
                                to="orders.customer",
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
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="14f9ede328553d1097b9d35b967c1e59607fc4ba",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_f7526",
                                    table="orders_customerevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CustomerLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="links",
                                to="orders.customerorder",
                                verbose_name="customer order",
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True)),
                        (
                            "made_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="made"),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="made by",
                            ),
                        ),
                        ("expires_at", models.DateTimeField(verbose_name="expires")),
                        ("revoked_at", models.DateTimeField(null=True, verbose_name="taken back")),
                        (
                            "revoked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="taken back by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "customer link",
                        "verbose_name_plural": "customer links",
                        "ordering": ("-made_at",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("made_at"))),
                                name="customer_link_expires_later",
                                violation_error_message="A link expires after it was made.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("revoked_at__isnull", True), ("revoked_by__isnull", True)),
                                    models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="customer_link_revoked_by_somebody",
                                violation_error_message="Who took a link back and when belong together.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CustomerOrderEvent",
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
                                to="orders.customerorder",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("number", models.CharField(max_length=40, verbose_name="number")),
                        (
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.customer",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "customer_reference",
                            models.CharField(
                                blank=True, default="", max_length=80, verbose_name="customer's reference"
                            ),
                        ),
                        (
                            "received_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="received at"
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
                                    hash="5326f7e6ce926810fc76dd015de56f7150ebe4df",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_bcbd6",
                                    table="orders_customerorderevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CustomerOrderLineEvent",
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
                                to="orders.customerorderline",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "order",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.customerorder",
                                verbose_name="customer order",
                            ),
                        ),
                        ("position", models.CharField(max_length=10, verbose_name="position")),
                        (
                            "item",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.unit",
                                verbose_name="unit",
                            ),
                        ),
                        (
                            "strategy",
                            models.CharField(
                                choices=[
                                    ("MTS", "make to stock"),
                                    ("MTO", "make to order"),
                                    ("ATO", "assemble to order"),
                                    ("ETO", "engineer to order"),
                                ],
                                default="MTO",
                                max_length=3,
                                verbose_name="strategy",
                            ),
                        ),
                        (
                            "unit_price",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="What the customer pays, net.",
                                max_digits=14,
                                null=True,
                                verbose_name="price per unit (€)",
                            ),
                        ),
                        (
                            "requested_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="requested date"),
                        ),
                        (
                            "promised_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="promised date"),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="cda666c2c561fc6f979e2e4388539c788c454fab",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_296da",
                                    table="orders_customerorderlineevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Operation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=10, verbose_name="operation")),
                        (
                            "text",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="text"),
                        ),
                        (
                            "setup_seconds",
                            models.DecimalField(
                                decimal_places=3, default=0, max_digits=12, verbose_name="setup (s)"
                            ),
                        ),
                        (
                            "run_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                default=0,
                                help_text="Per base quantity.",
                                max_digits=12,
                                verbose_name="run time (s)",
                            ),
                        ),
                        (
                            "base_quantity",
                            models.DecimalField(
                                decimal_places=3, default=1, max_digits=15, verbose_name="base quantity"
                            ),
                        ),
                        (
                            "program",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="program"),
                        ),
                        (
                            "program_revision",
                            models.CharField(
                                blank=True, default="", max_length=40, verbose_name="program revision"
                            ),
                        ),
                        (
                            "parameters",
                            models.JSONField(blank=True, default=dict, verbose_name="setup parameters"),
                        ),
                        ("inspection", models.BooleanField(default=False, verbose_name="inspection needed")),
                        ("outside", models.BooleanField(default=False, verbose_name="outside operation")),
                        (
                            "outside_price",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="What the supplier takes per base quantity.",
                                max_digits=14,
                                null=True,
                                verbose_name="price outside (€)",
                            ),
                        ),
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
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="operations",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        ("position", models.PositiveIntegerField(verbose_name="position")),
                        (
                            "machine_group",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.machinegroup",
                                verbose_name="machine group",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                blank=True,
                                help_text="Pinned by a planner; empty: any of the group.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "tool",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.tool",
                                verbose_name="tool",
                            ),
                        ),
                        (
                            "skill",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.skill",
                                verbose_name="skill",
                            ),
                        ),
                        (
                            "rework_of",
                            models.ForeignKey(
                                blank=True,
                                help_text="Repairs pieces of this operation; what comes of them is booked there.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reworks",
                                to="orders.operation",
                                verbose_name="rework of",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("planned", "planned"),
                                    ("released", "released"),
                                    ("setup", "in setup"),
                                    ("production", "in production"),
                                    ("interrupted", "interrupted"),
                                    ("finished", "finished"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="planned",
                                max_length=20,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "counting",
                            models.CharField(
                                choices=[("machine", "machine"), ("person", "person")],
                                default="person",
                                max_length=10,
                                verbose_name="counted by",
                            ),
                        ),
                        (
                            "confirmation_number",
                            models.CharField(
                                blank=True, default="", max_length=20, verbose_name="confirmation number"
                            ),
                        ),
                        (
                            "sequence",
                            models.CharField(blank=True, default="", max_length=10, verbose_name="sequence"),
                        ),
                        (
                            "control_key",
                            models.CharField(
                                blank=True, default="", max_length=10, verbose_name="control key"
                            ),
                        ),
                        (
                            "earliest_start_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="earliest start"),
                        ),
                        (
                            "latest_end_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="latest end"),
                        ),
                        (
                            "not_before_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="A planner knows that material, or what is outside, comes no earlier.",
                                null=True,
                                verbose_name="not before",
                            ),
                        ),
                        (
                            "started_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="started at"),
                        ),
                        (
                            "finished_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                        ),
                        (
                            "good",
                            models.DecimalField(
                                decimal_places=3, default=Decimal("0.000"), max_digits=15, verbose_name="good"
                            ),
                        ),
                        (
                            "scrap",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="scrap",
                            ),
                        ),
                        (
                            "rework",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="rework",
                            ),
                        ),
                        (
                            "setup_pieces",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="setup pieces",
                            ),
                        ),
                        ("erp_raw", models.JSONField(blank=True, default=dict)),
                    ],
                    options={
                        "verbose_name": "operation",
                        "verbose_name_plural": "operations",
                        "ordering": ("order", "position"),
                        "indexes": [
                            models.Index(fields=["machine_group", "state"], name="operation_queue"),
                            models.Index(
                                fields=["confirmation_number"], name="operation_confirmation_number"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "sequence", "number"),
                                name="operation_number_unique",
                                violation_error_message="This order already has an operation with this number.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="operation_quantity_positive",
                                violation_error_message="The quantity must be positive.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ("setup", "production", "interrupted", "finished")),
                                        _negated=True,
                                    ),
                                    ("started_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="operation_started_with_time",
                                violation_error_message="A started operation has a start.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("finished_at__isnull", False), ("state", "finished")),
                                    models.Q(
                                        models.Q(("state", "finished"), _negated=True),
                                        ("finished_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="operation_finished_with_time",
                                violation_error_message="Exactly a finished operation has an end.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgramFile",
                    fields=[
                        (
                            "sha256",
                            models.CharField(
                                max_length=64, primary_key=True, serialize=False, verbose_name="SHA-256"
                            ),
                        ),
                        ("content", models.BinaryField(verbose_name="content")),
                        (
                            "stored_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="stored at"),
                        ),
                    ],
                    options={
                        "verbose_name": "program file",
                        "verbose_name_plural": "program files",
                    },
                ),
                migrations.CreateModel(
                    name="Run",
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
                            "operation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="runs",
                                to="orders.operation",
                                verbose_name="operation",
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
                        ("slot", models.PositiveSmallIntegerField(default=1, verbose_name="slot")),
                        ("started_at", models.DateTimeField(verbose_name="started at")),
                        (
                            "production_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="production from"),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                        (
                            "counted_to",
                            models.DateTimeField(blank=True, null=True, verbose_name="counted to"),
                        ),
                        (
                            "inferred",
                            models.BooleanField(
                                default=False,
                                help_text="The program that ran named the order.",
                                verbose_name="opened by itself",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "run",
                        "verbose_name_plural": "runs",
                        "ordering": ("started_at",),
                        "indexes": [
                            models.Index(
                                fields=["machine", "slot", "started_at"], name="run_machine_slot_start"
                            ),
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=["machine"],
                                name="run_open",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_at__isnull", True),
                                    ("ended_at__gte", models.F("started_at")),
                                    _connector="OR",
                                ),
                                name="run_forward",
                                violation_error_message="The end must not be before the start.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("production_at__isnull", True),
                                    ("production_at__gte", models.F("started_at")),
                                    _connector="OR",
                                ),
                                name="run_production_after_start",
                                violation_error_message="Production can't begin before the run.",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(
                                    ("ended_at__isnull", True),
                                    ("ended_at__gte", models.F("started_at")),
                                    _connector="OR",
                                ),
                                expressions=(
                                    ("machine", "="),
                                    ("slot", "="),
                                    (machines.models.state.TsTzRange("started_at", "ended_at"), "&&"),
                                ),
                                name="run_one_per_slot",
                                violation_error_message="Another run occupies this slot at that time.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Download",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        (
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.plant",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="downloads",
                                to="orders.run",
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="downloads",
                                to="orders.operation",
                                verbose_name="operation",
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
                            "program",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="program"),
                        ),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=40, verbose_name="revision"),
                        ),
                        (
                            "file_name",
                            models.CharField(
                                blank=True, default="", max_length=200, verbose_name="file name"
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.programfile",
                            ),
                        ),
                        ("parameters", models.JSONField(default=dict, verbose_name="setup parameters")),
                        (
                            "on_mismatch",
                            models.CharField(
                                choices=[
                                    ("none", "nothing"),
                                    ("warn", "warn"),
                                    ("hold", "warn and hold the operation"),
                                ],
                                default="warn",
                                max_length=10,
                                verbose_name="if another program runs",
                            ),
                        ),
                        (
                            "preparation_slot",
                            models.BooleanField(default=False, verbose_name="also while it runs"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("requested", "requested"),
                                    ("approved", "approved"),
                                    ("sent", "sent"),
                                    ("accepted", "accepted by the machine"),
                                    ("verified", "sent and verified"),
                                    ("in_use", "in use"),
                                    ("failed", "failed"),
                                ],
                                default="requested",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "requested_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="requested at"
                            ),
                        ),
                        (
                            "problem",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="problem"),
                        ),
                        (
                            "mismatch",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="mismatch"),
                        ),
                        ("compared_at", models.DateTimeField(null=True, verbose_name="compared at")),
                        ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                        (
                            "next_try_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="next try at"
                            ),
                        ),
                        ("claimed_until", models.DateTimeField(null=True)),
                    ],
                    options={
                        "verbose_name": "download",
                        "verbose_name_plural": "downloads",
                        "ordering": ("-id",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "approved")),
                                fields=["next_try_at"],
                                name="download_to_send",
                            ),
                            models.Index(
                                condition=models.Q(("compared_at__isnull", True)),
                                fields=["machine"],
                                name="download_to_compare",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state__in", ("requested", "approved", "sent", "accepted", "verified"))
                                ),
                                fields=("run",),
                                name="download_one_on_its_way",
                                violation_error_message="A download of this run is already on its way.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "failed"), _negated=True),
                                    models.Q(("problem", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="download_failed_with_reason",
                                violation_error_message="A failed download says why.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DownloadRule",
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
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "machine_group",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="machines.machinegroup",
                                verbose_name="machine group",
                            ),
                        ),
                        (
                            "active",
                            models.BooleanField(
                                default=False,
                                help_text="Off: nothing is sent and nothing compared.",
                                verbose_name="sending switched on",
                            ),
                        ),
                        (
                            "approval_needed",
                            models.BooleanField(
                                default=True,
                                help_text="Somebody with the right to send programs says yes each time.",
                                verbose_name="approval needed",
                            ),
                        ),
                        (
                            "preparation_slot",
                            models.BooleanField(
                                default=False,
                                help_text="Only for machines that keep the next program apart from the running one.",
                                verbose_name="also while it runs",
                            ),
                        ),
                        (
                            "on_mismatch",
                            models.CharField(
                                choices=[
                                    ("none", "nothing"),
                                    ("warn", "warn"),
                                    ("hold", "warn and hold the operation"),
                                ],
                                default="warn",
                                max_length=10,
                                verbose_name="if another program runs",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "download rule",
                        "verbose_name_plural": "download rules",
                        "ordering": ("machine_group", "machine"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("machine__isnull", False), ("machine_group__isnull", True)),
                                    models.Q(("machine__isnull", True), ("machine_group__isnull", False)),
                                    _connector="OR",
                                ),
                                name="download_rule_for_one",
                                violation_error_message="A rule is for a machine or for a group.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_downloadruleevent" ("active", "approval_needed", "id", "machine_group_id", "machine_id", "on_mismatch", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preparation_slot") VALUES (NEW."active", NEW."approval_needed", NEW."id", NEW."machine_group_id", NEW."machine_id", NEW."on_mismatch", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."preparation_slot"); RETURN NULL;',
                                    hash="f9f5ccb120169dc32fb3d2cfd068bfed323f813a",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_002a0",
                                    table="orders_downloadrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_downloadruleevent" ("active", "approval_needed", "id", "machine_group_id", "machine_id", "on_mismatch", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preparation_slot") VALUES (NEW."active", NEW."approval_needed", NEW."id", NEW."machine_group_id", NEW."machine_id", NEW."on_mismatch", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."preparation_slot"); RETURN NULL;',
                                    hash="d340d0a7260ac2cfa33cc767eee0343bd04df388",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_16b1f",
                                    table="orders_downloadrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_downloadruleevent" ("active", "approval_needed", "id", "machine_group_id", "machine_id", "on_mismatch", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preparation_slot") VALUES (OLD."active", OLD."approval_needed", OLD."id", OLD."machine_group_id", OLD."machine_id", OLD."on_mismatch", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."preparation_slot"); RETURN NULL;',
                                    hash="52ad0f78072da66f5c28936bcf387b5367e92e93",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_52b59",
                                    table="orders_downloadrule",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DownloadRuleEvent",
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
                                to="orders.downloadrule",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
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
                            "machine_group",
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
                            "active",
                            models.BooleanField(
                                default=False,
                                help_text="Off: nothing is sent and nothing compared.",
                                verbose_name="sending switched on",
                            ),
                        ),
                        (
                            "approval_needed",
                            models.BooleanField(
                                default=True,
                                help_text="Somebody with the right to send programs says yes each time.",
                                verbose_name="approval needed",
                            ),
                        ),
                        (
                            "preparation_slot",
                            models.BooleanField(
                                default=False,
                                help_text="Only for machines that keep the next program apart from the running one.",
                                verbose_name="also while it runs",
                            ),
                        ),
                        (
                            "on_mismatch",
                            models.CharField(
                                choices=[
                                    ("none", "nothing"),
                                    ("warn", "warn"),
                                    ("hold", "warn and hold the operation"),
                                ],
                                default="warn",
                                max_length=10,
                                verbose_name="if another program runs",
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
                                    hash="ed1d755568e8d0ee447c44387938a9c26e1d34bd",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_10948",
                                    table="orders_downloadruleevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DownloadStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "download",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="orders.download",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("requested", "requested"),
                                    ("approved", "approved"),
                                    ("sent", "sent"),
                                    ("accepted", "accepted by the machine"),
                                    ("verified", "sent and verified"),
                                    ("in_use", "in use"),
                                    ("failed", "failed"),
                                ],
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        (
                            "comment",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="comment"),
                        ),
                        ("details", models.JSONField(default=dict, verbose_name="details")),
                    ],
                    options={
                        "verbose_name": "download step",
                        "verbose_name_plural": "download steps",
                        "ordering": ("id",),
                    },
                ),
                migrations.CreateModel(
                    name="Hold",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="holds",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="holds",
                                to="orders.operation",
                                verbose_name="operation",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holds",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        ("lot", models.CharField(blank=True, default="", max_length=40, verbose_name="lot")),
                        (
                            "plant",
                            models.ForeignKey(
                                blank=True,
                                help_text="Where an item or a lot is held.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("quality", "quality"),
                                    ("nonconformance", "nonconformance"),
                                    ("recall", "recall"),
                                    ("erp_change", "changed by the ERP"),
                                    ("manual", "put on hold by a person"),
                                    ("program", "another program on the machine"),
                                ],
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                        ("reason", models.CharField(max_length=300, verbose_name="reason")),
                        (
                            "reference",
                            models.CharField(
                                blank=True, default="", max_length=60, verbose_name="belongs to"
                            ),
                        ),
                        (
                            "placed_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="placed at"),
                        ),
                        (
                            "placed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "asked_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="release asked for at"),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "release_reason",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="reason of the release"
                            ),
                        ),
                        ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="lifted at")),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "hold",
                        "verbose_name_plural": "holds",
                        "ordering": ("-placed_at",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("lifted_at__isnull", True)),
                                fields=["order"],
                                name="hold_open",
                            ),
                            models.Index(
                                condition=models.Q(("lifted_at__isnull", True)),
                                fields=["item", "lot"],
                                name="hold_open_item",
                            ),
                            models.Index(
                                condition=models.Q(("lifted_at__isnull", True)),
                                fields=["machine"],
                                name="hold_open_machine",
                            ),
                            models.Index(
                                condition=models.Q(("reference", ""), _negated=True),
                                fields=["reference"],
                                name="hold_reference",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("lifted_at__isnull", True),
                                    ("lifted_at__gte", models.F("placed_at")),
                                    _connector="OR",
                                ),
                                name="hold_lifted_after_placed",
                                violation_error_message="A hold is lifted after it is placed.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("item__isnull", True),
                                        ("lot", ""),
                                        ("machine__isnull", True),
                                        ("order__isnull", False),
                                    ),
                                    models.Q(
                                        ("item__isnull", True),
                                        ("lot", ""),
                                        ("machine__isnull", False),
                                        ("operation__isnull", True),
                                        ("order__isnull", True),
                                    ),
                                    models.Q(
                                        ("item__isnull", False),
                                        ("machine__isnull", True),
                                        ("operation__isnull", True),
                                        ("order__isnull", True),
                                        ("plant__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="hold_one_target",
                                violation_error_message="A hold lies on an order, a machine, or an item of a plant.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("asked_at__isnull", True), ("asked_by__isnull", True)),
                                    models.Q(("asked_at__isnull", False), ("asked_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="hold_asked_by_somebody",
                                violation_error_message="Whoever asks for a release is named with the time.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_holdevent" ("asked_at", "asked_by_id", "id", "item_id", "kind", "lifted_at", "lifted_by_id", "lot", "machine_id", "operation_id", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed_at", "placed_by_id", "plant_id", "reason", "reference", "release_reason") VALUES (NEW."asked_at", NEW."asked_by_id", NEW."id", NEW."item_id", NEW."kind", NEW."lifted_at", NEW."lifted_by_id", NEW."lot", NEW."machine_id", NEW."operation_id", NEW."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."placed_at", NEW."placed_by_id", NEW."plant_id", NEW."reason", NEW."reference", NEW."release_reason"); RETURN NULL;',
                                    hash="b12eadf79d2a5ca463bcfdb6698af1dfa69f3fa8",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_23ae9",
                                    table="orders_hold",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_holdevent" ("asked_at", "asked_by_id", "id", "item_id", "kind", "lifted_at", "lifted_by_id", "lot", "machine_id", "operation_id", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed_at", "placed_by_id", "plant_id", "reason", "reference", "release_reason") VALUES (NEW."asked_at", NEW."asked_by_id", NEW."id", NEW."item_id", NEW."kind", NEW."lifted_at", NEW."lifted_by_id", NEW."lot", NEW."machine_id", NEW."operation_id", NEW."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."placed_at", NEW."placed_by_id", NEW."plant_id", NEW."reason", NEW."reference", NEW."release_reason"); RETURN NULL;',
                                    hash="cd0db07ef9e691991d1e70e6580211d3f70ba341",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_33da0",
                                    table="orders_hold",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_holdevent" ("asked_at", "asked_by_id", "id", "item_id", "kind", "lifted_at", "lifted_by_id", "lot", "machine_id", "operation_id", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed_at", "placed_by_id", "plant_id", "reason", "reference", "release_reason") VALUES (OLD."asked_at", OLD."asked_by_id", OLD."id", OLD."item_id", OLD."kind", OLD."lifted_at", OLD."lifted_by_id", OLD."lot", OLD."machine_id", OLD."operation_id", OLD."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."placed_at", OLD."placed_by_id", OLD."plant_id", OLD."reason", OLD."reference", OLD."release_reason"); RETURN NULL;',
                                    hash="71b8ee4c1677fb37b0fbd10e5615419014597840",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_857ac",
                                    table="orders_hold",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ErpConflict",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="conflicts",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="orders.operation",
                                verbose_name="operation",
                            ),
                        ),
                        (
                            "field",
                            models.CharField(
                                choices=[
                                    ("dates", "dates, priority, tolerances"),
                                    ("quantity_more", "quantity, more"),
                                    ("quantity_less", "quantity, less"),
                                    ("item", "item"),
                                    ("work_centre", "work centre of an operation"),
                                    ("work_plan", "times, program, parameters of an operation"),
                                    ("confirmation_number", "confirmation number"),
                                    ("new_operation", "a new operation"),
                                    ("removed_operation", "an operation is gone"),
                                    ("cancellation", "order cancelled"),
                                    ("closing", "technically complete, closed"),
                                    ("components", "components"),
                                ],
                                max_length=24,
                                verbose_name="field",
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="what exactly")),
                        (
                            "mes_value",
                            models.CharField(
                                blank=True, default="", max_length=120, verbose_name="MES value"
                            ),
                        ),
                        (
                            "erp_value",
                            models.CharField(
                                blank=True, default="", max_length=120, verbose_name="ERP value"
                            ),
                        ),
                        ("reason", models.CharField(max_length=300, verbose_name="reason")),
                        (
                            "hold",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="conflicts",
                                to="orders.hold",
                            ),
                        ),
                        ("via", models.CharField(blank=True, default="", max_length=80, verbose_name="via")),
                        ("message", models.BigIntegerField(null=True, verbose_name="message")),
                        (
                            "version",
                            models.CharField(
                                blank=True, default="", max_length=60, verbose_name="version in the ERP"
                            ),
                        ),
                        (
                            "raised_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("taken", "the ERP's value taken"),
                                    ("kept", "our value kept"),
                                    ("proposed", "our value proposed to the ERP"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "conflict with the ERP",
                        "verbose_name_plural": "conflicts with the ERP",
                        "ordering": ("-raised_at", "-pk"),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["raised_at"],
                                name="erp_conflict_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("order", "operation", "field", "name"),
                                name="erp_conflict_open_once",
                                nulls_distinct=False,
                                violation_error_message="This conflict is open already.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at__isnull", True), ("state", "open")),
                                    models.Q(
                                        models.Q(("state", "open"), _negated=True),
                                        ("decided_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="erp_conflict_decided_with_time",
                                violation_error_message="Exactly a decided conflict has the time of its decision.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ErpRule",
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
                                blank=True,
                                help_text="Empty: every plant.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "order_type",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Empty: every order type.",
                                max_length=20,
                                verbose_name="order type",
                            ),
                        ),
                        (
                            "field",
                            models.CharField(
                                choices=[
                                    ("dates", "dates, priority, tolerances"),
                                    ("quantity_more", "quantity, more"),
                                    ("quantity_less", "quantity, less"),
                                    ("item", "item"),
                                    ("work_centre", "work centre of an operation"),
                                    ("work_plan", "times, program, parameters of an operation"),
                                    ("confirmation_number", "confirmation number"),
                                    ("new_operation", "a new operation"),
                                    ("removed_operation", "an operation is gone"),
                                    ("cancellation", "order cancelled"),
                                    ("closing", "technically complete, closed"),
                                    ("components", "components"),
                                ],
                                max_length=24,
                                verbose_name="the ERP changes",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("untouched", "nothing begun"),
                                    ("in_work", "in work"),
                                    ("finished", "finished"),
                                ],
                                max_length=12,
                                verbose_name="work",
                            ),
                        ),
                        (
                            "answer",
                            models.CharField(
                                choices=[
                                    ("take", "take"),
                                    ("tell", "take and tell the operator"),
                                    ("hold", "take and hold until acknowledged"),
                                    ("conflict", "keep ours, raise a conflict"),
                                    ("log", "keep ours, log only"),
                                ],
                                max_length=10,
                                verbose_name="answer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "rule for ERP changes",
                        "verbose_name_plural": "rules for ERP changes",
                        "ordering": ("plant", "order_type", "field", "state"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "order_type", "field", "state"),
                                name="erp_rule_unique",
                                nulls_distinct=False,
                                violation_error_message="There is a rule for this already.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("answer__in", ("take", "tell", "hold")),
                                        (
                                            "field__in",
                                            (
                                                "item",
                                                "work_centre",
                                                "removed_operation",
                                                "cancellation",
                                                "closing",
                                                "components",
                                            ),
                                        ),
                                        ("state", "in_work"),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        ("answer__in", ("take", "tell", "hold")),
                                        (
                                            "field__in",
                                            (
                                                "item",
                                                "work_centre",
                                                "removed_operation",
                                                "cancellation",
                                                "closing",
                                                "components",
                                                "work_plan",
                                                "new_operation",
                                            ),
                                        ),
                                        ("state", "finished"),
                                        _negated=True,
                                    ),
                                ),
                                name="erp_rule_keeps_what_is_reported",
                                violation_error_message="What is reported may never be changed: work that has begun keeps its item, its work centre and its end, finished work also its plan. Choose conflict or log.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("answer", "hold"), ("state", "finished"), _negated=True),
                                name="erp_rule_no_hold_when_finished",
                                violation_error_message="Nothing starts any more that a hold could stop.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_erpruleevent" ("answer", "field", "id", "order_type", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "state") VALUES (NEW."answer", NEW."field", NEW."id", NEW."order_type", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."state"); RETURN NULL;',
                                    hash="2b038a714872b57fad02ad7f06b0ae803efc908e",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_aec19",
                                    table="orders_erprule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_erpruleevent" ("answer", "field", "id", "order_type", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "state") VALUES (NEW."answer", NEW."field", NEW."id", NEW."order_type", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."state"); RETURN NULL;',
                                    hash="e0fe4695abcc5769f8edc5af68caa69e7a0d8181",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_4bbb3",
                                    table="orders_erprule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_erpruleevent" ("answer", "field", "id", "order_type", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "state") VALUES (OLD."answer", OLD."field", OLD."id", OLD."order_type", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."state"); RETURN NULL;',
                                    hash="a10f1a474ce46bc9b95de07cf3fa8821c628c692",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_eba48",
                                    table="orders_erprule",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ErpRuleEvent",
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
                                to="orders.erprule",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "plant",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Empty: every plant.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "order_type",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Empty: every order type.",
                                max_length=20,
                                verbose_name="order type",
                            ),
                        ),
                        (
                            "field",
                            models.CharField(
                                choices=[
                                    ("dates", "dates, priority, tolerances"),
                                    ("quantity_more", "quantity, more"),
                                    ("quantity_less", "quantity, less"),
                                    ("item", "item"),
                                    ("work_centre", "work centre of an operation"),
                                    ("work_plan", "times, program, parameters of an operation"),
                                    ("confirmation_number", "confirmation number"),
                                    ("new_operation", "a new operation"),
                                    ("removed_operation", "an operation is gone"),
                                    ("cancellation", "order cancelled"),
                                    ("closing", "technically complete, closed"),
                                    ("components", "components"),
                                ],
                                max_length=24,
                                verbose_name="the ERP changes",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("untouched", "nothing begun"),
                                    ("in_work", "in work"),
                                    ("finished", "finished"),
                                ],
                                max_length=12,
                                verbose_name="work",
                            ),
                        ),
                        (
                            "answer",
                            models.CharField(
                                choices=[
                                    ("take", "take"),
                                    ("tell", "take and tell the operator"),
                                    ("hold", "take and hold until acknowledged"),
                                    ("conflict", "keep ours, raise a conflict"),
                                    ("log", "keep ours, log only"),
                                ],
                                max_length=10,
                                verbose_name="answer",
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
                                    hash="917d265470a7717df8c174b51be2a5baff8a49a5",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_fb3b2",
                                    table="orders_erpruleevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ScrapReason",
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
                                related_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                    ],
                    options={
                        "verbose_name": "scrap reason",
                        "verbose_name_plural": "scrap reasons",
                        "ordering": ("plant", "position", "code"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "code"),
                                name="scrap_reason_code_unique",
                                violation_error_message="This plant already has a scrap reason with this code.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_scrapreasonevent" ("active", "code", "erp_code", "id", "name_de", "name_en", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "position") VALUES (NEW."active", NEW."code", NEW."erp_code", NEW."id", NEW."name_de", NEW."name_en", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."position"); RETURN NULL;',
                                    hash="620c298da306547a94a7f8a4ab2a6bf735afd703",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_4cfb3",
                                    table="orders_scrapreason",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_scrapreasonevent" ("active", "code", "erp_code", "id", "name_de", "name_en", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "position") VALUES (NEW."active", NEW."code", NEW."erp_code", NEW."id", NEW."name_de", NEW."name_en", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."position"); RETURN NULL;',
                                    hash="74f30bf93dc0f620be28d8123779d3fea30b62ec",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_3f7fe",
                                    table="orders_scrapreason",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_scrapreasonevent" ("active", "code", "erp_code", "id", "name_de", "name_en", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "position") VALUES (OLD."active", OLD."code", OLD."erp_code", OLD."id", OLD."name_de", OLD."name_en", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."position"); RETURN NULL;',
                                    hash="04ed8730381da6d84559dddda33878fe8c239abf",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_efcc2",
                                    table="orders_scrapreason",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProductionEvent",
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
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        ("body_hash", models.CharField(blank=True, default="", max_length=32)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("created", "created"),
                                    ("changed", "changed"),
                                    ("conflict", "conflict with the ERP"),
                                    ("decided", "conflict with the ERP decided"),
                                    ("proposed", "our value proposed to the ERP"),
                                    ("released", "released"),
                                    ("cancelled", "cancelled"),
                                    ("closed", "closed"),
                                    ("setup_started", "setup started"),
                                    ("production_started", "production started"),
                                    ("interrupted", "interrupted"),
                                    ("resumed", "resumed"),
                                    ("finished", "finished"),
                                    ("reported", "reported by a person"),
                                    ("reclassified", "taken from the good pieces"),
                                    ("counted", "counted by the machine"),
                                    ("reversed", "reversed"),
                                    ("moved", "run moved to another operation"),
                                    ("logged_on", "person logged on"),
                                    ("logged_off", "person logged off"),
                                    ("held", "put on hold"),
                                    ("hold_lifted", "hold lifted"),
                                ],
                                max_length=24,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="orders.operation",
                                verbose_name="operation",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="orders.run",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "good",
                            models.DecimalField(
                                decimal_places=3, default=Decimal("0.000"), max_digits=15, verbose_name="good"
                            ),
                        ),
                        (
                            "scrap",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="scrap",
                            ),
                        ),
                        (
                            "rework",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="rework",
                            ),
                        ),
                        (
                            "setup_pieces",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="setup pieces",
                            ),
                        ),
                        (
                            "scrap_reason",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.scrapreason",
                                verbose_name="reason",
                            ),
                        ),
                        ("occurred_at", models.DateTimeField(verbose_name="occurred at")),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="recorded at"
                            ),
                        ),
                        ("period_start", models.DateTimeField(null=True)),
                        ("period_end", models.DateTimeField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        ("via", models.CharField(blank=True, default="", max_length=80, verbose_name="via")),
                        (
                            "reverses",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversed_by",
                                to="orders.productionevent",
                            ),
                        ),
                        (
                            "comment",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="comment"),
                        ),
                        ("details", models.JSONField(blank=True, default=dict, verbose_name="details")),
                    ],
                    options={
                        "verbose_name": "production event",
                        "verbose_name_plural": "production events",
                        "ordering": ("id",),
                        "indexes": [
                            models.Index(fields=["operation", "id"], name="event_operation"),
                            models.Index(fields=["order", "id"], name="event_order"),
                            models.Index(
                                condition=models.Q(
                                    ("kind__in", ("reported", "reclassified", "counted", "reversed"))
                                ),
                                fields=["machine", "occurred_at"],
                                name="event_machine_time",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("kind__in", ("changed", "cancelled")), ("scrap__gt", 0), _connector="OR"
                                ),
                                fields=["plant", "recorded_at"],
                                name="event_for_plans",
                            ),
                            models.Index(
                                condition=models.Q(("kind", "counted")),
                                fields=["run"],
                                name="event_run_counted",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "reversed"),
                                    models.Q(
                                        ("kind", "reclassified"),
                                        (
                                            "good",
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("scrap"), "*", models.Value(-1)
                                                ),
                                                "-",
                                                models.F("rework"),
                                            ),
                                        ),
                                    ),
                                    models.Q(("good__gte", 0), ("scrap__gte", 0), ("rework__gte", 0)),
                                    _connector="OR",
                                ),
                                name="event_negative_only_in_reversal",
                                violation_error_message="Only a reversal takes quantities back.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "reversed"), _negated=True),
                                    ("reverses__isnull", False),
                                    _connector="OR",
                                ),
                                name="event_reversal_names_its_event",
                                violation_error_message="A reversal names what it reverses.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Lot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lots",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="number")),
                        (
                            "supplier",
                            models.CharField(blank=True, default="", max_length=120, verbose_name="supplier"),
                        ),
                        (
                            "supplier_lot",
                            models.CharField(
                                blank=True, default="", max_length=60, verbose_name="supplier's lot"
                            ),
                        ),
                        ("expires_on", models.DateField(blank=True, null=True, verbose_name="usable until")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("free", "free"),
                                    ("quality", "in inspection"),
                                    ("blocked", "blocked"),
                                    ("consumed", "used up"),
                                ],
                                default="free",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lots",
                                to="orders.productionorder",
                                verbose_name="made by order",
                            ),
                        ),
                        (
                            "made_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="made or received"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "lot",
                        "verbose_name_plural": "lots",
                        "ordering": ("-made_at", "-id"),
                        "indexes": [
                            models.Index(fields=["number"], name="lot_number"),
                            models.Index(
                                condition=models.Q(("supplier_lot", ""), _negated=True),
                                fields=["supplier_lot"],
                                name="lot_supplier_lot",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("item", "number"),
                                name="lot_number_unique",
                                violation_error_message="This item already has a lot with this number.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("number", ""), _negated=True),
                                name="lot_has_a_number",
                                violation_error_message="A lot has a number.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_lotevent" ("expires_on", "id", "item_id", "made_at", "number", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "supplier", "supplier_lot") VALUES (NEW."expires_on", NEW."id", NEW."item_id", NEW."made_at", NEW."number", NEW."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."status", NEW."supplier", NEW."supplier_lot"); RETURN NULL;',
                                    hash="046980de9b9eda01b2445eb9588685dec191d87d",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_ae801",
                                    table="orders_lot",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_lotevent" ("expires_on", "id", "item_id", "made_at", "number", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "supplier", "supplier_lot") VALUES (NEW."expires_on", NEW."id", NEW."item_id", NEW."made_at", NEW."number", NEW."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."status", NEW."supplier", NEW."supplier_lot"); RETURN NULL;',
                                    hash="c41f59035b9d17a81f5e867d68614b6a25acc775",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_30ba7",
                                    table="orders_lot",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_lotevent" ("expires_on", "id", "item_id", "made_at", "number", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "supplier", "supplier_lot") VALUES (OLD."expires_on", OLD."id", OLD."item_id", OLD."made_at", OLD."number", OLD."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."status", OLD."supplier", OLD."supplier_lot"); RETURN NULL;',
                                    hash="fa187f28d66188d835b7fb800d39cf1d2954e863",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_8de8c",
                                    table="orders_lot",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FeederLoad",
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
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "feeder",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="feeder"),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="loads",
                                to="orders.lot",
                                verbose_name="lot",
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        (
                            "loaded_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="loaded at"),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "lot on a feeder",
                        "verbose_name_plural": "lots on feeders",
                        "ordering": ("-loaded_at",),
                        "indexes": [
                            models.Index(fields=["machine", "loaded_at"], name="feeder_machine_time")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_at__isnull", True),
                                    ("ended_at__gte", models.F("loaded_at")),
                                    _connector="OR",
                                ),
                                name="feeder_load_forward",
                                violation_error_message="The end must not be before the start.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("machine", "feeder"),
                                name="feeder_load_one_at_a_time",
                                violation_error_message="Another lot is on this feeder.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GenealogyEdge",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.lot",
                            ),
                        ),
                        (
                            "child",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.lot",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["child", "parent"], name="genealogy_backward")],
                        "constraints": [
                            models.UniqueConstraint(fields=("parent", "child"), name="genealogy_forward")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GenealogyLink",
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
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("consumed", "consumed"),
                                    ("split", "split off"),
                                    ("merged", "merged"),
                                    ("serial", "serial number given"),
                                ],
                                default="consumed",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="went_into",
                                to="orders.lot",
                                verbose_name="lot",
                            ),
                        ),
                        (
                            "child",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="made_from",
                                to="orders.lot",
                                verbose_name="went into",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
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
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.run",
                                verbose_name="run",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.productionevent",
                            ),
                        ),
                        (
                            "occurred_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="occurred at"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "genealogy link",
                        "verbose_name_plural": "genealogy links",
                        "ordering": ("-id",),
                        "indexes": [
                            models.Index(fields=["machine", "occurred_at"], name="genealogy_machine_time"),
                            models.Index(fields=["parent", "child"], name="genealogy_link_pair"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity", 0), _negated=True),
                                name="genealogy_link_not_zero",
                                violation_error_message="A link has a quantity.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("parent", models.F("child")), _negated=True),
                                name="genealogy_link_not_itself",
                                violation_error_message="A lot doesn't go into itself.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Place",
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
                                verbose_name="plant",
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        (
                            "name",
                            models.CharField(blank=True, default="", max_length=120, verbose_name="name"),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parts",
                                to="orders.place",
                                verbose_name="part of",
                            ),
                        ),
                        (
                            "capacity",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                help_text="In units of what lies there; empty: unlimited.",
                                max_digits=15,
                                null=True,
                                verbose_name="capacity",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "storage place",
                        "verbose_name_plural": "storage places",
                        "ordering": ("plant", "code"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "code"),
                                name="place_code_unique",
                                violation_error_message="This plant already has a storage place with this code.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("capacity__isnull", True), ("capacity__gt", 0), _connector="OR"
                                ),
                                name="place_capacity_positive",
                                violation_error_message="A capacity is positive.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("parent__isnull", True),
                                    models.Q(("parent", models.F("pk")), _negated=True),
                                    _connector="OR",
                                ),
                                name="place_not_its_own_part",
                                violation_error_message="A storage place isn't part of itself.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_placeevent" ("active", "capacity", "code", "id", "name", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id") VALUES (NEW."active", NEW."capacity", NEW."code", NEW."id", NEW."name", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id"); RETURN NULL;',
                                    hash="9d152084604731aa3f291c97ca29f03b4c00a1e9",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_b2e91",
                                    table="orders_place",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_placeevent" ("active", "capacity", "code", "id", "name", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id") VALUES (NEW."active", NEW."capacity", NEW."code", NEW."id", NEW."name", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id"); RETURN NULL;',
                                    hash="7a00a0326857c517a52b89446c10399ec51523ab",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_f13dd",
                                    table="orders_place",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_placeevent" ("active", "capacity", "code", "id", "name", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id") VALUES (OLD."active", OLD."capacity", OLD."code", OLD."id", OLD."name", OLD."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id"); RETURN NULL;',
                                    hash="82079cbd0ba6d085611be3a673b186023de7255f",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_10011",
                                    table="orders_place",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HandlingUnit",
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
                                verbose_name="plant",
                            ),
                        ),
                        ("sscc", models.CharField(max_length=18, unique=True, verbose_name="SSCC")),
                        (
                            "place",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="units",
                                to="orders.place",
                                verbose_name="place",
                            ),
                        ),
                        (
                            "packed_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="packed at"),
                        ),
                    ],
                    options={
                        "verbose_name": "handling unit",
                        "verbose_name_plural": "handling units",
                        "ordering": ("-packed_at",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("sscc__regex", "^[0-9]{18}$")),
                                name="handling_unit_sscc_digits",
                                violation_error_message="An SSCC has 18 digits.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_handlingunitevent" ("id", "packed_at", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "plant_id", "sscc") VALUES (NEW."id", NEW."packed_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."place_id", NEW."plant_id", NEW."sscc"); RETURN NULL;',
                                    hash="91ef285d6515c31162c480d5f7a72bcf8e2a6fc9",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_30c31",
                                    table="orders_handlingunit",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_handlingunitevent" ("id", "packed_at", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "plant_id", "sscc") VALUES (NEW."id", NEW."packed_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."place_id", NEW."plant_id", NEW."sscc"); RETURN NULL;',
                                    hash="f8e104e1e39085be2256915782575218c1884216",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_47e7c",
                                    table="orders_handlingunit",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_handlingunitevent" ("id", "packed_at", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "plant_id", "sscc") VALUES (OLD."id", OLD."packed_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."place_id", OLD."plant_id", OLD."sscc"); RETURN NULL;',
                                    hash="9b82cd348aed2582a0e26fb7e304c32bab60fa18",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_771da",
                                    table="orders_handlingunit",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HandlingUnitContent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="contents",
                                to="orders.handlingunit",
                                verbose_name="handling unit",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="units",
                                to="orders.lot",
                                verbose_name="lot",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                    ],
                    options={
                        "verbose_name": "content of a handling unit",
                        "verbose_name_plural": "contents of handling units",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("unit", "lot"),
                                name="handling_unit_lot_once",
                                violation_error_message="This lot is already in the handling unit.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="handling_unit_quantity_positive",
                                violation_error_message="The quantity must be positive.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_handlingunitcontentevent" ("id", "lot_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "unit_id") VALUES (NEW."id", NEW."lot_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."quantity", NEW."unit_id"); RETURN NULL;',
                                    hash="9bf4e666724b40ce86b3e6f3df20a90097d9f87b",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_48830",
                                    table="orders_handlingunitcontent",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_handlingunitcontentevent" ("id", "lot_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "unit_id") VALUES (NEW."id", NEW."lot_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."quantity", NEW."unit_id"); RETURN NULL;',
                                    hash="347a37814f4c2c156f4a16e0faade2cc9765fc80",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_ac965",
                                    table="orders_handlingunitcontent",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_handlingunitcontentevent" ("id", "lot_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "unit_id") VALUES (OLD."id", OLD."lot_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."quantity", OLD."unit_id"); RETURN NULL;',
                                    hash="5e5c18487aea9462a85ccbd9db01b60b7436d3ba",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_11980",
                                    table="orders_handlingunitcontent",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HandlingUnitContentEvent",
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
                                to="orders.handlingunitcontent",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "unit",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.handlingunit",
                                verbose_name="handling unit",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.lot",
                                verbose_name="lot",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="72b690cf54c862fcf03e31637160ceeebdcf3804",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_d7962",
                                    table="orders_handlingunitcontentevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HandlingUnitEvent",
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
                                to="orders.handlingunit",
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
                        ("sscc", models.CharField(max_length=18, verbose_name="SSCC")),
                        (
                            "place",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.place",
                                verbose_name="place",
                            ),
                        ),
                        (
                            "packed_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="packed at"),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="889d2a99cc87edbdf361488c04dc7a9418011cd7",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_4c862",
                                    table="orders_handlingunitevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HoldEvent",
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
                                to="orders.hold",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "order",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.operation",
                                verbose_name="operation",
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
                            "item",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        ("lot", models.CharField(blank=True, default="", max_length=40, verbose_name="lot")),
                        (
                            "plant",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Where an item or a lot is held.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("quality", "quality"),
                                    ("nonconformance", "nonconformance"),
                                    ("recall", "recall"),
                                    ("erp_change", "changed by the ERP"),
                                    ("manual", "put on hold by a person"),
                                    ("program", "another program on the machine"),
                                ],
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                        ("reason", models.CharField(max_length=300, verbose_name="reason")),
                        (
                            "reference",
                            models.CharField(
                                blank=True, default="", max_length=60, verbose_name="belongs to"
                            ),
                        ),
                        (
                            "placed_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="placed at"),
                        ),
                        (
                            "placed_by",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "asked_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="release asked for at"),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "release_reason",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="reason of the release"
                            ),
                        ),
                        ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="lifted at")),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                                    hash="a06a977fc47a77e4f23f719b26a17248f0e90596",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_600ba",
                                    table="orders_holdevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HoldPolicy",
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
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("quality", "quality"),
                                    ("nonconformance", "nonconformance"),
                                    ("recall", "recall"),
                                    ("erp_change", "changed by the ERP"),
                                    ("manual", "put on hold by a person"),
                                    ("program", "another program on the machine"),
                                ],
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "roles",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("operator", "operator"),
                                        ("supervisor", "supervisor"),
                                        ("planner", "planner"),
                                        ("quality", "quality"),
                                        ("engineer", "engineer"),
                                        ("admin", "admin"),
                                    ],
                                    max_length=20,
                                ),
                                blank=True,
                                default=list,
                                help_text="Empty: whoever has the right.",
                                size=None,
                                verbose_name="roles that release",
                            ),
                        ),
                        (
                            "second_person",
                            models.BooleanField(
                                default=False,
                                help_text="One asks for the release, another one grants it.",
                                verbose_name="a second person releases",
                            ),
                        ),
                        (
                            "signature",
                            models.BooleanField(default=False, verbose_name="with an electronic signature"),
                        ),
                    ],
                    options={
                        "verbose_name": "rule for releasing holds",
                        "verbose_name_plural": "rules for releasing holds",
                        "ordering": ("plant", "kind"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "kind"),
                                name="hold_policy_unique",
                                violation_error_message="This plant already has a rule for this kind of hold.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_holdpolicyevent" ("id", "kind", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "roles", "second_person", "signature") VALUES (NEW."id", NEW."kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."roles", NEW."second_person", NEW."signature"); RETURN NULL;',
                                    hash="b821da9a6647ad7ab1f9153f4d32561644771a6e",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_cac7f",
                                    table="orders_holdpolicy",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_holdpolicyevent" ("id", "kind", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "roles", "second_person", "signature") VALUES (NEW."id", NEW."kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."roles", NEW."second_person", NEW."signature"); RETURN NULL;',
                                    hash="5ad7e541dcdf4ae615ac49b7951b150c4f651126",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_5b324",
                                    table="orders_holdpolicy",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_holdpolicyevent" ("id", "kind", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "roles", "second_person", "signature") VALUES (OLD."id", OLD."kind", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."roles", OLD."second_person", OLD."signature"); RETURN NULL;',
                                    hash="b498545d87fd55d782644922ab83fa91320aacaa",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_0ebe7",
                                    table="orders_holdpolicy",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HoldPolicyEvent",
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
                                to="orders.holdpolicy",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("quality", "quality"),
                                    ("nonconformance", "nonconformance"),
                                    ("recall", "recall"),
                                    ("erp_change", "changed by the ERP"),
                                    ("manual", "put on hold by a person"),
                                    ("program", "another program on the machine"),
                                ],
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "roles",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("operator", "operator"),
                                        ("supervisor", "supervisor"),
                                        ("planner", "planner"),
                                        ("quality", "quality"),
                                        ("engineer", "engineer"),
                                        ("admin", "admin"),
                                    ],
                                    max_length=20,
                                ),
                                blank=True,
                                default=list,
                                help_text="Empty: whoever has the right.",
                                size=None,
                                verbose_name="roles that release",
                            ),
                        ),
                        (
                            "second_person",
                            models.BooleanField(
                                default=False,
                                help_text="One asks for the release, another one grants it.",
                                verbose_name="a second person releases",
                            ),
                        ),
                        (
                            "signature",
                            models.BooleanField(default=False, verbose_name="with an electronic signature"),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="15d66981a334bc8ec94b64289812482843212224",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_f2033",
                                    table="orders_holdpolicyevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ItemEvent",
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
                                to="orders.item",
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
                        ("code", models.CharField(max_length=60, verbose_name="code")),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        (
                            "names",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="For example {“en”: “Shaft”}.",
                                verbose_name="names by language",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.unit",
                                verbose_name="unit",
                            ),
                        ),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="revision"),
                        ),
                        (
                            "revision_released_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Engineer-to-order work starts only after this.",
                                null=True,
                                verbose_name="revision released at",
                            ),
                        ),
                        (
                            "strategy",
                            models.CharField(
                                choices=[
                                    ("MTS", "make to stock"),
                                    ("MTO", "make to order"),
                                    ("ATO", "assemble to order"),
                                    ("ETO", "engineer to order"),
                                ],
                                default="MTO",
                                max_length=3,
                                verbose_name="strategy",
                            ),
                        ),
                        (
                            "setup_family",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.setupfamily",
                                verbose_name="setup family",
                            ),
                        ),
                        ("stocked", models.BooleanField(default=True, verbose_name="kept in stock")),
                        ("lot_tracked", models.BooleanField(default=False, verbose_name="tracked by lot")),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "standard_price",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="What one unit of it costs as material. Empty: not known, and said so.",
                                max_digits=14,
                                null=True,
                                verbose_name="standard price (€)",
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
                                    hash="a2346a3325722f7248127d4e136241c8ffe019ba",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_f2ec8",
                                    table="orders_itemevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ItemThreshold",
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
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="thresholds",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "micro_stop_seconds",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                max_digits=12,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="micro-stop threshold (s)",
                            ),
                        ),
                        (
                            "gap_factor",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=6,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="gap factor k",
                            ),
                        ),
                        (
                            "minimum_cycle_seconds",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                max_digits=12,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="shortest possible cycle (s)",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "thresholds of an item",
                        "verbose_name_plural": "thresholds of items",
                        "ordering": ("machine", "item"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("machine", "item"),
                                name="item_threshold_once",
                                violation_error_message="This item already has thresholds on this machine.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("micro_stop_seconds__isnull", False),
                                    ("gap_factor__isnull", False),
                                    ("minimum_cycle_seconds__isnull", False),
                                    _connector="OR",
                                ),
                                name="item_threshold_says_something",
                                violation_error_message="State at least one threshold.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_itemthresholdevent" ("gap_factor", "id", "item_id", "machine_id", "micro_stop_seconds", "minimum_cycle_seconds", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."gap_factor", NEW."id", NEW."item_id", NEW."machine_id", NEW."micro_stop_seconds", NEW."minimum_cycle_seconds", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                                    hash="975f11042d85a54af10d8771eb431bd83ba1c666",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_ec06c",
                                    table="orders_itemthreshold",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_itemthresholdevent" ("gap_factor", "id", "item_id", "machine_id", "micro_stop_seconds", "minimum_cycle_seconds", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."gap_factor", NEW."id", NEW."item_id", NEW."machine_id", NEW."micro_stop_seconds", NEW."minimum_cycle_seconds", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;',
                                    hash="68ae95320a546e0d938a3bea66ba404a51df91a5",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_146ec",
                                    table="orders_itemthreshold",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_itemthresholdevent" ("gap_factor", "id", "item_id", "machine_id", "micro_stop_seconds", "minimum_cycle_seconds", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."gap_factor", OLD."id", OLD."item_id", OLD."machine_id", OLD."micro_stop_seconds", OLD."minimum_cycle_seconds", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                                    hash="09c487aab3a45113d323c2032423db6a9b837409",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_4bd8a",
                                    table="orders_itemthreshold",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ItemThresholdEvent",
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
                                to="orders.itemthreshold",
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
                            "item",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "micro_stop_seconds",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                max_digits=12,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="micro-stop threshold (s)",
                            ),
                        ),
                        (
                            "gap_factor",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=6,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="gap factor k",
                            ),
                        ),
                        (
                            "minimum_cycle_seconds",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                max_digits=12,
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="shortest possible cycle (s)",
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
                                    hash="8e56135f225300297c0b875ddebf4533b4bbf271",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_17c1a",
                                    table="orders_itemthresholdevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ItemUnit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="units",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.unit",
                                verbose_name="unit",
                            ),
                        ),
                        (
                            "numerator",
                            models.DecimalField(decimal_places=6, max_digits=15, verbose_name="numerator"),
                        ),
                        (
                            "denominator",
                            models.DecimalField(
                                decimal_places=6, default=1, max_digits=15, verbose_name="denominator"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "item's unit",
                        "verbose_name_plural": "item's units",
                        "ordering": ("item", "unit"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("item", "unit"),
                                name="item_unit_unique",
                                violation_error_message="This item already has this unit.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("numerator__gt", 0), ("denominator__gt", 0)),
                                name="item_unit_positive",
                                violation_error_message="Numerator and denominator must be positive.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_itemunitevent" ("denominator", "id", "item_id", "numerator", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unit_id") VALUES (NEW."denominator", NEW."id", NEW."item_id", NEW."numerator", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."unit_id"); RETURN NULL;',
                                    hash="ffc736abe6c8ec630267309653fb816a593d8cd9",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_e728a",
                                    table="orders_itemunit",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_itemunitevent" ("denominator", "id", "item_id", "numerator", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unit_id") VALUES (NEW."denominator", NEW."id", NEW."item_id", NEW."numerator", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."unit_id"); RETURN NULL;',
                                    hash="b47dd1f18d200a8677573ced988ef2bf58f2ce47",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_805e3",
                                    table="orders_itemunit",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_itemunitevent" ("denominator", "id", "item_id", "numerator", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "unit_id") VALUES (OLD."denominator", OLD."id", OLD."item_id", OLD."numerator", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."unit_id"); RETURN NULL;',
                                    hash="56546a3b0fe0705b1f697d82fd64201f858c6721",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_0ab71",
                                    table="orders_itemunit",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ItemUnitEvent",
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
                                to="orders.itemunit",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "item",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.unit",
                                verbose_name="unit",
                            ),
                        ),
                        (
                            "numerator",
                            models.DecimalField(decimal_places=6, max_digits=15, verbose_name="numerator"),
                        ),
                        (
                            "denominator",
                            models.DecimalField(
                                decimal_places=6, default=1, max_digits=15, verbose_name="denominator"
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
                                    hash="c331587c7bdcbd76b88467918928fab06562767a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_79005",
                                    table="orders_itemunitevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LotEvent",
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
                                to="orders.lot",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "item",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="number")),
                        (
                            "supplier",
                            models.CharField(blank=True, default="", max_length=120, verbose_name="supplier"),
                        ),
                        (
                            "supplier_lot",
                            models.CharField(
                                blank=True, default="", max_length=60, verbose_name="supplier's lot"
                            ),
                        ),
                        ("expires_on", models.DateField(blank=True, null=True, verbose_name="usable until")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("free", "free"),
                                    ("quality", "in inspection"),
                                    ("blocked", "blocked"),
                                    ("consumed", "used up"),
                                ],
                                default="free",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.productionorder",
                                verbose_name="made by order",
                            ),
                        ),
                        (
                            "made_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="made or received"
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
                                    hash="e0689b13e7e4fe30630c5a31a0cfcc3020373a0a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_8f433",
                                    table="orders_lotevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MeasuredProfile",
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
                                related_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        ("number", models.PositiveIntegerField(verbose_name="number")),
                        ("measured_from", models.DateTimeField(verbose_name="measured from")),
                        ("measured_to", models.DateTimeField(verbose_name="measured to")),
                        ("digest", models.CharField(max_length=64, verbose_name="check sum")),
                        ("content", models.JSONField(verbose_name="measurements")),
                    ],
                    options={
                        "verbose_name": "measured profile",
                        "verbose_name_plural": "measured profiles",
                        "ordering": ("plant", "-number"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "number"),
                                name="measured_profile_number_unique",
                                violation_error_message="This plant already has a measured profile with this number.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("measured_from__lt", models.F("measured_to"))),
                                name="measured_profile_forward",
                                violation_error_message="A measured profile begins before it ends.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NumberRange",
                    fields=[
                        (
                            "code",
                            models.CharField(
                                max_length=40, primary_key=True, serialize=False, verbose_name="code"
                            ),
                        ),
                        (
                            "prefix",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="prefix"),
                        ),
                        ("digits", models.PositiveSmallIntegerField(default=6, verbose_name="digits")),
                        ("last", models.BigIntegerField(default=0, verbose_name="last number")),
                    ],
                    options={
                        "verbose_name": "number range",
                        "verbose_name_plural": "number ranges",
                    },
                ),
                migrations.CreateModel(
                    name="OrderComponent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="components",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        ("position", models.CharField(max_length=10, verbose_name="position")),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "operation_number",
                            models.CharField(
                                blank=True, default="", max_length=10, verbose_name="for operation"
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="needed"),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.unit",
                                verbose_name="unit",
                            ),
                        ),
                        (
                            "backflush",
                            models.BooleanField(default=False, verbose_name="consumed by the report"),
                        ),
                        (
                            "reserved",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="reserved",
                            ),
                        ),
                        (
                            "issued",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="issued",
                            ),
                        ),
                        ("raw", models.JSONField(blank=True, default=dict)),
                    ],
                    options={
                        "verbose_name": "component",
                        "verbose_name_plural": "components",
                        "ordering": ("order", "position"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "position"),
                                name="component_position_unique",
                                violation_error_message="This position is taken.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("quantity__gte", 0),
                                    ("reserved__gte", 0),
                                    ("reserved__lte", models.F("quantity")),
                                ),
                                name="component_reserved_within_need",
                                violation_error_message="No more than needed can be reserved.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderForecast",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "made_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="made at"),
                        ),
                        ("zero_at", models.DateTimeField(verbose_name="begins at")),
                        ("plan_number", models.PositiveIntegerField(default=0, verbose_name="plan")),
                        ("futures", models.PositiveIntegerField(verbose_name="futures")),
                        (
                            "grid",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(),
                                size=None,
                                verbose_name="ends of the futures",
                            ),
                        ),
                        (
                            "levels",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.FloatField(), size=3, verbose_name="levels"
                            ),
                        ),
                        (
                            "record_of",
                            models.CharField(default="plant", max_length=20, verbose_name="record of"),
                        ),
                        (
                            "record_count",
                            models.PositiveIntegerField(default=0, verbose_name="finished orders on record"),
                        ),
                        ("raw_p50_at", models.DateTimeField(verbose_name="50 % of the futures")),
                        ("raw_p80_at", models.DateTimeField(verbose_name="80 % of the futures")),
                        ("raw_p95_at", models.DateTimeField(verbose_name="95 % of the futures")),
                        ("p50_at", models.DateTimeField(verbose_name="50 % date")),
                        ("p80_at", models.DateTimeField(verbose_name="80 % date")),
                        ("p95_at", models.DateTimeField(verbose_name="95 % date")),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="forecasts",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        ("promised_at", models.DateTimeField(null=True, verbose_name="promised date")),
                        (
                            "late_percent",
                            models.PositiveSmallIntegerField(null=True, verbose_name="late with (%)"),
                        ),
                    ],
                    options={
                        "verbose_name": "forecast",
                        "verbose_name_plural": "forecasts",
                        "ordering": ("id",),
                        "indexes": [models.Index(fields=["order", "-id"], name="forecast_newest")],
                    },
                ),
                migrations.CreateModel(
                    name="OrderRequirement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("text", "text"),
                                    ("choice", "choice"),
                                    ("limit", "limit"),
                                    ("document", "document"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("text", models.CharField(max_length=500, verbose_name="text")),
                        (
                            "value",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="value"),
                        ),
                        (
                            "choices",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=120),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="choices",
                            ),
                        ),
                        (
                            "lower",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="lower limit",
                            ),
                        ),
                        (
                            "upper",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="upper limit",
                            ),
                        ),
                        (
                            "unit",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="unit"),
                        ),
                        (
                            "url",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="document"),
                        ),
                        (
                            "operation_number",
                            models.CharField(
                                blank=True, default="", max_length=10, verbose_name="for operation"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="requirements",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "verified_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Written by quality. While it is empty, nothing of the order is shipped.",
                                null=True,
                                verbose_name="verified at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "order requirement",
                        "verbose_name_plural": "order requirements",
                        "ordering": ("order", "code"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "code", "operation_number"),
                                name="order_requirement_code_unique",
                                violation_error_message="This order already has a requirement with this code.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "limit"), _negated=True),
                                    ("lower__isnull", False),
                                    ("upper__isnull", False),
                                    _connector="OR",
                                ),
                                name="order_requirement_limit_has_a_limit",
                                violation_error_message="A limit needs a lower or an upper value.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("lower__isnull", True),
                                    ("upper__isnull", True),
                                    ("upper__gte", models.F("lower")),
                                    _connector="OR",
                                ),
                                name="order_requirement_limits_in_order",
                                violation_error_message="The upper limit is below the lower one.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "document"), _negated=True),
                                    models.Q(("url", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="order_requirement_document_has_a_link",
                                violation_error_message="A document needs a link.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutputLotRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "item",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="output_rule",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "per",
                            models.CharField(
                                choices=[("order", "order"), ("quantity", "quantity")],
                                default="order",
                                max_length=10,
                                verbose_name="a lot per",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                max_digits=15,
                                null=True,
                                verbose_name="pieces in a lot",
                            ),
                        ),
                        (
                            "shelf_days",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="shelf life (days)"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "rule for lots",
                        "verbose_name_plural": "rules for lots",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("per", "quantity"), _negated=True),
                                    models.Q(("quantity__gt", 0), ("quantity__isnull", False)),
                                    _connector="OR",
                                ),
                                name="output_rule_has_quantity",
                                violation_error_message="A lot per quantity needs a quantity above zero.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_outputlotruleevent" ("id", "item_id", "per", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "shelf_days") VALUES (NEW."id", NEW."item_id", NEW."per", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."quantity", NEW."shelf_days"); RETURN NULL;',
                                    hash="c43c333413e356f065ec7873da0f1941937958f8",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_ffb73",
                                    table="orders_outputlotrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_outputlotruleevent" ("id", "item_id", "per", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "shelf_days") VALUES (NEW."id", NEW."item_id", NEW."per", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."quantity", NEW."shelf_days"); RETURN NULL;',
                                    hash="cb4bde39aad79641e46dff8cda2bb99306bc9cb1",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_fa454",
                                    table="orders_outputlotrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_outputlotruleevent" ("id", "item_id", "per", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "shelf_days") VALUES (OLD."id", OLD."item_id", OLD."per", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."quantity", OLD."shelf_days"); RETURN NULL;',
                                    hash="1acfc52ed4d92a30382910d1d1510dce3e238c69",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_a8ee4",
                                    table="orders_outputlotrule",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutputLotRuleEvent",
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
                                to="orders.outputlotrule",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "item",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "per",
                            models.CharField(
                                choices=[("order", "order"), ("quantity", "quantity")],
                                default="order",
                                max_length=10,
                                verbose_name="a lot per",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                max_digits=15,
                                null=True,
                                verbose_name="pieces in a lot",
                            ),
                        ),
                        (
                            "shelf_days",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="shelf life (days)"
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
                                    hash="bac074291f18e76245d2a59c32a032d503df262a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_7c884",
                                    table="orders_outputlotruleevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlaceEvent",
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
                                to="orders.place",
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
                        (
                            "name",
                            models.CharField(blank=True, default="", max_length=120, verbose_name="name"),
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
                                to="orders.place",
                                verbose_name="part of",
                            ),
                        ),
                        (
                            "capacity",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                help_text="In units of what lies there; empty: unlimited.",
                                max_digits=15,
                                null=True,
                                verbose_name="capacity",
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
                                    hash="0ad0f2ec3aeed3f4d12429c2258272416a67338b",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_d4328",
                                    table="orders_placeevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Plan",
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
                                verbose_name="plant",
                            ),
                        ),
                        ("number", models.PositiveIntegerField(verbose_name="number")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("requested", "requested"),
                                    ("computing", "being made"),
                                    ("draft", "draft"),
                                    ("published", "in force"),
                                    ("replaced", "replaced"),
                                    ("cancelled", "cancelled"),
                                    ("failed", "failed"),
                                ],
                                default="requested",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "seconds",
                            models.PositiveSmallIntegerField(default=10, verbose_name="search for (s)"),
                        ),
                        ("seed", models.PositiveIntegerField(default=1, verbose_name="seed")),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("asked", "planned anew"),
                                    ("moved", "moved by hand"),
                                    ("what_if", "what-if"),
                                    ("event", "replanned after events"),
                                    ("external", "imported"),
                                ],
                                db_default="asked",
                                default="asked",
                                max_length=10,
                                verbose_name="origin",
                            ),
                        ),
                        ("cause", models.JSONField(blank=True, default=dict, verbose_name="cause")),
                        (
                            "based_on",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="orders.plan",
                                verbose_name="based on",
                            ),
                        ),
                        (
                            "source",
                            models.CharField(blank=True, default="", max_length=80, verbose_name="source"),
                        ),
                        ("key", models.UUIDField(blank=True, null=True, unique=True)),
                        ("conflicts", models.JSONField(blank=True, default=list, verbose_name="conflicts")),
                        (
                            "requested_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="requested at"
                            ),
                        ),
                        (
                            "requested_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="requested by",
                            ),
                        ),
                        ("claimed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "progress_percent",
                            models.PositiveSmallIntegerField(default=0, verbose_name="progress (%)"),
                        ),
                        ("zero_at", models.DateTimeField(blank=True, null=True, verbose_name="begins at")),
                        ("made_at", models.DateTimeField(blank=True, null=True, verbose_name="made at")),
                        ("late_orders", models.PositiveIntegerField(default=0, verbose_name="late orders")),
                        ("late_hours", models.FloatField(default=0, verbose_name="weighted hours late")),
                        ("setup_hours", models.FloatField(default=0, verbose_name="setup hours")),
                        (
                            "moved_hours",
                            models.FloatField(db_default=0, default=0, verbose_name="hours moved"),
                        ),
                        ("first_late_orders", models.PositiveIntegerField(default=0)),
                        ("first_late_hours", models.FloatField(default=0)),
                        ("first_setup_hours", models.FloatField(default=0)),
                        ("first_moved_hours", models.FloatField(db_default=0, default=0)),
                        (
                            "weights",
                            models.JSONField(blank=True, db_default={}, default=dict, verbose_name="weights"),
                        ),
                        ("troubles", models.JSONField(blank=True, default=list, verbose_name="not planned")),
                        ("basis", models.JSONField(blank=True, default=list, verbose_name="measured basis")),
                        (
                            "problem",
                            models.CharField(blank=True, default="", max_length=300, verbose_name="problem"),
                        ),
                        (
                            "published_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="published at"),
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
                    ],
                    options={
                        "verbose_name": "plan",
                        "verbose_name_plural": "plans",
                        "ordering": ("-id",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "requested")),
                                fields=["id"],
                                name="plan_requested",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "number"),
                                name="plan_number_unique",
                                violation_error_message="This plant already has a plan with this number.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "published")),
                                fields=("plant",),
                                name="plan_one_published",
                                violation_error_message="Only one plan of a plant is in force.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("published", "replaced")), _negated=True),
                                    ("published_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="plan_published_with_time",
                                violation_error_message="A published plan has the time of its publishing.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ("draft", "published", "replaced")), _negated=True
                                    ),
                                    models.Q(("made_at__isnull", False), ("zero_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="plan_made_with_time",
                                violation_error_message="A plan that was made has a beginning and a time of making.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="entries",
                                to="orders.plan",
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="orders.operation",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.machine",
                            ),
                        ),
                        ("slot", models.PositiveSmallIntegerField(default=1)),
                        ("start_at", models.DateTimeField(verbose_name="start")),
                        ("run_at", models.DateTimeField(verbose_name="run from")),
                        ("end_at", models.DateTimeField(verbose_name="end")),
                        (
                            "running",
                            models.BooleanField(default=False, verbose_name="running when the plan was made"),
                        ),
                        (
                            "pinned",
                            models.BooleanField(
                                default=False,
                                help_text="A planner wants it on this machine at this time: plans made from this one keep it.",
                                verbose_name="pinned",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "plan entry",
                        "verbose_name_plural": "plan entries",
                        "ordering": ("start_at", "id"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plan", "operation"),
                                name="plan_entry_once",
                                violation_error_message="An operation stands once in a plan.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("run_at__gte", models.F("start_at")), ("end_at__gte", models.F("run_at"))
                                ),
                                name="plan_entry_forward",
                                violation_error_message="Setup comes before the run, and the run before its end.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plant",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "frozen_hours",
                            models.DecimalField(
                                decimal_places=1,
                                default=Decimal("4"),
                                help_text="What begins within these hours keeps its machine and its place in the queue.",
                                max_digits=5,
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(Decimal("720")),
                                ],
                                verbose_name="frozen for (h)",
                            ),
                        ),
                        (
                            "on_stale",
                            models.CharField(
                                choices=[
                                    ("off", "only show it"),
                                    ("draft", "make a draft"),
                                    ("automatic", "replan and put in force"),
                                ],
                                default="draft",
                                max_length=10,
                                verbose_name="when the plan is stale",
                            ),
                        ),
                        (
                            "stop_minutes",
                            models.PositiveIntegerField(
                                default=20,
                                help_text="An unplanned stop this long makes the plan stale.",
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="a stop counts after (min)",
                            ),
                        ),
                        (
                            "off_minutes",
                            models.PositiveIntegerField(
                                default=30,
                                help_text="An operation that is this far from its planned time makes the plan stale.",
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="early or late counts from (min)",
                            ),
                        ),
                        (
                            "pause_seconds",
                            models.PositiveIntegerField(
                                default=120,
                                help_text="So that a bad hour makes some plans and not hundreds.",
                                verbose_name="pause between two plans (s)",
                            ),
                        ),
                        (
                            "assumed_percent",
                            models.PositiveSmallIntegerField(
                                default=85,
                                help_text="What the old way of promising counts with; it is compared with what is measured.",
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(100),
                                ],
                                verbose_name="assumed availability (%)",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "rule for the plan",
                        "verbose_name_plural": "rules for the plan",
                        "ordering": ("plant",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("frozen_hours__gte", 0), ("frozen_hours__lte", 720)),
                                name="plan_rule_frozen_hours",
                                violation_error_message="The plan is frozen for 0 to 720 hours.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("stop_minutes__gte", 1), ("off_minutes__gte", 1)),
                                name="plan_rule_minutes_positive",
                                violation_error_message="Thresholds are at least one minute.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("assumed_percent__gte", 1), ("assumed_percent__lte", 100)
                                ),
                                name="plan_rule_assumed_percent",
                                violation_error_message="An availability is 1 to 100 %.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_planruleevent" ("assumed_percent", "frozen_hours", "id", "off_minutes", "on_stale", "pause_seconds", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "stop_minutes") VALUES (NEW."assumed_percent", NEW."frozen_hours", NEW."id", NEW."off_minutes", NEW."on_stale", NEW."pause_seconds", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."stop_minutes"); RETURN NULL;',
                                    hash="117f8f1427396c8c5e759a1e6fb57962634a2afd",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_1b36e",
                                    table="orders_planrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_planruleevent" ("assumed_percent", "frozen_hours", "id", "off_minutes", "on_stale", "pause_seconds", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "stop_minutes") VALUES (NEW."assumed_percent", NEW."frozen_hours", NEW."id", NEW."off_minutes", NEW."on_stale", NEW."pause_seconds", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."stop_minutes"); RETURN NULL;',
                                    hash="4a39b0a027a2c6336b59219ee8cb00bbd0a6de2e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_44ff9",
                                    table="orders_planrule",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_planruleevent" ("assumed_percent", "frozen_hours", "id", "off_minutes", "on_stale", "pause_seconds", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "stop_minutes") VALUES (OLD."assumed_percent", OLD."frozen_hours", OLD."id", OLD."off_minutes", OLD."on_stale", OLD."pause_seconds", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."stop_minutes"); RETURN NULL;',
                                    hash="66c50bca0daf6e86bedb16d31c82e6c9c79226b1",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_f5382",
                                    table="orders_planrule",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanRuleEvent",
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
                                to="orders.planrule",
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
                            "frozen_hours",
                            models.DecimalField(
                                decimal_places=1,
                                default=Decimal("4"),
                                help_text="What begins within these hours keeps its machine and its place in the queue.",
                                max_digits=5,
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(Decimal("720")),
                                ],
                                verbose_name="frozen for (h)",
                            ),
                        ),
                        (
                            "on_stale",
                            models.CharField(
                                choices=[
                                    ("off", "only show it"),
                                    ("draft", "make a draft"),
                                    ("automatic", "replan and put in force"),
                                ],
                                default="draft",
                                max_length=10,
                                verbose_name="when the plan is stale",
                            ),
                        ),
                        (
                            "stop_minutes",
                            models.PositiveIntegerField(
                                default=20,
                                help_text="An unplanned stop this long makes the plan stale.",
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="a stop counts after (min)",
                            ),
                        ),
                        (
                            "off_minutes",
                            models.PositiveIntegerField(
                                default=30,
                                help_text="An operation that is this far from its planned time makes the plan stale.",
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="early or late counts from (min)",
                            ),
                        ),
                        (
                            "pause_seconds",
                            models.PositiveIntegerField(
                                default=120,
                                help_text="So that a bad hour makes some plans and not hundreds.",
                                verbose_name="pause between two plans (s)",
                            ),
                        ),
                        (
                            "assumed_percent",
                            models.PositiveSmallIntegerField(
                                default=85,
                                help_text="What the old way of promising counts with; it is compared with what is measured.",
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(100),
                                ],
                                verbose_name="assumed availability (%)",
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
                                    hash="35d39aad9bac12cfc95ccba138d7525892d04abf",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_4914e",
                                    table="orders_planruleevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanWeights",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plant",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "lateness",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("1"),
                                help_text="Times the weight that the order has by its priority.",
                                max_digits=8,
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(Decimal("1000")),
                                ],
                                verbose_name="an hour of lateness",
                            ),
                        ),
                        (
                            "setup",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.05"),
                                help_text="More: fewer changeovers, later orders.",
                                max_digits=8,
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(Decimal("1000")),
                                ],
                                verbose_name="an hour of setup",
                            ),
                        ),
                        (
                            "stability",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.02"),
                                help_text="What it costs to begin an operation an hour earlier or later than in the plan in force.",
                                max_digits=8,
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(Decimal("1000")),
                                ],
                                verbose_name="an hour moved",
                            ),
                        ),
                        (
                            "near_hours",
                            models.DecimalField(
                                decimal_places=1,
                                default=Decimal("24"),
                                help_text="Moving costs something for what the plan in force begins within these hours.",
                                max_digits=5,
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(Decimal("720")),
                                ],
                                verbose_name="prepared for (h)",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "weights of the plan",
                        "verbose_name_plural": "weights of the plan",
                        "ordering": ("plant",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("lateness__gte", 0), ("setup__gte", 0), ("stability__gte", 0)
                                ),
                                name="plan_weights_not_negative",
                                violation_error_message="Weights can't be negative.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("near_hours__gte", 0), ("near_hours__lte", 720)),
                                name="plan_weights_near_hours",
                                violation_error_message="People prepare 0 to 720 hours ahead.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_planweightsevent" ("id", "lateness", "near_hours", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "setup", "stability") VALUES (NEW."id", NEW."lateness", NEW."near_hours", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."setup", NEW."stability"); RETURN NULL;',
                                    hash="ac553cacb4065c12ad7c1682b9c3d07a6721fdc5",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_822a6",
                                    table="orders_planweights",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_planweightsevent" ("id", "lateness", "near_hours", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "setup", "stability") VALUES (NEW."id", NEW."lateness", NEW."near_hours", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."setup", NEW."stability"); RETURN NULL;',
                                    hash="1cf5ba0a82fd991daeff5ab1feab433833cc8834",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_4147f",
                                    table="orders_planweights",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_planweightsevent" ("id", "lateness", "near_hours", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "setup", "stability") VALUES (OLD."id", OLD."lateness", OLD."near_hours", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."setup", OLD."stability"); RETURN NULL;',
                                    hash="0ddfc22c563749e441b36b81f1d769ab01892de9",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_26934",
                                    table="orders_planweights",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanWeightsEvent",
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
                                to="orders.planweights",
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
                            "lateness",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("1"),
                                help_text="Times the weight that the order has by its priority.",
                                max_digits=8,
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(Decimal("1000")),
                                ],
                                verbose_name="an hour of lateness",
                            ),
                        ),
                        (
                            "setup",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.05"),
                                help_text="More: fewer changeovers, later orders.",
                                max_digits=8,
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(Decimal("1000")),
                                ],
                                verbose_name="an hour of setup",
                            ),
                        ),
                        (
                            "stability",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.02"),
                                help_text="What it costs to begin an operation an hour earlier or later than in the plan in force.",
                                max_digits=8,
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(Decimal("1000")),
                                ],
                                verbose_name="an hour moved",
                            ),
                        ),
                        (
                            "near_hours",
                            models.DecimalField(
                                decimal_places=1,
                                default=Decimal("24"),
                                help_text="Moving costs something for what the plan in force begins within these hours.",
                                max_digits=5,
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(Decimal("720")),
                                ],
                                verbose_name="prepared for (h)",
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
                                    hash="f1e43caed652d21ee657979afcfeff2f76af82b4",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_adb68",
                                    table="orders_planweightsevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Program",
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
                                verbose_name="plant",
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=40, verbose_name="revision"),
                        ),
                        (
                            "machine_group",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty together with the machine: for every machine of the plant.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.machinegroup",
                                verbose_name="machine group",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                blank=True,
                                help_text="Wins over the group's.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "file_name",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="As the machine wants to see it.",
                                max_length=200,
                                verbose_name="file name",
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.programfile",
                                verbose_name="file",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "program",
                        "verbose_name_plural": "programs",
                        "ordering": ("plant", "name", "revision"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "name", "revision", "machine_group", "machine"),
                                name="program_unique",
                                nulls_distinct=False,
                                violation_error_message="There already is such a program.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("machine__isnull", True),
                                    ("machine_group__isnull", True),
                                    _connector="OR",
                                ),
                                name="program_for_one",
                                violation_error_message="A program is for a machine or for a group, not for both.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("file__isnull", True),
                                    models.Q(("file_name", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="program_file_has_name",
                                violation_error_message="A file needs a name.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_programevent" ("active", "file_id", "file_name", "id", "machine_group_id", "machine_id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "revision") VALUES (NEW."active", NEW."file_id", NEW."file_name", NEW."id", NEW."machine_group_id", NEW."machine_id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."revision"); RETURN NULL;',
                                    hash="7caad9711d9c4d02c161a08724718ade575f7cce",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_2ba8c",
                                    table="orders_program",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_programevent" ("active", "file_id", "file_name", "id", "machine_group_id", "machine_id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "revision") VALUES (NEW."active", NEW."file_id", NEW."file_name", NEW."id", NEW."machine_group_id", NEW."machine_id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."revision"); RETURN NULL;',
                                    hash="3808cb7b6991914e0f6203155b8d77ad85d68036",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_aa8e6",
                                    table="orders_program",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_programevent" ("active", "file_id", "file_name", "id", "machine_group_id", "machine_id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "revision") VALUES (OLD."active", OLD."file_id", OLD."file_name", OLD."id", OLD."machine_group_id", OLD."machine_id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."revision"); RETURN NULL;',
                                    hash="25d608ec00ae70cad49b18748f3dacb7c885fff1",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_4ba42",
                                    table="orders_program",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgramEvent",
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
                                to="orders.program",
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
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=40, verbose_name="revision"),
                        ),
                        (
                            "machine_group",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Empty together with the machine: for every machine of the plant.",
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
                                help_text="Wins over the group's.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "file_name",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="As the machine wants to see it.",
                                max_length=200,
                                verbose_name="file name",
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.programfile",
                                verbose_name="file",
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
                                    hash="a02f23191353bd40fc0d9efed88188b88192e839",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_0fc9e",
                                    table="orders_programevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Quote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "made_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="made at"),
                        ),
                        ("zero_at", models.DateTimeField(verbose_name="begins at")),
                        ("plan_number", models.PositiveIntegerField(default=0, verbose_name="plan")),
                        ("futures", models.PositiveIntegerField(verbose_name="futures")),
                        (
                            "grid",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(),
                                size=None,
                                verbose_name="ends of the futures",
                            ),
                        ),
                        (
                            "levels",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.FloatField(), size=3, verbose_name="levels"
                            ),
                        ),
                        (
                            "record_of",
                            models.CharField(default="plant", max_length=20, verbose_name="record of"),
                        ),
                        (
                            "record_count",
                            models.PositiveIntegerField(default=0, verbose_name="finished orders on record"),
                        ),
                        ("raw_p50_at", models.DateTimeField(verbose_name="50 % of the futures")),
                        ("raw_p80_at", models.DateTimeField(verbose_name="80 % of the futures")),
                        ("raw_p95_at", models.DateTimeField(verbose_name="95 % of the futures")),
                        ("p50_at", models.DateTimeField(verbose_name="50 % date")),
                        ("p80_at", models.DateTimeField(verbose_name="80 % date")),
                        ("p95_at", models.DateTimeField(verbose_name="95 % date")),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        ("body_hash", models.CharField(blank=True, default="", max_length=32)),
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
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.unit",
                                verbose_name="unit",
                            ),
                        ),
                        ("options", models.JSONField(blank=True, default=dict, verbose_name="options")),
                        (
                            "customer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.customer",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="quotes",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        ("requested_at", models.DateTimeField(null=True, verbose_name="requested date")),
                        ("seed", models.PositiveIntegerField(verbose_name="seed")),
                        ("inputs", models.BinaryField(verbose_name="inputs")),
                        (
                            "inputs_hash",
                            models.CharField(max_length=64, verbose_name="SHA-256 of the inputs"),
                        ),
                        ("certain_at", models.DateTimeField(verbose_name="if all goes as expected")),
                        (
                            "old_style_at",
                            models.DateTimeField(
                                null=True, verbose_name="planned time over assumed availability"
                            ),
                        ),
                        ("causes", models.JSONField(default=list, verbose_name="causes of the spread")),
                        (
                            "earlier",
                            models.JSONField(default=list, verbose_name="what would make it earlier"),
                        ),
                        (
                            "bottleneck",
                            models.CharField(
                                blank=True, default="", max_length=60, verbose_name="bottleneck"
                            ),
                        ),
                        (
                            "waits_seconds",
                            models.PositiveIntegerField(default=0, verbose_name="waits there (s)"),
                        ),
                        ("material", models.JSONField(default=list, verbose_name="material")),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        ("via", models.CharField(blank=True, default="", max_length=80, verbose_name="via")),
                    ],
                    options={
                        "verbose_name": "quote",
                        "verbose_name_plural": "quotes",
                        "ordering": ("-id",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="quote_quantity_positive",
                                violation_error_message="The quantity must be positive.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("p50_at__lte", models.F("p80_at")), ("p80_at__lte", models.F("p95_at"))
                                ),
                                name="quote_dates_in_order",
                                violation_error_message="A date with more confidence is not earlier.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Promise",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        (
                            "order",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="promises",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="promises",
                                to="orders.customerorderline",
                                verbose_name="customer order line",
                            ),
                        ),
                        ("version", models.PositiveSmallIntegerField(verbose_name="version")),
                        ("promised_at", models.DateTimeField(verbose_name="promised date")),
                        (
                            "confidence_percent",
                            models.PositiveSmallIntegerField(null=True, verbose_name="confidence (%)"),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[("quote", "a quote"), ("stated", "stated by the ERP or a person")],
                                max_length=10,
                                verbose_name="made from",
                            ),
                        ),
                        (
                            "quote",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="promise",
                                to="orders.quote",
                                verbose_name="quote",
                            ),
                        ),
                        (
                            "made_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="made at"),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "promise",
                        "verbose_name_plural": "promises",
                        "ordering": ("id",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "version"),
                                name="promise_version_of_order_unique",
                                violation_error_message="This order already has this version of its promise.",
                            ),
                            models.UniqueConstraint(
                                fields=("line", "version"),
                                name="promise_version_of_line_unique",
                                violation_error_message="This line already has this version of its promise.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("line__isnull", True), ("order__isnull", False)),
                                    models.Q(("line__isnull", False), ("order__isnull", True)),
                                    _connector="OR",
                                ),
                                name="promise_of_one_thing",
                                violation_error_message="A promise is of an order or of a line of a customer order.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("quote__isnull", False), ("source", "quote")),
                                    models.Q(("source", "quote"), _negated=True),
                                    _connector="OR",
                                ),
                                name="promise_names_its_quote",
                                violation_error_message="A promise made from a quote names it.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PromiseAlert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alerts",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "raised_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="raised at"),
                        ),
                        ("promised_at", models.DateTimeField(verbose_name="promised date")),
                        (
                            "forecast",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.orderforecast",
                                verbose_name="forecast",
                            ),
                        ),
                        ("acknowledged_at", models.DateTimeField(null=True, verbose_name="acknowledged at")),
                        (
                            "acknowledged_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="acknowledged by",
                            ),
                        ),
                        (
                            "note",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="what is done about it"
                            ),
                        ),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                    ],
                    options={
                        "verbose_name": "promise at risk",
                        "verbose_name_plural": "promises at risk",
                        "ordering": ("-id",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("order",),
                                name="promise_alert_one_open",
                                violation_error_message="This order already has an open alert.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("acknowledged_at__isnull", True), ("acknowledged_by__isnull", True)
                                    ),
                                    models.Q(
                                        ("acknowledged_at__isnull", False), ("acknowledged_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="promise_alert_acknowledged_by_somebody",
                                violation_error_message="Who acknowledged and when belong together.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_at__isnull", True),
                                    ("ended_at__gte", models.F("raised_at")),
                                    _connector="OR",
                                ),
                                name="promise_alert_ends_later",
                                violation_error_message="An alert ends after it was raised.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseOrder",
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
                                verbose_name="plant",
                            ),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="number")),
                        ("supplier", models.CharField(max_length=120, verbose_name="supplier")),
                        (
                            "ordered_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="ordered at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "supplier order",
                        "verbose_name_plural": "supplier orders",
                        "ordering": ("-ordered_at",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "number"),
                                name="purchase_order_number_unique",
                                violation_error_message="This plant already has a supplier order with this number.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_purchaseorderevent" ("id", "number", "ordered_at", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "supplier") VALUES (NEW."id", NEW."number", NEW."ordered_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."supplier"); RETURN NULL;',
                                    hash="635b924db36a8dba71496a96df368b45e380f169",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_82b79",
                                    table="orders_purchaseorder",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_purchaseorderevent" ("id", "number", "ordered_at", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "supplier") VALUES (NEW."id", NEW."number", NEW."ordered_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."supplier"); RETURN NULL;',
                                    hash="0688e6db4f5bcd4b3a05d43d3c8c92c15d9a013e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_92251",
                                    table="orders_purchaseorder",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_purchaseorderevent" ("id", "number", "ordered_at", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "supplier") VALUES (OLD."id", OLD."number", OLD."ordered_at", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."supplier"); RETURN NULL;',
                                    hash="52e8220e01f0ef3aad4b4cd327f746ac4cbd812c",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_e784c",
                                    table="orders_purchaseorder",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseOrderEvent",
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
                                to="orders.purchaseorder",
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
                        ("number", models.CharField(max_length=40, verbose_name="number")),
                        ("supplier", models.CharField(max_length=120, verbose_name="supplier")),
                        (
                            "ordered_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="ordered at"
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
                                    hash="7355f0d747508a7c035518c9e4e3f2124ea47f40",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_379be",
                                    table="orders_purchaseorderevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseOrderLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="orders.purchaseorder",
                                verbose_name="supplier order",
                            ),
                        ),
                        ("position", models.CharField(max_length=10, verbose_name="position")),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="purchases",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        ("expected_on", models.DateField(verbose_name="expected on")),
                        (
                            "received",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="received",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "line of a supplier order",
                        "verbose_name_plural": "lines of supplier orders",
                        "ordering": ("expected_on", "order", "position"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order", "position"),
                                name="purchase_line_position_unique",
                                violation_error_message="This position is taken.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="purchase_line_quantity_positive",
                                violation_error_message="The quantity must be positive.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_purchaseorderlineevent" ("expected_on", "id", "item_id", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quantity", "received") VALUES (NEW."expected_on", NEW."id", NEW."item_id", NEW."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."position", NEW."quantity", NEW."received"); RETURN NULL;',
                                    hash="39ed31467e8b9dc473c3c9483640fab8b82828cb",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_20999",
                                    table="orders_purchaseorderline",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_purchaseorderlineevent" ("expected_on", "id", "item_id", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quantity", "received") VALUES (NEW."expected_on", NEW."id", NEW."item_id", NEW."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."position", NEW."quantity", NEW."received"); RETURN NULL;',
                                    hash="2c006c270478a3a376f00b3821f96a5aa9d13b6e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_cc2a1",
                                    table="orders_purchaseorderline",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_purchaseorderlineevent" ("expected_on", "id", "item_id", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quantity", "received") VALUES (OLD."expected_on", OLD."id", OLD."item_id", OLD."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."position", OLD."quantity", OLD."received"); RETURN NULL;',
                                    hash="504de5406c34e5fef9ade2ad862fc7df23e193c1",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_fa517",
                                    table="orders_purchaseorderline",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseOrderLineEvent",
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
                                to="orders.purchaseorderline",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "order",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.purchaseorder",
                                verbose_name="supplier order",
                            ),
                        ),
                        ("position", models.CharField(max_length=10, verbose_name="position")),
                        (
                            "item",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        ("expected_on", models.DateField(verbose_name="expected on")),
                        (
                            "received",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="received",
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
                                    hash="15caa860ab26db2f236a0576a54be4791ffa334b",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_18430",
                                    table="orders_purchaseorderlineevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Requirement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("text", "text"),
                                    ("choice", "choice"),
                                    ("limit", "limit"),
                                    ("document", "document"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("text", models.CharField(max_length=500, verbose_name="text")),
                        (
                            "value",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="value"),
                        ),
                        (
                            "choices",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=120),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="choices",
                            ),
                        ),
                        (
                            "lower",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="lower limit",
                            ),
                        ),
                        (
                            "upper",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="upper limit",
                            ),
                        ),
                        (
                            "unit",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="unit"),
                        ),
                        (
                            "url",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="document"),
                        ),
                        (
                            "operation_number",
                            models.CharField(
                                blank=True, default="", max_length=10, verbose_name="for operation"
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="requirements",
                                to="orders.customerorderline",
                                verbose_name="customer order line",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "requirement",
                        "verbose_name_plural": "requirements",
                        "ordering": ("line", "code"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("line", "code"),
                                name="requirement_code_unique",
                                violation_error_message="This line already has a requirement with this code.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "limit"), _negated=True),
                                    ("lower__isnull", False),
                                    ("upper__isnull", False),
                                    _connector="OR",
                                ),
                                name="requirement_limit_has_a_limit",
                                violation_error_message="A limit needs a lower or an upper value.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("lower__isnull", True),
                                    ("upper__isnull", True),
                                    ("upper__gte", models.F("lower")),
                                    _connector="OR",
                                ),
                                name="requirement_limits_in_order",
                                violation_error_message="The upper limit is below the lower one.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "document"), _negated=True),
                                    models.Q(("url", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="requirement_document_has_a_link",
                                violation_error_message="A document needs a link.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_requirementevent" ("choices", "code", "id", "kind", "line_id", "lower", "operation_number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "unit", "upper", "url", "value") VALUES (NEW."choices", NEW."code", NEW."id", NEW."kind", NEW."line_id", NEW."lower", NEW."operation_number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."text", NEW."unit", NEW."upper", NEW."url", NEW."value"); RETURN NULL;',
                                    hash="81fc6685d2e2bd42067ef1fb5feaa210eb569450",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_377f1",
                                    table="orders_requirement",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_requirementevent" ("choices", "code", "id", "kind", "line_id", "lower", "operation_number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "unit", "upper", "url", "value") VALUES (NEW."choices", NEW."code", NEW."id", NEW."kind", NEW."line_id", NEW."lower", NEW."operation_number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."text", NEW."unit", NEW."upper", NEW."url", NEW."value"); RETURN NULL;',
                                    hash="0893cbf176dd80e463d3d109c354b1cb4ccfdc43",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_8d596",
                                    table="orders_requirement",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_requirementevent" ("choices", "code", "id", "kind", "line_id", "lower", "operation_number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "unit", "upper", "url", "value") VALUES (OLD."choices", OLD."code", OLD."id", OLD."kind", OLD."line_id", OLD."lower", OLD."operation_number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."text", OLD."unit", OLD."upper", OLD."url", OLD."value"); RETURN NULL;',
                                    hash="ea31cb2c15b5c9530e959ef411d16256cdef57fc",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_7b73d",
                                    table="orders_requirement",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RequirementEvent",
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
                                to="orders.requirement",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("text", "text"),
                                    ("choice", "choice"),
                                    ("limit", "limit"),
                                    ("document", "document"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("text", models.CharField(max_length=500, verbose_name="text")),
                        (
                            "value",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="value"),
                        ),
                        (
                            "choices",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=120),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="choices",
                            ),
                        ),
                        (
                            "lower",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="lower limit",
                            ),
                        ),
                        (
                            "upper",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="upper limit",
                            ),
                        ),
                        (
                            "unit",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="unit"),
                        ),
                        (
                            "url",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="document"),
                        ),
                        (
                            "operation_number",
                            models.CharField(
                                blank=True, default="", max_length=10, verbose_name="for operation"
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.customerorderline",
                                verbose_name="customer order line",
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
                                    hash="d4a9d309aa54580006e8ef386dfd4e71cda3e316",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_27643",
                                    table="orders_requirementevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RequirementReading",
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
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        (
                            "requirement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="readings",
                                to="orders.orderrequirement",
                                verbose_name="requirement",
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.operation",
                                verbose_name="operation",
                            ),
                        ),
                        (
                            "machine",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.machine",
                                verbose_name="machine",
                            ),
                        ),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="revision"),
                        ),
                        ("content", models.CharField(max_length=32, verbose_name="fingerprint")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                    ],
                    options={
                        "verbose_name": "requirement read",
                        "verbose_name_plural": "requirements read",
                        "ordering": ("id",),
                        "indexes": [
                            models.Index(fields=["operation", "requirement"], name="reading_of_operation")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockBalance",
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
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="balances",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        ("lot", models.CharField(blank=True, default="", max_length=40, verbose_name="lot")),
                        (
                            "place",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.place",
                                verbose_name="place",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("free", "free"),
                                    ("quality", "in inspection"),
                                    ("blocked", "blocked"),
                                ],
                                default="free",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        (
                            "on_hand",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="on hand",
                            ),
                        ),
                        (
                            "reserved",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="reserved",
                            ),
                        ),
                        (
                            "may_go_negative",
                            models.BooleanField(
                                default=True,
                                help_text="What was consumed is booked even if the stock record is behind.",
                                verbose_name="may go below zero",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "stock balance",
                        "verbose_name_plural": "stock balances",
                        "ordering": ("item", "lot"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "item", "lot", "place", "status"),
                                name="stock_balance_unique",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("may_go_negative", True), ("on_hand__gte", 0), _connector="OR"
                                ),
                                name="stock_balance_not_negative",
                                violation_error_message="There is not enough stock.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reserved__gte", 0)),
                                name="stock_balance_reserved_not_negative",
                                violation_error_message="A reservation can't be negative.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reservation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "component",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reservations",
                                to="orders.ordercomponent",
                                verbose_name="component",
                            ),
                        ),
                        (
                            "balance",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reservations",
                                to="orders.stockbalance",
                                verbose_name="stock balance",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        ("locked", models.BooleanField(default=False, verbose_name="locked")),
                    ],
                    options={
                        "verbose_name": "reservation",
                        "verbose_name_plural": "reservations",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("component", "balance"), name="reservation_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gte", 0)),
                                name="reservation_not_negative",
                                violation_error_message="A reservation can't be negative.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Routing",
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
                            "plant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.plant",
                                verbose_name="plant",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="routings",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="revision"),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "routing",
                        "verbose_name_plural": "routings",
                        "ordering": ("plant", "item", "revision"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "item", "revision"),
                                name="routing_unique_per_revision",
                                violation_error_message="This item already has a routing for this revision.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_routingevent" ("active", "id", "item_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "revision") VALUES (NEW."active", NEW."id", NEW."item_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."revision"); RETURN NULL;',
                                    hash="d286ba0a16fdf15548ba2e3715f1a47570e5d3a7",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_1b476",
                                    table="orders_routing",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."active" IS DISTINCT FROM (NEW."active") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."plant_id" IS DISTINCT FROM (NEW."plant_id") OR OLD."revision" IS DISTINCT FROM (NEW."revision"))',
                                    func='INSERT INTO "orders_routingevent" ("active", "id", "item_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "revision") VALUES (NEW."active", NEW."id", NEW."item_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."revision"); RETURN NULL;',
                                    hash="c77d7183049f8dd943dc3fa57c449d52a2192af8",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_ca270",
                                    table="orders_routing",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_routingevent" ("active", "id", "item_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "revision") VALUES (OLD."active", OLD."id", OLD."item_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."revision"); RETURN NULL;',
                                    hash="dba95d3d634ff22248aae503fd5d1830faa99259",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_889ab",
                                    table="orders_routing",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoutingEvent",
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
                                to="orders.routing",
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
                            "item",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="revision"),
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
                                    hash="515684f4070c50e4abf06ffe180d5029d881d088",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_d5698",
                                    table="orders_routingevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoutingOperation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        ("number", models.CharField(max_length=10, verbose_name="operation")),
                        (
                            "text",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="text"),
                        ),
                        (
                            "setup_seconds",
                            models.DecimalField(
                                decimal_places=3, default=0, max_digits=12, verbose_name="setup (s)"
                            ),
                        ),
                        (
                            "run_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                default=0,
                                help_text="Per base quantity.",
                                max_digits=12,
                                verbose_name="run time (s)",
                            ),
                        ),
                        (
                            "base_quantity",
                            models.DecimalField(
                                decimal_places=3, default=1, max_digits=15, verbose_name="base quantity"
                            ),
                        ),
                        (
                            "program",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="program"),
                        ),
                        (
                            "program_revision",
                            models.CharField(
                                blank=True, default="", max_length=40, verbose_name="program revision"
                            ),
                        ),
                        (
                            "parameters",
                            models.JSONField(blank=True, default=dict, verbose_name="setup parameters"),
                        ),
                        ("inspection", models.BooleanField(default=False, verbose_name="inspection needed")),
                        ("outside", models.BooleanField(default=False, verbose_name="outside operation")),
                        (
                            "outside_price",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="What the supplier takes per base quantity.",
                                max_digits=14,
                                null=True,
                                verbose_name="price outside (€)",
                            ),
                        ),
                        (
                            "routing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="operations",
                                to="orders.routing",
                                verbose_name="routing",
                            ),
                        ),
                        (
                            "machine_group",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.machinegroup",
                                verbose_name="machine group",
                            ),
                        ),
                        (
                            "tool",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="machines.tool",
                                verbose_name="tool",
                            ),
                        ),
                        (
                            "skill",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.skill",
                                verbose_name="skill",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "routing operation",
                        "verbose_name_plural": "routing operations",
                        "ordering": ("routing", "number"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("routing", "number"),
                                name="routing_operation_number_unique",
                                violation_error_message="This routing already has an operation with this number.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("setup_seconds__gte", 0), ("run_seconds__gte", 0)),
                                name="routing_operation_times_not_negative",
                                violation_error_message="Times can't be negative.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("base_quantity__gt", 0)),
                                name="routing_operation_base_positive",
                                violation_error_message="The base quantity must be positive.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_routingoperationevent" ("base_quantity", "erp_values", "id", "inspection", "machine_group_id", "number", "outside", "outside_price", "parameters", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned", "program", "program_revision", "routing_id", "run_seconds", "setup_seconds", "skill_id", "text", "tool_id") VALUES (NEW."base_quantity", NEW."erp_values", NEW."id", NEW."inspection", NEW."machine_group_id", NEW."number", NEW."outside", NEW."outside_price", NEW."parameters", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."pinned", NEW."program", NEW."program_revision", NEW."routing_id", NEW."run_seconds", NEW."setup_seconds", NEW."skill_id", NEW."text", NEW."tool_id"); RETURN NULL;',
                                    hash="4732736e76dc2a2a24b75eb195921838da1c046e",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_5f27a",
                                    table="orders_routingoperation",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_routingoperationevent" ("base_quantity", "erp_values", "id", "inspection", "machine_group_id", "number", "outside", "outside_price", "parameters", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned", "program", "program_revision", "routing_id", "run_seconds", "setup_seconds", "skill_id", "text", "tool_id") VALUES (NEW."base_quantity", NEW."erp_values", NEW."id", NEW."inspection", NEW."machine_group_id", NEW."number", NEW."outside", NEW."outside_price", NEW."parameters", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."pinned", NEW."program", NEW."program_revision", NEW."routing_id", NEW."run_seconds", NEW."setup_seconds", NEW."skill_id", NEW."text", NEW."tool_id"); RETURN NULL;',
                                    hash="5e78bbf0c618f20b4fb993d3e55df3f6478ecf22",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_d0092",
                                    table="orders_routingoperation",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_routingoperationevent" ("base_quantity", "erp_values", "id", "inspection", "machine_group_id", "number", "outside", "outside_price", "parameters", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned", "program", "program_revision", "routing_id", "run_seconds", "setup_seconds", "skill_id", "text", "tool_id") VALUES (OLD."base_quantity", OLD."erp_values", OLD."id", OLD."inspection", OLD."machine_group_id", OLD."number", OLD."outside", OLD."outside_price", OLD."parameters", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."pinned", OLD."program", OLD."program_revision", OLD."routing_id", OLD."run_seconds", OLD."setup_seconds", OLD."skill_id", OLD."text", OLD."tool_id"); RETURN NULL;',
                                    hash="bc03b8feefb81da735b1926f24b64a5057c52fea",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_e6ca9",
                                    table="orders_routingoperation",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoutingOperationEvent",
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
                                to="orders.routingoperation",
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
                        ("number", models.CharField(max_length=10, verbose_name="operation")),
                        (
                            "text",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="text"),
                        ),
                        (
                            "setup_seconds",
                            models.DecimalField(
                                decimal_places=3, default=0, max_digits=12, verbose_name="setup (s)"
                            ),
                        ),
                        (
                            "run_seconds",
                            models.DecimalField(
                                decimal_places=3,
                                default=0,
                                help_text="Per base quantity.",
                                max_digits=12,
                                verbose_name="run time (s)",
                            ),
                        ),
                        (
                            "base_quantity",
                            models.DecimalField(
                                decimal_places=3, default=1, max_digits=15, verbose_name="base quantity"
                            ),
                        ),
                        (
                            "program",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="program"),
                        ),
                        (
                            "program_revision",
                            models.CharField(
                                blank=True, default="", max_length=40, verbose_name="program revision"
                            ),
                        ),
                        (
                            "parameters",
                            models.JSONField(blank=True, default=dict, verbose_name="setup parameters"),
                        ),
                        ("inspection", models.BooleanField(default=False, verbose_name="inspection needed")),
                        ("outside", models.BooleanField(default=False, verbose_name="outside operation")),
                        (
                            "outside_price",
                            models.DecimalField(
                                blank=True,
                                decimal_places=4,
                                help_text="What the supplier takes per base quantity.",
                                max_digits=14,
                                null=True,
                                verbose_name="price outside (€)",
                            ),
                        ),
                        (
                            "routing",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.routing",
                                verbose_name="routing",
                            ),
                        ),
                        (
                            "machine_group",
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
                            "tool",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="machines.tool",
                                verbose_name="tool",
                            ),
                        ),
                        (
                            "skill",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="accounts.skill",
                                verbose_name="skill",
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
                                    hash="9ca1eed190709a41e67883a65978fa3fa23bc9fd",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_a6a20",
                                    table="orders_routingoperationevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RunPerson",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="people",
                                to="orders.run",
                                verbose_name="run",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        ("started_at", models.DateTimeField(verbose_name="from")),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="to")),
                    ],
                    options={
                        "verbose_name": "person on a run",
                        "verbose_name_plural": "people on runs",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_at__isnull", True),
                                    ("ended_at__gte", models.F("started_at")),
                                    _connector="OR",
                                ),
                                name="run_person_forward",
                                violation_error_message="The end must not be before the start.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("run", "person"),
                                name="run_person_once",
                                violation_error_message="This person already works on this run.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ScrapReasonEvent",
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
                                to="orders.scrapreason",
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
                        ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="56749297480983551d24cfd9aa17572f7a3254a1",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_37d7f",
                                    table="orders_scrapreasonevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Serial",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="serial number")),
                        (
                            "lot",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="serial",
                                to="orders.lot",
                                verbose_name="lot",
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="serials",
                                to="orders.lot",
                                verbose_name="of lot",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "serial number",
                        "verbose_name_plural": "serial numbers",
                        "ordering": ("item", "number"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("item", "number"),
                                name="serial_unique",
                                violation_error_message="This item already has this serial number.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_serialevent" ("batch_id", "id", "item_id", "lot_id", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."batch_id", NEW."id", NEW."item_id", NEW."lot_id", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                                    hash="6b5ee1e163fb7318bee775e08bdf491b44518f76",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_2e726",
                                    table="orders_serial",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_serialevent" ("batch_id", "id", "item_id", "lot_id", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."batch_id", NEW."id", NEW."item_id", NEW."lot_id", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;',
                                    hash="e1b75824810d36a9d92f967c9297c3302b00ccf8",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_d6786",
                                    table="orders_serial",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_serialevent" ("batch_id", "id", "item_id", "lot_id", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."batch_id", OLD."id", OLD."item_id", OLD."lot_id", OLD."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                                    hash="064b5c3155cf2f8795ae37742677d48e681ca494",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_99f64",
                                    table="orders_serial",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SerialEvent",
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
                                to="orders.serial",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "item",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="serial number")),
                        (
                            "lot",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.lot",
                                verbose_name="lot",
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.lot",
                                verbose_name="of lot",
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
                                    hash="9b7135c29037a0d82989e5d7d5b7dfaebb03fb74",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_1c0b9",
                                    table="orders_serialevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Settlement",
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
                                verbose_name="machine",
                            ),
                        ),
                        ("slot", models.PositiveSmallIntegerField(default=1, verbose_name="slot")),
                        ("started_at", models.DateTimeField(verbose_name="from")),
                        ("ended_at", models.DateTimeField(verbose_name="to")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("credit", "good pieces of a run"),
                                    ("setup", "setup pieces of a run"),
                                    ("nothing", "no production"),
                                    ("rules", "as the rules say"),
                                ],
                                max_length=10,
                                verbose_name="settled as",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="settlements",
                                to="orders.run",
                                verbose_name="run",
                            ),
                        ),
                        ("cycles", models.PositiveIntegerField(verbose_name="cycles")),
                        (
                            "pieces",
                            models.DecimalField(
                                decimal_places=3, max_digits=15, verbose_name="pieces counted"
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(
                                decimal_places=3, max_digits=15, verbose_name="pieces that count"
                            ),
                        ),
                        (
                            "comment",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="comment"),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        ("via", models.CharField(blank=True, default="", max_length=80, verbose_name="via")),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="recorded at"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        ("body_hash", models.CharField(blank=True, default="", max_length=32)),
                    ],
                    options={
                        "verbose_name": "settlement",
                        "verbose_name_plural": "settlements",
                        "ordering": ("-id",),
                        "indexes": [
                            models.Index(fields=["machine", "started_at"], name="settlement_machine_time")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind__in", ("credit", "setup")), ("run__isnull", False)),
                                    models.Q(("kind__in", ("nothing", "rules")), ("run__isnull", True)),
                                    _connector="OR",
                                ),
                                name="settlement_of_a_run",
                                violation_error_message="Pieces are credited to a run, and only pieces are.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ended_at__gte", models.F("started_at"))),
                                name="settlement_forward",
                                violation_error_message="The end must not be before the start.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SettledCycle",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "settlement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="settled",
                                to="orders.settlement",
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
                        ("slot", models.SmallIntegerField()),
                        ("ended_at", models.DateTimeField()),
                        ("nth", models.IntegerField(default=0)),
                        (
                            "pieces",
                            models.DecimalField(
                                decimal_places=3, max_digits=15, verbose_name="pieces counted"
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(
                                decimal_places=3, max_digits=15, verbose_name="pieces that count"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "settled cycle",
                        "verbose_name_plural": "settled cycles",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("machine", "slot", "ended_at", "nth", "settlement"),
                                name="settled_cycle_once",
                                violation_error_message="A settlement means each cycle once.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SetupFamilyEvent",
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
                                to="orders.setupfamily",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="3b83bd4ee9f2d7314668a22f3bb6bbc6834f70ee",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_f411f",
                                    table="orders_setupfamilyevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Shipment",
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
                                verbose_name="plant",
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="number")),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shipments",
                                to="orders.customerorderline",
                                verbose_name="customer order line",
                            ),
                        ),
                        (
                            "shipped_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="shipped at"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "shipment",
                        "verbose_name_plural": "shipments",
                        "ordering": ("-shipped_at",),
                    },
                ),
                migrations.CreateModel(
                    name="ShippedLot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "shipment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lots",
                                to="orders.shipment",
                                verbose_name="shipment",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shipped",
                                to="orders.lot",
                                verbose_name="lot",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.handlingunit",
                                verbose_name="handling unit",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "shipped lot",
                        "verbose_name_plural": "shipped lots",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="shipped_lot_quantity_positive",
                                violation_error_message="The quantity must be positive.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockMove",
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
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        ("lot", models.CharField(blank=True, default="", max_length=40, verbose_name="lot")),
                        (
                            "place",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.place",
                                verbose_name="place",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("free", "free"),
                                    ("quality", "in inspection"),
                                    ("blocked", "blocked"),
                                ],
                                default="free",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        (
                            "stands_for",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                help_text="Of a substitute: so much of the component.",
                                max_digits=15,
                                null=True,
                                verbose_name="stands for",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("receipt", "receipt"),
                                    ("issue", "issue to order"),
                                    ("produced", "receipt from production"),
                                    ("adjustment", "adjustment"),
                                    ("transfer", "transfer"),
                                    ("count", "counting difference"),
                                    ("status", "change of status"),
                                    ("shipped", "shipped"),
                                ],
                                max_length=20,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stock_moves",
                                to="orders.productionorder",
                            ),
                        ),
                        (
                            "component",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.ordercomponent",
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stock_moves",
                                to="orders.productionevent",
                            ),
                        ),
                        (
                            "occurred_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="occurred at"
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
                            "comment",
                            models.CharField(blank=True, default="", max_length=300, verbose_name="comment"),
                        ),
                    ],
                    options={
                        "verbose_name": "stock move",
                        "verbose_name_plural": "stock moves",
                        "ordering": ("-id",),
                        "indexes": [
                            models.Index(fields=["plant", "item", "lot"], name="stock_move_item"),
                            models.Index(
                                condition=models.Q(("event__isnull", False)),
                                fields=["event"],
                                name="stock_move_event",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity", 0), _negated=True),
                                name="stock_move_not_zero",
                                violation_error_message="A movement moves something.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Substitute",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="substitutes",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "substitute",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="orders.item",
                                verbose_name="instead of it",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: in every product.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="orders.item",
                                verbose_name="in product",
                            ),
                        ),
                        (
                            "factor",
                            models.DecimalField(
                                decimal_places=6, default=1, max_digits=12, verbose_name="factor"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "substitute",
                        "verbose_name_plural": "substitutes",
                        "ordering": ("item", "substitute"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("item", "substitute", "product"),
                                name="substitute_unique",
                                nulls_distinct=False,
                                violation_error_message="This substitute is already allowed.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("factor__gt", 0),
                                    models.Q(("item", models.F("substitute")), _negated=True),
                                ),
                                name="substitute_is_another_item",
                                violation_error_message="A substitute is another item, with a factor above zero.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_substituteevent" ("factor", "id", "item_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "substitute_id") VALUES (NEW."factor", NEW."id", NEW."item_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."product_id", NEW."substitute_id"); RETURN NULL;',
                                    hash="1e4c4c2b9eba8ddaa8ba4a1739725aeb5564bc72",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_44d2e",
                                    table="orders_substitute",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_substituteevent" ("factor", "id", "item_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "substitute_id") VALUES (NEW."factor", NEW."id", NEW."item_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."product_id", NEW."substitute_id"); RETURN NULL;',
                                    hash="d434a3c73c5061ba15bd2dd8fedeca966bdbdb17",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_cc05a",
                                    table="orders_substitute",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_substituteevent" ("factor", "id", "item_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "substitute_id") VALUES (OLD."factor", OLD."id", OLD."item_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."product_id", OLD."substitute_id"); RETURN NULL;',
                                    hash="c82361c21e48a371707c3fd5401fc55b7d06f92a",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_5bef0",
                                    table="orders_substitute",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubstituteEvent",
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
                                to="orders.substitute",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "item",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "substitute",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="instead of it",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Empty: in every product.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="in product",
                            ),
                        ),
                        (
                            "factor",
                            models.DecimalField(
                                decimal_places=6, default=1, max_digits=12, verbose_name="factor"
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
                                    hash="f1a9cf23901907539e4416dd4172e704aa683374",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_1109d",
                                    table="orders_substituteevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UnitEvent",
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
                                to="orders.unit",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.CharField(max_length=3, verbose_name="UN/ECE code")),
                        ("symbol", models.CharField(max_length=10, verbose_name="symbol")),
                        ("name", models.CharField(max_length=60, verbose_name="name")),
                        (
                            "decimals",
                            models.PositiveSmallIntegerField(default=0, verbose_name="decimal places"),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="a6e6362021170acf444f38265b99e4d7c3ebe540",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_894d5",
                                    table="orders_unitevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Unresolved",
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
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="machines.plant",
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
                        ("slot", models.SmallIntegerField(default=1)),
                        ("bucket", models.DateTimeField()),
                        (
                            "doubt",
                            models.CharField(
                                choices=[
                                    ("no_run", "no run at that time"),
                                    ("corrected", "the counter went back a little"),
                                    ("suspicious", "the counter fell without a reset"),
                                    ("implausible", "faster than the machine can be"),
                                    ("changed", "changed since it was settled"),
                                    ("gone", "gone since it was settled"),
                                ],
                                max_length=12,
                                verbose_name="why",
                            ),
                        ),
                        (
                            "program",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="program"),
                        ),
                        ("started_at", models.DateTimeField(verbose_name="from")),
                        ("ended_at", models.DateTimeField(verbose_name="to")),
                        ("cycles", models.PositiveIntegerField(verbose_name="cycles")),
                        (
                            "pieces",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="pieces"),
                        ),
                    ],
                    options={
                        "verbose_name": "unresolved count",
                        "verbose_name_plural": "unresolved counts",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("machine", "slot", "bucket", "doubt", "program"),
                                name="unresolved_once",
                                violation_error_message="These pieces wait already.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BomEvent",
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
                                to="orders.bom",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "item",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="revision"),
                        ),
                        (
                            "base_quantity",
                            models.DecimalField(
                                decimal_places=3, default=1, max_digits=15, verbose_name="base quantity"
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
                                    hash="873659726e7bceead19bc54ebafe860e421690c8",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_4951d",
                                    table="orders_bomevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BomLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "bom",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="orders.bom",
                                verbose_name="bill of material",
                            ),
                        ),
                        ("position", models.CharField(max_length=10, verbose_name="position")),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        (
                            "scrap_percent",
                            models.DecimalField(
                                decimal_places=2, default=0, max_digits=5, verbose_name="scrap (%)"
                            ),
                        ),
                        (
                            "operation_number",
                            models.CharField(
                                blank=True, default="", max_length=10, verbose_name="for operation"
                            ),
                        ),
                        (
                            "backflush",
                            models.BooleanField(default=True, verbose_name="consumed by the report"),
                        ),
                    ],
                    options={
                        "verbose_name": "BOM line",
                        "verbose_name_plural": "BOM lines",
                        "ordering": ("bom", "position"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("bom", "position"),
                                name="bom_line_position_unique",
                                violation_error_message="This position is taken.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)),
                                name="bom_line_quantity_positive",
                                violation_error_message="The quantity must be positive.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("scrap_percent__gte", 0), ("scrap_percent__lt", 100)),
                                name="bom_line_scrap_percent",
                                violation_error_message="Scrap is between 0 and 100 %.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_bomlineevent" ("backflush", "bom_id", "id", "item_id", "operation_number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quantity", "scrap_percent") VALUES (NEW."backflush", NEW."bom_id", NEW."id", NEW."item_id", NEW."operation_number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."position", NEW."quantity", NEW."scrap_percent"); RETURN NULL;',
                                    hash="2110747ab003ea200345506e54235f73fe99cf32",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_d988e",
                                    table="orders_bomline",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "orders_bomlineevent" ("backflush", "bom_id", "id", "item_id", "operation_number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quantity", "scrap_percent") VALUES (NEW."backflush", NEW."bom_id", NEW."id", NEW."item_id", NEW."operation_number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."position", NEW."quantity", NEW."scrap_percent"); RETURN NULL;',
                                    hash="dfd3405b558be5bb62bada6c6e0ac761e2b549c1",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_8f5f5",
                                    table="orders_bomline",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "orders_bomlineevent" ("backflush", "bom_id", "id", "item_id", "operation_number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "quantity", "scrap_percent") VALUES (OLD."backflush", OLD."bom_id", OLD."id", OLD."item_id", OLD."operation_number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."position", OLD."quantity", OLD."scrap_percent"); RETURN NULL;',
                                    hash="109fe959e033f5f55c4b65b084754c176256f5be",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_ed4ef",
                                    table="orders_bomline",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BomLineEvent",
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
                                to="orders.bomline",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "bom",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.bom",
                                verbose_name="bill of material",
                            ),
                        ),
                        ("position", models.CharField(max_length=10, verbose_name="position")),
                        (
                            "item",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        (
                            "scrap_percent",
                            models.DecimalField(
                                decimal_places=2, default=0, max_digits=5, verbose_name="scrap (%)"
                            ),
                        ),
                        (
                            "operation_number",
                            models.CharField(
                                blank=True, default="", max_length=10, verbose_name="for operation"
                            ),
                        ),
                        (
                            "backflush",
                            models.BooleanField(default=True, verbose_name="consumed by the report"),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="dbf47c7e1aa4edcf35269f975c5010edac5ba8c2",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_134eb",
                                    table="orders_bomlineevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CostEntry",
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
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cost_entries",
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
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("setup", "setup"),
                                    ("machine", "machine"),
                                    ("stops", "stops"),
                                    ("scrap", "scrap"),
                                    ("rework", "rework"),
                                    ("labour", "labour"),
                                    ("overtime", "overtime"),
                                    ("material", "material"),
                                    ("outside", "outside"),
                                    ("other", "other"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "value",
                            models.DecimalField(decimal_places=2, max_digits=14, verbose_name="value (€)"),
                        ),
                        ("text", models.CharField(max_length=200, verbose_name="text")),
                        (
                            "occurred_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="occurred at"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cost entry",
                        "verbose_name_plural": "cost entries",
                        "ordering": ("id",),
                        "indexes": [models.Index(fields=["order"], name="cost_entry_of_order")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("outside", "material", "other"))),
                                name="cost_entry_kind_told",
                                violation_error_message="Time is measured; only outside, material and other costs are told.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("value", 0), _negated=True),
                                name="cost_entry_not_zero",
                                violation_error_message="A cost entry has a value.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CostQuoteLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "quote",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.costquote",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("setup", "setup"),
                                    ("machine", "machine"),
                                    ("stops", "stops"),
                                    ("scrap", "scrap"),
                                    ("rework", "rework"),
                                    ("labour", "labour"),
                                    ("overtime", "overtime"),
                                    ("material", "material"),
                                    ("outside", "outside"),
                                    ("other", "other"),
                                ],
                                max_length=10,
                                verbose_name="kind",
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
                            "item",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.item",
                            ),
                        ),
                        (
                            "position",
                            models.CharField(blank=True, default="", max_length=10, verbose_name="position"),
                        ),
                        (
                            "text",
                            models.CharField(blank=True, default="", max_length=60, verbose_name="text"),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=6, max_digits=18, verbose_name="quantity"),
                        ),
                        (
                            "price",
                            models.DecimalField(
                                decimal_places=4, max_digits=14, null=True, verbose_name="price (€)"
                            ),
                        ),
                        (
                            "value",
                            models.DecimalField(
                                decimal_places=2, max_digits=14, null=True, verbose_name="value (€)"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "line of a cost quote",
                        "verbose_name_plural": "lines of cost quotes",
                        "ordering": ("id",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("quote", "kind", "operation", "position"),
                                name="cost_quote_line_once",
                                nulls_distinct=False,
                                violation_error_message="A quote has one line for each kind of cost of an operation.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("price__isnull", True), ("value__isnull", True)),
                                    models.Q(("price__isnull", False), ("value__isnull", False)),
                                    _connector="OR",
                                ),
                                name="cost_quote_line_priced",
                                violation_error_message="A line with a price has a value.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EventNews",
                    fields=[
                        (
                            "event",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="news",
                                serialize=False,
                                to="orders.productionevent",
                            ),
                        ),
                    ],
                ),
            ],
        ),
    ]
