import uuid
from decimal import Decimal

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from mes.lib.migrations import AtOnce


class Migration(migrations.Migration):
    replaces = [
        ("quality", "0001_initial"),
        ("quality", "0002_roll_ups"),
        ("quality", "0003_area_maps"),
        ("quality", "0004_inspection_plans"),
        ("quality", "0005_nonconformances"),
        ("quality", "0006_verified_requirements"),
        ("quality", "0007_recalls"),
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
                    name="FactMark",
                    fields=[
                        ("table", models.CharField(max_length=40, primary_key=True, serialize=False)),
                        ("done", models.BigIntegerField(default=0)),
                        ("upcoming", models.BigIntegerField(default=0)),
                        ("until", models.BigIntegerField(default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name="RollupInput",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "kind", "row", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("machine", "Machine"),
                                    ("exception", "Exception"),
                                    ("reason", "Reason"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("row", models.BigIntegerField()),
                        ("digest", models.CharField(max_length=200)),
                        ("since", models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="MapPicture",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
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
                    ],
                    options={
                        "verbose_name": "map picture",
                        "verbose_name_plural": "map pictures",
                    },
                ),
                migrations.CreateModel(
                    name="AreaMap",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "area",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="machines.area",
                                verbose_name="area",
                            ),
                        ),
                        (
                            "picture",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="quality.mappicture",
                                verbose_name="picture",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "area map",
                        "verbose_name_plural": "area maps",
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_areamapevent" ("area_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "picture_id") VALUES (NEW."area_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."picture_id"); RETURN NULL;',
                                    hash="220b9a56b46ec77312f2e7220de9b619266e2fb1",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_20a73",
                                    table="quality_areamap",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "quality_areamapevent" ("area_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "picture_id") VALUES (NEW."area_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."picture_id"); RETURN NULL;',
                                    hash="a9c0e57787e23e0048cdca9d98e1d9339d4f757c",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_0a28a",
                                    table="quality_areamap",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_areamapevent" ("area_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "picture_id") VALUES (OLD."area_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."picture_id"); RETURN NULL;',
                                    hash="8291b107885935eac0bc90aec787580021f09169",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_357eb",
                                    table="quality_areamap",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditReview",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        ("criteria", models.JSONField(default=dict, verbose_name="what was reviewed")),
                        ("since", models.DateField(blank=True, null=True, verbose_name="from")),
                        ("until", models.DateField(blank=True, null=True, verbose_name="to")),
                        ("changes", models.PositiveIntegerField(verbose_name="changes")),
                        ("head", models.CharField(max_length=64, verbose_name="head of the seals")),
                        (
                            "comment",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="comment"),
                        ),
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
                        "verbose_name": "review of the audit trail",
                        "verbose_name_plural": "reviews of the audit trail",
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="DefectCode",
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
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="quality.defectcode",
                                verbose_name="under",
                            ),
                        ),
                        (
                            "scrap_reason",
                            models.ForeignKey(
                                blank=True,
                                help_text="Named with pieces that are scrapped because of this defect.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.scrapreason",
                                verbose_name="scrap reason",
                            ),
                        ),
                        ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                    ],
                    options={
                        "verbose_name": "defect code",
                        "verbose_name_plural": "defect codes",
                        "ordering": ("plant", "position", "code"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "code"),
                                name="defect_code_unique",
                                violation_error_message="This plant already has a defect code with this code.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("parent__isnull", True),
                                    models.Q(("parent", models.F("pk")), _negated=True),
                                    _connector="OR",
                                ),
                                name="defect_code_not_its_own_parent",
                                violation_error_message="A defect can't stand under itself.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_defectcodeevent" ("active", "code", "erp_code", "id", "name_de", "name_en", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "position", "scrap_reason_id") VALUES (NEW."active", NEW."code", NEW."erp_code", NEW."id", NEW."name_de", NEW."name_en", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."position", NEW."scrap_reason_id"); RETURN NULL;',
                                    hash="9d2f7169283403897b69abf4a81e64954da3092d",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_204fc",
                                    table="quality_defectcode",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "quality_defectcodeevent" ("active", "code", "erp_code", "id", "name_de", "name_en", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "position", "scrap_reason_id") VALUES (NEW."active", NEW."code", NEW."erp_code", NEW."id", NEW."name_de", NEW."name_en", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."position", NEW."scrap_reason_id"); RETURN NULL;',
                                    hash="b2c04f97c289aa71926a55f329cdf6b2b9932230",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_045c8",
                                    table="quality_defectcode",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_defectcodeevent" ("active", "code", "erp_code", "id", "name_de", "name_en", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "position", "scrap_reason_id") VALUES (OLD."active", OLD."code", OLD."erp_code", OLD."id", OLD."name_de", OLD."name_en", OLD."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."position", OLD."scrap_reason_id"); RETURN NULL;',
                                    hash="c6f27b03a706e019322968f10efa51397ffde0fe",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_c3d26",
                                    table="quality_defectcode",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Inspection",
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
                            "verdict",
                            models.CharField(
                                choices=[("passed", "passed"), ("failed", "failed")],
                                max_length=10,
                                verbose_name="verdict",
                            ),
                        ),
                        (
                            "comment",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="comment"),
                        ),
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
                            "inspected",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="inspected",
                            ),
                        ),
                        (
                            "defective",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="defective",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "inspection",
                        "verbose_name_plural": "inspections",
                        "ordering": ("id",),
                        "indexes": [models.Index(fields=["operation", "id"], name="inspection_latest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("inspected__gte", 0),
                                    ("defective__gte", 0),
                                    ("defective__lte", models.F("inspected")),
                                ),
                                name="inspection_defective_within_inspected",
                                violation_error_message="No more pieces can be defective than were inspected.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NonconformancePhoto",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("image", models.BinaryField(verbose_name="photo")),
                        ("width", models.PositiveIntegerField(verbose_name="width")),
                        ("height", models.PositiveIntegerField(verbose_name="height")),
                        (
                            "by",
                            models.ForeignKey(
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
                        "verbose_name": "photo of a nonconformance",
                        "verbose_name_plural": "photos of nonconformances",
                    },
                ),
                migrations.CreateModel(
                    name="Nonconformance",
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
                            "key",
                            models.UUIDField(
                                default=uuid.uuid4, editable=False, unique=True, verbose_name="key"
                            ),
                        ),
                        ("number", models.CharField(max_length=20, verbose_name="number")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("contained", "contained"),
                                    ("dispositioned", "decided"),
                                    ("closed", "closed"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="open",
                                max_length=20,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.productionorder",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
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
                                related_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        ("lot", models.CharField(blank=True, default="", max_length=40, verbose_name="lot")),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.productionevent",
                                verbose_name="report",
                            ),
                        ),
                        (
                            "inspection",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="quality.inspection",
                                verbose_name="inspection",
                            ),
                        ),
                        (
                            "stop_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="stop that began"),
                        ),
                        (
                            "defect",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="quality.defectcode",
                                verbose_name="defect",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                validators=[django.core.validators.MinValueValidator(Decimal("0.000"))],
                                verbose_name="quantity",
                            ),
                        ),
                        (
                            "stands_as",
                            models.CharField(
                                choices=[
                                    ("good", "good"),
                                    ("rework", "rework"),
                                    ("scrap", "scrap"),
                                    ("", "not counted"),
                                ],
                                default="",
                                max_length=10,
                                verbose_name="counted as",
                            ),
                        ),
                        (
                            "description",
                            models.CharField(
                                blank=True, default="", max_length=1000, verbose_name="description"
                            ),
                        ),
                        (
                            "photo",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="quality.nonconformancephoto",
                            ),
                        ),
                        (
                            "raised_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="raised by",
                            ),
                        ),
                        (
                            "raised_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="raised at"),
                        ),
                        (
                            "ended_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                        (
                            "conclusion",
                            models.CharField(
                                blank=True, default="", max_length=500, verbose_name="conclusion"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "nonconformance",
                        "verbose_name_plural": "nonconformances",
                        "ordering": ("-id",),
                        "indexes": [
                            models.Index(fields=["plant", "state", "-id"], name="nonconformance_open"),
                            models.Index(fields=["order"], name="nonconformance_order"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "number"),
                                name="nonconformance_number_unique",
                                violation_error_message="This plant already has a nonconformance with this number.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gte", 0)),
                                name="nonconformance_quantity_not_negative",
                                violation_error_message="A quantity can't be negative.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("order__isnull", False),
                                    ("machine__isnull", False),
                                    ("item__isnull", False),
                                    _connector="OR",
                                ),
                                name="nonconformance_of_something",
                                violation_error_message="Say what doesn't conform: an order, a machine or an item.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("ended_by__isnull", False),
                                        ("state__in", ("closed", "cancelled")),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("ended_by__isnull", True),
                                        ("state__in", ("open", "contained", "dispositioned")),
                                    ),
                                    _connector="OR",
                                ),
                                name="nonconformance_ended_with_time",
                                violation_error_message="Exactly a closed nonconformance has an end.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_nonconformanceevent" ("conclusion", "defect_id", "description", "ended_at", "ended_by_id", "event_id", "id", "inspection_id", "item_id", "key", "lot", "machine_id", "number", "operation_id", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "photo_id", "plant_id", "quantity", "raised_at", "raised_by_id", "stands_as", "state", "stop_at") VALUES (NEW."conclusion", NEW."defect_id", NEW."description", NEW."ended_at", NEW."ended_by_id", NEW."event_id", NEW."id", NEW."inspection_id", NEW."item_id", NEW."key", NEW."lot", NEW."machine_id", NEW."number", NEW."operation_id", NEW."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."photo_id", NEW."plant_id", NEW."quantity", NEW."raised_at", NEW."raised_by_id", NEW."stands_as", NEW."state", NEW."stop_at"); RETURN NULL;',
                                    hash="f59767687d6e0687921fbd5eb42f07ffb7fb0bab",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_c033b",
                                    table="quality_nonconformance",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "quality_nonconformanceevent" ("conclusion", "defect_id", "description", "ended_at", "ended_by_id", "event_id", "id", "inspection_id", "item_id", "key", "lot", "machine_id", "number", "operation_id", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "photo_id", "plant_id", "quantity", "raised_at", "raised_by_id", "stands_as", "state", "stop_at") VALUES (NEW."conclusion", NEW."defect_id", NEW."description", NEW."ended_at", NEW."ended_by_id", NEW."event_id", NEW."id", NEW."inspection_id", NEW."item_id", NEW."key", NEW."lot", NEW."machine_id", NEW."number", NEW."operation_id", NEW."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."photo_id", NEW."plant_id", NEW."quantity", NEW."raised_at", NEW."raised_by_id", NEW."stands_as", NEW."state", NEW."stop_at"); RETURN NULL;',
                                    hash="a8d1cab3ca3d03578bd6ac9666c1a1ff55f8b97d",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_cc333",
                                    table="quality_nonconformance",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_nonconformanceevent" ("conclusion", "defect_id", "description", "ended_at", "ended_by_id", "event_id", "id", "inspection_id", "item_id", "key", "lot", "machine_id", "number", "operation_id", "order_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "photo_id", "plant_id", "quantity", "raised_at", "raised_by_id", "stands_as", "state", "stop_at") VALUES (OLD."conclusion", OLD."defect_id", OLD."description", OLD."ended_at", OLD."ended_by_id", OLD."event_id", OLD."id", OLD."inspection_id", OLD."item_id", OLD."key", OLD."lot", OLD."machine_id", OLD."number", OLD."operation_id", OLD."order_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."photo_id", OLD."plant_id", OLD."quantity", OLD."raised_at", OLD."raised_by_id", OLD."stands_as", OLD."state", OLD."stop_at"); RETURN NULL;',
                                    hash="e7c99bcde0867b0faf96d7c06c93ab3392a54a86",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_10089",
                                    table="quality_nonconformance",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CorrectiveAction",
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
                            "key",
                            models.UUIDField(
                                default=uuid.uuid4, editable=False, unique=True, verbose_name="key"
                            ),
                        ),
                        ("number", models.CharField(max_length=20, verbose_name="number")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("corrective", "corrective"), ("preventive", "preventive")],
                                default="corrective",
                                max_length=12,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("started", "in work"),
                                    ("done", "done, effect to be checked"),
                                    ("closed", "closed"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="open",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("title", models.CharField(max_length=200, verbose_name="what is to be done")),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
                            ),
                        ),
                        ("due_on", models.DateField(verbose_name="due on")),
                        (
                            "why_1",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="Why did it happen?"
                            ),
                        ),
                        (
                            "why_2",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="Why that?"
                            ),
                        ),
                        (
                            "why_3",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="And why that?"
                            ),
                        ),
                        (
                            "why_4",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="Fourth why"
                            ),
                        ),
                        (
                            "why_5",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="Fifth why"
                            ),
                        ),
                        (
                            "root_cause",
                            models.CharField(
                                blank=True, default="", max_length=500, verbose_name="root cause"
                            ),
                        ),
                        (
                            "done",
                            models.CharField(
                                blank=True, default="", max_length=1000, verbose_name="what was done"
                            ),
                        ),
                        ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                        (
                            "check_on",
                            models.DateField(blank=True, null=True, verbose_name="check the effect on"),
                        ),
                        (
                            "effect",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="effect"),
                        ),
                        ("effective", models.BooleanField(blank=True, null=True, verbose_name="effective")),
                        (
                            "checked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="checked by",
                            ),
                        ),
                        (
                            "checked_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="checked at"),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created at"
                            ),
                        ),
                        (
                            "nonconformances",
                            models.ManyToManyField(
                                blank=True,
                                related_name="actions",
                                to="quality.nonconformance",
                                verbose_name="nonconformances",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "corrective action",
                        "verbose_name_plural": "corrective actions",
                        "ordering": ("due_on", "id"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "number"),
                                name="action_number_unique",
                                violation_error_message="This plant already has an action with this number.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("done", "closed")), _negated=True),
                                    ("done_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="action_done_with_time",
                                violation_error_message="A done action has a time.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "closed"), _negated=True),
                                    models.Q(
                                        ("checked_at__isnull", False),
                                        ("checked_by__isnull", False),
                                        ("effective__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="action_closed_with_check",
                                violation_error_message="An action is closed by checking its effect.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_correctiveactionevent" ("check_on", "checked_at", "checked_by_id", "created_at", "created_by_id", "done", "done_at", "due_on", "effect", "effective", "id", "key", "kind", "number", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "root_cause", "state", "title", "why_1", "why_2", "why_3", "why_4", "why_5") VALUES (NEW."check_on", NEW."checked_at", NEW."checked_by_id", NEW."created_at", NEW."created_by_id", NEW."done", NEW."done_at", NEW."due_on", NEW."effect", NEW."effective", NEW."id", NEW."key", NEW."kind", NEW."number", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."root_cause", NEW."state", NEW."title", NEW."why_1", NEW."why_2", NEW."why_3", NEW."why_4", NEW."why_5"); RETURN NULL;',
                                    hash="2987e390d26b963b48dfa148002352ee5933f02c",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_51abc",
                                    table="quality_correctiveaction",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "quality_correctiveactionevent" ("check_on", "checked_at", "checked_by_id", "created_at", "created_by_id", "done", "done_at", "due_on", "effect", "effective", "id", "key", "kind", "number", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "root_cause", "state", "title", "why_1", "why_2", "why_3", "why_4", "why_5") VALUES (NEW."check_on", NEW."checked_at", NEW."checked_by_id", NEW."created_at", NEW."created_by_id", NEW."done", NEW."done_at", NEW."due_on", NEW."effect", NEW."effective", NEW."id", NEW."key", NEW."kind", NEW."number", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."root_cause", NEW."state", NEW."title", NEW."why_1", NEW."why_2", NEW."why_3", NEW."why_4", NEW."why_5"); RETURN NULL;',
                                    hash="c0c81fee733c30fdd9c1d94e90df8b2ea6258c6a",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_ab671",
                                    table="quality_correctiveaction",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_correctiveactionevent" ("check_on", "checked_at", "checked_by_id", "created_at", "created_by_id", "done", "done_at", "due_on", "effect", "effective", "id", "key", "kind", "number", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "root_cause", "state", "title", "why_1", "why_2", "why_3", "why_4", "why_5") VALUES (OLD."check_on", OLD."checked_at", OLD."checked_by_id", OLD."created_at", OLD."created_by_id", OLD."done", OLD."done_at", OLD."due_on", OLD."effect", OLD."effective", OLD."id", OLD."key", OLD."kind", OLD."number", OLD."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."root_cause", OLD."state", OLD."title", OLD."why_1", OLD."why_2", OLD."why_3", OLD."why_4", OLD."why_5"); RETURN NULL;',
                                    hash="7e38e40f28987aa0f74148f3fef458c7cbb9a8a2",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_cbd37",
                                    table="quality_correctiveaction",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CorrectiveActionEvent",
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
                                to="quality.correctiveaction",
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
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, verbose_name="key")),
                        ("number", models.CharField(max_length=20, verbose_name="number")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("corrective", "corrective"), ("preventive", "preventive")],
                                default="corrective",
                                max_length=12,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("started", "in work"),
                                    ("done", "done, effect to be checked"),
                                    ("closed", "closed"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="open",
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("title", models.CharField(max_length=200, verbose_name="what is to be done")),
                        (
                            "owner",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
                            ),
                        ),
                        ("due_on", models.DateField(verbose_name="due on")),
                        (
                            "why_1",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="Why did it happen?"
                            ),
                        ),
                        (
                            "why_2",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="Why that?"
                            ),
                        ),
                        (
                            "why_3",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="And why that?"
                            ),
                        ),
                        (
                            "why_4",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="Fourth why"
                            ),
                        ),
                        (
                            "why_5",
                            models.CharField(
                                blank=True, default="", max_length=300, verbose_name="Fifth why"
                            ),
                        ),
                        (
                            "root_cause",
                            models.CharField(
                                blank=True, default="", max_length=500, verbose_name="root cause"
                            ),
                        ),
                        (
                            "done",
                            models.CharField(
                                blank=True, default="", max_length=1000, verbose_name="what was done"
                            ),
                        ),
                        ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                        (
                            "check_on",
                            models.DateField(blank=True, null=True, verbose_name="check the effect on"),
                        ),
                        (
                            "effect",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="effect"),
                        ),
                        ("effective", models.BooleanField(blank=True, null=True, verbose_name="effective")),
                        (
                            "checked_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="checked by",
                            ),
                        ),
                        (
                            "checked_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="checked at"),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="created at"
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
                                    hash="852769900e5d0b3f078ee8042f290c2aa7e58163",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_5ae97",
                                    table="quality_correctiveactionevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DefectCodeEvent",
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
                                to="quality.defectcode",
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
                                to="quality.defectcode",
                                verbose_name="under",
                            ),
                        ),
                        (
                            "scrap_reason",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Named with pieces that are scrapped because of this defect.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.scrapreason",
                                verbose_name="scrap reason",
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
                                    hash="128fad4faec0eb4cd408fde06074e0330462910a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_93560",
                                    table="quality_defectcodeevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Gauge",
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
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        (
                            "unit",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="unit"),
                        ),
                        (
                            "lower",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="measures from",
                            ),
                        ),
                        (
                            "upper",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="measures to",
                            ),
                        ),
                        (
                            "resolution",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="resolution",
                            ),
                        ),
                        (
                            "calibrated_on",
                            models.DateField(blank=True, null=True, verbose_name="calibrated on"),
                        ),
                        (
                            "interval_days",
                            models.PositiveIntegerField(
                                default=365,
                                help_text="0: it needs no calibration.",
                                verbose_name="calibration interval (days)",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "verbose_name": "gauge",
                        "verbose_name_plural": "gauges",
                        "ordering": ("plant", "code"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "code"),
                                name="gauge_code_unique_in_plant",
                                violation_error_message="This plant already has a gauge with this code.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("lower__isnull", True),
                                    ("upper__isnull", True),
                                    ("upper__gt", models.F("lower")),
                                    _connector="OR",
                                ),
                                name="gauge_range_in_order",
                                violation_error_message="A gauge measures from a lower to a higher value.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("resolution__isnull", True), ("resolution__gt", 0), _connector="OR"
                                ),
                                name="gauge_resolution_positive",
                                violation_error_message="The resolution must be positive.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_gaugeevent" ("active", "calibrated_on", "code", "id", "interval_days", "lower", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "resolution", "unit", "upper") VALUES (NEW."active", NEW."calibrated_on", NEW."code", NEW."id", NEW."interval_days", NEW."lower", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."resolution", NEW."unit", NEW."upper"); RETURN NULL;',
                                    hash="a5b99ab904c7bcf593458b6ce2cfe433d1bdb60a",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_811be",
                                    table="quality_gauge",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "quality_gaugeevent" ("active", "calibrated_on", "code", "id", "interval_days", "lower", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "resolution", "unit", "upper") VALUES (NEW."active", NEW."calibrated_on", NEW."code", NEW."id", NEW."interval_days", NEW."lower", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."resolution", NEW."unit", NEW."upper"); RETURN NULL;',
                                    hash="c147db528dbf94f3946a4bf88d1595cb31df5c3b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_29066",
                                    table="quality_gauge",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_gaugeevent" ("active", "calibrated_on", "code", "id", "interval_days", "lower", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "resolution", "unit", "upper") VALUES (OLD."active", OLD."calibrated_on", OLD."code", OLD."id", OLD."interval_days", OLD."lower", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."resolution", OLD."unit", OLD."upper"); RETURN NULL;',
                                    hash="a05ebb4186c3d4c0273441ffb01a109ae75d0f8d",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_d4ee1",
                                    table="quality_gauge",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InspectionPlan",
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
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.item",
                                verbose_name="item",
                            ),
                        ),
                        ("operation_number", models.CharField(max_length=10, verbose_name="operation")),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="revision"),
                        ),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("released", "released"),
                                    ("replaced", "replaced"),
                                ],
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "text",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="text"),
                        ),
                        (
                            "released_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="released at"),
                        ),
                        (
                            "released_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="released by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "inspection plan",
                        "verbose_name_plural": "inspection plans",
                        "ordering": ("plant", "item", "operation_number", "revision", "-version"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plant", "item", "operation_number", "revision", "version"),
                                name="inspection_plan_version_unique",
                                violation_error_message="This version of the inspection plan exists already.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "released")),
                                fields=("plant", "item", "operation_number", "revision"),
                                name="inspection_plan_one_released",
                                violation_error_message="Another version of this inspection plan is released.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("released_at__isnull", True), ("state", "draft")),
                                    models.Q(
                                        models.Q(("state", "draft"), _negated=True),
                                        ("released_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="inspection_plan_released_with_time",
                                violation_error_message="Exactly a released plan has a release time.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_inspectionplanevent" ("id", "item_id", "operation_number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "released_at", "released_by_id", "revision", "state", "text", "version") VALUES (NEW."id", NEW."item_id", NEW."operation_number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plant_id", NEW."released_at", NEW."released_by_id", NEW."revision", NEW."state", NEW."text", NEW."version"); RETURN NULL;',
                                    hash="0856a39f62cdc125aa2a3881f90a6ce21f4bf4ac",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_954b3",
                                    table="quality_inspectionplan",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "quality_inspectionplanevent" ("id", "item_id", "operation_number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "released_at", "released_by_id", "revision", "state", "text", "version") VALUES (NEW."id", NEW."item_id", NEW."operation_number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plant_id", NEW."released_at", NEW."released_by_id", NEW."revision", NEW."state", NEW."text", NEW."version"); RETURN NULL;',
                                    hash="831921824c3a3000ca717123cfb68cd1790a6274",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_ed3c7",
                                    table="quality_inspectionplan",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_inspectionplanevent" ("id", "item_id", "operation_number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plant_id", "released_at", "released_by_id", "revision", "state", "text", "version") VALUES (OLD."id", OLD."item_id", OLD."operation_number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plant_id", OLD."released_at", OLD."released_by_id", OLD."revision", OLD."state", OLD."text", OLD."version"); RETURN NULL;',
                                    hash="2b72ded6ba402d0d1a47aab8ed519e2ea6ed5598",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_bbdd6",
                                    table="quality_inspectionplan",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Characteristic",
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
                                related_name="characteristics",
                                to="quality.inspectionplan",
                                verbose_name="inspection plan",
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("measured", "measured"),
                                    ("attribute", "attribute (OK or not)"),
                                    ("document", "document"),
                                ],
                                default="measured",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "nominal",
                            models.DecimalField(
                                blank=True, decimal_places=6, max_digits=18, null=True, verbose_name="nominal"
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
                            "decimals",
                            models.PositiveSmallIntegerField(default=3, verbose_name="decimal places"),
                        ),
                        (
                            "url",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="document"),
                        ),
                        (
                            "sampling",
                            models.CharField(
                                choices=[
                                    ("all", "every piece"),
                                    ("first", "first piece"),
                                    ("last", "last piece"),
                                    ("both", "first and last piece"),
                                    ("pieces", "every n pieces"),
                                    ("minutes", "every n minutes"),
                                    ("stop", "after a stop"),
                                    ("setup", "after a setup"),
                                    ("aql", "sample of the lot by AQL"),
                                ],
                                default="first",
                                max_length=10,
                                verbose_name="sampling",
                            ),
                        ),
                        (
                            "every",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Pieces or minutes, as the sampling says; after a stop: of at least so many minutes.",
                                null=True,
                                verbose_name="every",
                            ),
                        ),
                        (
                            "sample_size",
                            models.PositiveSmallIntegerField(default=1, verbose_name="sample size"),
                        ),
                        (
                            "aql",
                            models.DecimalField(
                                blank=True,
                                choices=[
                                    (Decimal("0.010"), "0.010"),
                                    (Decimal("0.015"), "0.015"),
                                    (Decimal("0.025"), "0.025"),
                                    (Decimal("0.040"), "0.040"),
                                    (Decimal("0.065"), "0.065"),
                                    (Decimal("0.10"), "0.10"),
                                    (Decimal("0.15"), "0.15"),
                                    (Decimal("0.25"), "0.25"),
                                    (Decimal("0.40"), "0.40"),
                                    (Decimal("0.65"), "0.65"),
                                    (Decimal("1.0"), "1.0"),
                                    (Decimal("1.5"), "1.5"),
                                    (Decimal("2.5"), "2.5"),
                                    (Decimal("4.0"), "4.0"),
                                    (Decimal("6.5"), "6.5"),
                                    (Decimal("10"), "10"),
                                    (Decimal("15"), "15"),
                                    (Decimal("25"), "25"),
                                    (Decimal("40"), "40"),
                                    (Decimal("65"), "65"),
                                    (Decimal("100"), "100"),
                                    (Decimal("150"), "150"),
                                    (Decimal("250"), "250"),
                                    (Decimal("400"), "400"),
                                    (Decimal("650"), "650"),
                                    (Decimal("1000"), "1000"),
                                ],
                                decimal_places=3,
                                max_digits=7,
                                null=True,
                                verbose_name="AQL",
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("I", "I"),
                                    ("II", "II"),
                                    ("III", "III"),
                                    ("S-1", "S-1"),
                                    ("S-2", "S-2"),
                                    ("S-3", "S-3"),
                                    ("S-4", "S-4"),
                                ],
                                default="II",
                                max_length=3,
                                verbose_name="inspection level",
                            ),
                        ),
                        (
                            "reduced_allowed",
                            models.BooleanField(
                                default=False,
                                help_text="Good lots may lead to smaller samples (ISO 2859-1, 9.3.3).",
                                verbose_name="reduced inspection allowed",
                            ),
                        ),
                        (
                            "gauge",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="quality.gauge",
                                verbose_name="gauge",
                            ),
                        ),
                        (
                            "requirement_code",
                            models.CharField(
                                blank=True, default="", max_length=40, verbose_name="customer requirement"
                            ),
                        ),
                        (
                            "chart",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("xbar_r", "X̄-R"),
                                    ("xbar_s", "X̄-s"),
                                    ("i_mr", "I-MR"),
                                    ("p", "p"),
                                    ("np", "np"),
                                    ("c", "c"),
                                    ("u", "u"),
                                ],
                                default="",
                                help_text="Empty: by itself.",
                                max_length=10,
                                verbose_name="control chart",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "characteristic",
                        "verbose_name_plural": "characteristics",
                        "ordering": ("plan", "code"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plan", "code"),
                                name="characteristic_code_unique",
                                violation_error_message="This plan already has a characteristic with this code.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "measured"), _negated=True),
                                    ("lower__isnull", False),
                                    ("upper__isnull", False),
                                    _connector="OR",
                                ),
                                name="characteristic_measured_has_a_limit",
                                violation_error_message="A measured characteristic needs a lower or an upper limit.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("lower__isnull", True),
                                    ("upper__isnull", True),
                                    ("upper__gt", models.F("lower")),
                                    _connector="OR",
                                ),
                                name="characteristic_limits_in_order",
                                violation_error_message="The upper limit must be above the lower one.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("nominal__isnull", True),
                                    models.Q(
                                        models.Q(
                                            ("lower__isnull", True),
                                            ("nominal__gte", models.F("lower")),
                                            _connector="OR",
                                        ),
                                        models.Q(
                                            ("upper__isnull", True),
                                            ("nominal__lte", models.F("upper")),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="characteristic_nominal_within_limits",
                                violation_error_message="The nominal value lies outside the limits.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sampling__in", ("pieces", "minutes")), _negated=True),
                                    models.Q(("every__gt", 0), ("every__isnull", False)),
                                    _connector="OR",
                                ),
                                name="characteristic_says_how_often",
                                violation_error_message="Say after how many pieces or minutes.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sample_size__gte", 1), ("sample_size__lte", 25)),
                                name="characteristic_sample_size",
                                violation_error_message="A sample has 1 to 25 pieces.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sampling", "aql"), _negated=True),
                                    models.Q(("aql__gt", 0), ("aql__isnull", False), ("kind", "attribute")),
                                    _connector="OR",
                                ),
                                name="characteristic_aql_named",
                                violation_error_message="Sampling by AQL is for attributes and needs an AQL.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("decimals__lte", 6)),
                                name="characteristic_decimals",
                                violation_error_message="A value has at most 6 decimal places.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_characteristicevent" ("aql", "chart", "code", "decimals", "every", "gauge_id", "id", "kind", "level", "lower", "name", "nominal", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "reduced_allowed", "requirement_code", "sample_size", "sampling", "unit", "upper", "url") VALUES (NEW."aql", NEW."chart", NEW."code", NEW."decimals", NEW."every", NEW."gauge_id", NEW."id", NEW."kind", NEW."level", NEW."lower", NEW."name", NEW."nominal", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."plan_id", NEW."reduced_allowed", NEW."requirement_code", NEW."sample_size", NEW."sampling", NEW."unit", NEW."upper", NEW."url"); RETURN NULL;',
                                    hash="dd3ef84b1d02e7006d2cb29a9512a42c5efbb96c",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_d10f8",
                                    table="quality_characteristic",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "quality_characteristicevent" ("aql", "chart", "code", "decimals", "every", "gauge_id", "id", "kind", "level", "lower", "name", "nominal", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "reduced_allowed", "requirement_code", "sample_size", "sampling", "unit", "upper", "url") VALUES (NEW."aql", NEW."chart", NEW."code", NEW."decimals", NEW."every", NEW."gauge_id", NEW."id", NEW."kind", NEW."level", NEW."lower", NEW."name", NEW."nominal", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."plan_id", NEW."reduced_allowed", NEW."requirement_code", NEW."sample_size", NEW."sampling", NEW."unit", NEW."upper", NEW."url"); RETURN NULL;',
                                    hash="bf6e90d1331588cb55be09863aedd05111b3449d",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_e5925",
                                    table="quality_characteristic",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_characteristicevent" ("aql", "chart", "code", "decimals", "every", "gauge_id", "id", "kind", "level", "lower", "name", "nominal", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "reduced_allowed", "requirement_code", "sample_size", "sampling", "unit", "upper", "url") VALUES (OLD."aql", OLD."chart", OLD."code", OLD."decimals", OLD."every", OLD."gauge_id", OLD."id", OLD."kind", OLD."level", OLD."lower", OLD."name", OLD."nominal", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."plan_id", OLD."reduced_allowed", OLD."requirement_code", OLD."sample_size", OLD."sampling", OLD."unit", OLD."upper", OLD."url"); RETURN NULL;',
                                    hash="6724909c984059214fd5e4814f82c54f14520a62",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_0f0fd",
                                    table="quality_characteristic",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GaugeEvent",
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
                                to="quality.gauge",
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
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        (
                            "unit",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="unit"),
                        ),
                        (
                            "lower",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="measures from",
                            ),
                        ),
                        (
                            "upper",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="measures to",
                            ),
                        ),
                        (
                            "resolution",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=18,
                                null=True,
                                verbose_name="resolution",
                            ),
                        ),
                        (
                            "calibrated_on",
                            models.DateField(blank=True, null=True, verbose_name="calibrated on"),
                        ),
                        (
                            "interval_days",
                            models.PositiveIntegerField(
                                default=365,
                                help_text="0: it needs no calibration.",
                                verbose_name="calibration interval (days)",
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
                                    hash="7c70f89685e0eff0cb48890ea31f746b5672683a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_e375a",
                                    table="quality_gaugeevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HourRollup",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "machine_id",
                                "hour",
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
                        ("hour", models.DateTimeField()),
                        ("apt", models.BigIntegerField(default=0)),
                        ("aust", models.BigIntegerField(default=0)),
                        ("adet", models.BigIntegerField(default=0)),
                        ("micro", models.BigIntegerField(default=0)),
                        ("adot", models.BigIntegerField(default=0)),
                        ("unknown", models.BigIntegerField(default=0)),
                        ("pdot", models.BigIntegerField(default=0)),
                        ("beyond", models.BigIntegerField(default=0)),
                        ("observed", models.BigIntegerField(default=0)),
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
                            "unpriced",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="unpriced",
                            ),
                        ),
                        (
                            "standard",
                            models.DecimalField(decimal_places=3, default=Decimal("0.000"), max_digits=30),
                        ),
                    ],
                    options={
                        "indexes": [
                            django.contrib.postgres.indexes.BrinIndex(
                                fields=["hour"], name="hour_rollup_hour"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InspectionDemand",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="orders.operation",
                                verbose_name="operation",
                            ),
                        ),
                        (
                            "characteristic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="quality.characteristic",
                                verbose_name="characteristic",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("first", "first piece"),
                                    ("last", "last piece"),
                                    ("pieces", "so many pieces made"),
                                    ("minutes", "time over"),
                                    ("stop", "after a stop"),
                                    ("setup", "after a setup"),
                                    ("all", "every piece"),
                                    ("lot", "sample of the lot"),
                                ],
                                max_length=10,
                                verbose_name="reason",
                            ),
                        ),
                        ("trigger", models.CharField(max_length=60, verbose_name="trigger")),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
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
                        ("wanted", models.PositiveIntegerField(default=1, verbose_name="pieces wanted")),
                        (
                            "accept",
                            models.PositiveIntegerField(
                                help_text="So many wrong pieces of the sample are accepted.",
                                null=True,
                                verbose_name="acceptance number",
                            ),
                        ),
                        (
                            "severity",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("normal", "normal"),
                                    ("tightened", "tightened"),
                                    ("reduced", "reduced"),
                                ],
                                default="",
                                max_length=10,
                                verbose_name="severity",
                            ),
                        ),
                        ("done", models.PositiveIntegerField(default=0, verbose_name="pieces done")),
                        ("due_at", models.DateTimeField(verbose_name="due at")),
                    ],
                    options={
                        "verbose_name": "inspection due",
                        "verbose_name_plural": "inspections due",
                        "ordering": ("due_at", "id"),
                        "indexes": [
                            models.Index(fields=["operation", "characteristic"], name="demand_operation"),
                            models.Index(
                                condition=models.Q(("done__lt", models.F("wanted"))),
                                fields=["due_at"],
                                name="demand_open",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("operation", "characteristic", "trigger"),
                                name="inspection_demand_once",
                                violation_error_message="This inspection is asked for already.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CharacteristicEvent",
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
                                to="quality.characteristic",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "plan",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="quality.inspectionplan",
                                verbose_name="inspection plan",
                            ),
                        ),
                        ("code", models.CharField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=200, verbose_name="name")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("measured", "measured"),
                                    ("attribute", "attribute (OK or not)"),
                                    ("document", "document"),
                                ],
                                default="measured",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "nominal",
                            models.DecimalField(
                                blank=True, decimal_places=6, max_digits=18, null=True, verbose_name="nominal"
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
                            "decimals",
                            models.PositiveSmallIntegerField(default=3, verbose_name="decimal places"),
                        ),
                        (
                            "url",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="document"),
                        ),
                        (
                            "sampling",
                            models.CharField(
                                choices=[
                                    ("all", "every piece"),
                                    ("first", "first piece"),
                                    ("last", "last piece"),
                                    ("both", "first and last piece"),
                                    ("pieces", "every n pieces"),
                                    ("minutes", "every n minutes"),
                                    ("stop", "after a stop"),
                                    ("setup", "after a setup"),
                                    ("aql", "sample of the lot by AQL"),
                                ],
                                default="first",
                                max_length=10,
                                verbose_name="sampling",
                            ),
                        ),
                        (
                            "every",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Pieces or minutes, as the sampling says; after a stop: of at least so many minutes.",
                                null=True,
                                verbose_name="every",
                            ),
                        ),
                        (
                            "sample_size",
                            models.PositiveSmallIntegerField(default=1, verbose_name="sample size"),
                        ),
                        (
                            "aql",
                            models.DecimalField(
                                blank=True,
                                choices=[
                                    (Decimal("0.010"), "0.010"),
                                    (Decimal("0.015"), "0.015"),
                                    (Decimal("0.025"), "0.025"),
                                    (Decimal("0.040"), "0.040"),
                                    (Decimal("0.065"), "0.065"),
                                    (Decimal("0.10"), "0.10"),
                                    (Decimal("0.15"), "0.15"),
                                    (Decimal("0.25"), "0.25"),
                                    (Decimal("0.40"), "0.40"),
                                    (Decimal("0.65"), "0.65"),
                                    (Decimal("1.0"), "1.0"),
                                    (Decimal("1.5"), "1.5"),
                                    (Decimal("2.5"), "2.5"),
                                    (Decimal("4.0"), "4.0"),
                                    (Decimal("6.5"), "6.5"),
                                    (Decimal("10"), "10"),
                                    (Decimal("15"), "15"),
                                    (Decimal("25"), "25"),
                                    (Decimal("40"), "40"),
                                    (Decimal("65"), "65"),
                                    (Decimal("100"), "100"),
                                    (Decimal("150"), "150"),
                                    (Decimal("250"), "250"),
                                    (Decimal("400"), "400"),
                                    (Decimal("650"), "650"),
                                    (Decimal("1000"), "1000"),
                                ],
                                decimal_places=3,
                                max_digits=7,
                                null=True,
                                verbose_name="AQL",
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("I", "I"),
                                    ("II", "II"),
                                    ("III", "III"),
                                    ("S-1", "S-1"),
                                    ("S-2", "S-2"),
                                    ("S-3", "S-3"),
                                    ("S-4", "S-4"),
                                ],
                                default="II",
                                max_length=3,
                                verbose_name="inspection level",
                            ),
                        ),
                        (
                            "reduced_allowed",
                            models.BooleanField(
                                default=False,
                                help_text="Good lots may lead to smaller samples (ISO 2859-1, 9.3.3).",
                                verbose_name="reduced inspection allowed",
                            ),
                        ),
                        (
                            "gauge",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="quality.gauge",
                                verbose_name="gauge",
                            ),
                        ),
                        (
                            "requirement_code",
                            models.CharField(
                                blank=True, default="", max_length=40, verbose_name="customer requirement"
                            ),
                        ),
                        (
                            "chart",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("xbar_r", "X̄-R"),
                                    ("xbar_s", "X̄-s"),
                                    ("i_mr", "I-MR"),
                                    ("p", "p"),
                                    ("np", "np"),
                                    ("c", "c"),
                                    ("u", "u"),
                                ],
                                default="",
                                help_text="Empty: by itself.",
                                max_length=10,
                                verbose_name="control chart",
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
                                    hash="6466484bde5438a0455961e5d5c7ae9bb3027dbc",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_1c033",
                                    table="quality_characteristicevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InspectionPlanEvent",
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
                                to="quality.inspectionplan",
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
                        ("operation_number", models.CharField(max_length=10, verbose_name="operation")),
                        (
                            "revision",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="revision"),
                        ),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("released", "released"),
                                    ("replaced", "replaced"),
                                ],
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "text",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="text"),
                        ),
                        (
                            "released_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="released at"),
                        ),
                        (
                            "released_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="released by",
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
                                    hash="e94e1f36088e913d7336339a98e409fa3fb12936",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_095c5",
                                    table="quality_inspectionplanevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InspectionResult",
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
                            "operation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.operation",
                                verbose_name="operation",
                            ),
                        ),
                        (
                            "characteristic",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="results",
                                to="quality.characteristic",
                                verbose_name="characteristic",
                            ),
                        ),
                        (
                            "trigger",
                            models.CharField(blank=True, default="", max_length=60, verbose_name="trigger"),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
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
                            "value",
                            models.DecimalField(
                                decimal_places=6, max_digits=18, null=True, verbose_name="value"
                            ),
                        ),
                        ("inspected", models.PositiveIntegerField(default=1, verbose_name="inspected")),
                        ("found", models.PositiveIntegerField(default=0, verbose_name="wrong")),
                        (
                            "verdict",
                            models.CharField(
                                choices=[("passed", "passed"), ("failed", "failed")],
                                max_length=10,
                                verbose_name="verdict",
                            ),
                        ),
                        (
                            "piece",
                            models.CharField(blank=True, default="", max_length=80, verbose_name="piece"),
                        ),
                        (
                            "gauge",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="quality.gauge",
                                verbose_name="gauge",
                            ),
                        ),
                        (
                            "flags",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("gauge_expired", "calibration expired"),
                                        ("beyond_range", "beyond the gauge's range"),
                                        ("other_gauge", "another gauge than planned"),
                                    ],
                                    max_length=20,
                                ),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="doubts",
                            ),
                        ),
                        (
                            "corrects",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="corrected_by",
                                to="quality.inspectionresult",
                                verbose_name="corrects",
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
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="recorded at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "inspection result",
                        "verbose_name_plural": "inspection results",
                        "ordering": ("id",),
                        "indexes": [
                            models.Index(fields=["characteristic", "-at"], name="result_of_characteristic"),
                            models.Index(fields=["operation", "characteristic"], name="result_of_operation"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("inspected__gte", 1)),
                                name="inspection_result_of_a_piece",
                                violation_error_message="At least one piece must be inspected.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("corrects__isnull", True),
                                    models.Q(("comment", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="inspection_correction_says_why",
                                violation_error_message="Say why the result was wrong.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AreaMapEvent",
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
                                to="quality.areamap",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
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
                            "picture",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="quality.mappicture",
                                verbose_name="picture",
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
                                    hash="d4324bffac228c806914f404fc73efcf76ca8b0e",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_935f4",
                                    table="quality_areamapevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MapPlace",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "map",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="places",
                                to="quality.areamap",
                                verbose_name="map",
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
                            "x",
                            models.PositiveSmallIntegerField(
                                validators=[django.core.validators.MaxValueValidator(1000)],
                                verbose_name="from the left",
                            ),
                        ),
                        (
                            "y",
                            models.PositiveSmallIntegerField(
                                validators=[django.core.validators.MaxValueValidator(1000)],
                                verbose_name="from the top",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "place on a map",
                        "verbose_name_plural": "places on maps",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("x__lte", 1000), ("y__lte", 1000)),
                                name="map_place_on_the_plan",
                                violation_error_message="A machine stands on the plan, not beside it.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_mapplaceevent" ("id", "machine_id", "map_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "x", "y") VALUES (NEW."id", NEW."machine_id", NEW."map_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."x", NEW."y"); RETURN NULL;',
                                    hash="19f6ecf11cb191a870a5d289e764504d015f7ed9",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_c5b64",
                                    table="quality_mapplace",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "quality_mapplaceevent" ("id", "machine_id", "map_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "x", "y") VALUES (NEW."id", NEW."machine_id", NEW."map_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."x", NEW."y"); RETURN NULL;',
                                    hash="bbae4d82ae6532b4108e57e51db4f5cffb807684",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_90ebd",
                                    table="quality_mapplace",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "quality_mapplaceevent" ("id", "machine_id", "map_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "x", "y") VALUES (OLD."id", OLD."machine_id", OLD."map_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."x", OLD."y"); RETURN NULL;',
                                    hash="380bab314e17ec3cfaa2d98f942555092c839a3e",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_bd915",
                                    table="quality_mapplace",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MapPlaceEvent",
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
                                to="quality.mapplace",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "map",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="quality.areamap",
                                verbose_name="map",
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
                            "x",
                            models.PositiveSmallIntegerField(
                                validators=[django.core.validators.MaxValueValidator(1000)],
                                verbose_name="from the left",
                            ),
                        ),
                        (
                            "y",
                            models.PositiveSmallIntegerField(
                                validators=[django.core.validators.MaxValueValidator(1000)],
                                verbose_name="from the top",
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
                                    hash="c6bf9639a6441ea6353bcdc18bb4af80c0aa7f64",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_096b9",
                                    table="quality_mapplaceevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Disposition",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "nonconformance",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dispositions",
                                to="quality.nonconformance",
                                verbose_name="nonconformance",
                            ),
                        ),
                        ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("use_as_is", "use as is"),
                                    ("rework", "rework"),
                                    ("scrap", "scrap"),
                                    ("return", "return to supplier"),
                                    ("sort", "sort"),
                                ],
                                max_length=20,
                                verbose_name="disposition",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(decimal_places=3, max_digits=15, verbose_name="quantity"),
                        ),
                        ("reason", models.CharField(max_length=500, verbose_name="reason")),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.productionevent",
                            ),
                        ),
                        (
                            "operations",
                            models.JSONField(blank=True, default=list, verbose_name="operations made for it"),
                        ),
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
                        "verbose_name": "disposition",
                        "verbose_name_plural": "dispositions",
                        "ordering": ("id",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gte", 0)),
                                name="disposition_quantity_not_negative",
                                violation_error_message="A quantity can't be negative.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ActionLink",
                    fields=[],
                    options={
                        "verbose_name": "nonconformance of an action",
                        "verbose_name_plural": "nonconformances of actions",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("quality.correctiveaction_nonconformances",),
                ),
                migrations.CreateModel(
                    name="ActionLinkEvent",
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
                                to="quality.actionlink",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "correctiveaction",
                            models.ForeignKey(
                                db_constraint=False,
                                db_tablespace="",
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="quality.correctiveaction",
                            ),
                        ),
                        (
                            "nonconformance",
                            models.ForeignKey(
                                db_constraint=False,
                                db_tablespace="",
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="quality.nonconformance",
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
                                    hash="663630b789ae72e8ac246a30bd5e1d83f6d22dd1",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_8a77e",
                                    table="quality_actionlinkevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NonconformanceEvent",
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
                                to="quality.nonconformance",
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
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, verbose_name="key")),
                        ("number", models.CharField(max_length=20, verbose_name="number")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("contained", "contained"),
                                    ("dispositioned", "decided"),
                                    ("closed", "closed"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="open",
                                max_length=20,
                                verbose_name="state",
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
                            "event",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="orders.productionevent",
                                verbose_name="report",
                            ),
                        ),
                        (
                            "inspection",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="quality.inspection",
                                verbose_name="inspection",
                            ),
                        ),
                        (
                            "stop_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="stop that began"),
                        ),
                        (
                            "defect",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="quality.defectcode",
                                verbose_name="defect",
                            ),
                        ),
                        (
                            "quantity",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                validators=[django.core.validators.MinValueValidator(Decimal("0.000"))],
                                verbose_name="quantity",
                            ),
                        ),
                        (
                            "stands_as",
                            models.CharField(
                                choices=[
                                    ("good", "good"),
                                    ("rework", "rework"),
                                    ("scrap", "scrap"),
                                    ("", "not counted"),
                                ],
                                default="",
                                max_length=10,
                                verbose_name="counted as",
                            ),
                        ),
                        (
                            "description",
                            models.CharField(
                                blank=True, default="", max_length=1000, verbose_name="description"
                            ),
                        ),
                        (
                            "photo",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="quality.nonconformancephoto",
                            ),
                        ),
                        (
                            "raised_by",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="raised by",
                            ),
                        ),
                        (
                            "raised_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="raised at"),
                        ),
                        (
                            "ended_by",
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
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                        (
                            "conclusion",
                            models.CharField(
                                blank=True, default="", max_length=500, verbose_name="conclusion"
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
                                    hash="2be6ffdd9b97c40c83ca4ae32936ea03278aa530",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_c1cff",
                                    table="quality_nonconformanceevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Recall",
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
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("lot", "lot or supplier's lot"),
                                    ("machine", "machine and time"),
                                    ("tool", "tool"),
                                    ("gauge", "gauge"),
                                ],
                                max_length=10,
                                verbose_name="starts from",
                            ),
                        ),
                        ("scope", models.JSONField(default=dict, verbose_name="scope")),
                        ("reason", models.CharField(max_length=300, verbose_name="reason")),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "recall",
                        "verbose_name_plural": "recalls",
                        "ordering": ("-id",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="recall_has_a_reason",
                                violation_error_message="A recall has a reason.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecallLot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "recall",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lots",
                                to="quality.recall",
                                verbose_name="recall",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.lot",
                                verbose_name="lot",
                            ),
                        ),
                        ("origin", models.BooleanField(default=False, verbose_name="the recall starts here")),
                        (
                            "in_stock",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="in stock",
                            ),
                        ),
                        (
                            "shipped",
                            models.DecimalField(
                                decimal_places=3,
                                default=Decimal("0.000"),
                                max_digits=15,
                                verbose_name="shipped",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "lot of a recall",
                        "verbose_name_plural": "lots of recalls",
                        "ordering": ("recall", "id"),
                        "constraints": [
                            models.UniqueConstraint(fields=("recall", "lot"), name="recall_lot_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RequirementCheck",
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
                            "verdict",
                            models.CharField(
                                choices=[("passed", "passed"), ("failed", "failed")],
                                max_length=10,
                                verbose_name="verdict",
                            ),
                        ),
                        (
                            "comment",
                            models.CharField(blank=True, default="", max_length=500, verbose_name="comment"),
                        ),
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
                        (
                            "requirement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.orderrequirement",
                                verbose_name="requirement",
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.operation",
                                verbose_name="operation",
                            ),
                        ),
                        (
                            "value",
                            models.CharField(blank=True, default="", max_length=200, verbose_name="value"),
                        ),
                    ],
                    options={
                        "verbose_name": "requirement check",
                        "verbose_name_plural": "requirement checks",
                        "ordering": ("id",),
                        "indexes": [
                            models.Index(fields=["requirement", "id"], name="requirement_check_latest")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RollupState",
                    fields=[
                        (
                            "machine",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="machines.machine",
                            ),
                        ),
                        ("rolled_from", models.DateTimeField(null=True)),
                        ("rolled_to", models.DateTimeField(null=True)),
                        ("dirty_from", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("dirty_from__isnull", False)),
                                fields=["dirty_from"],
                                name="rollup_dirty",
                            ),
                            models.Index(fields=["rolled_to"], name="rollup_rolled_to"),
                        ],
                    },
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="actionlink",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "quality_actionlinkevent" ("correctiveaction_id", "id", "nonconformance_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."correctiveaction_id", NEW."id", NEW."nonconformance_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="998fd28098a58ebba4cc2afee56f9849891e583f",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_6b23d",
                    table="quality_correctiveaction_nonconformances",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="actionlink",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "quality_actionlinkevent" ("correctiveaction_id", "id", "nonconformance_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."correctiveaction_id", OLD."id", OLD."nonconformance_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="673c94e2ce935408025fa9b55e3a91475f18fb42",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_a4012",
                    table="quality_correctiveaction_nonconformances",
                    when="AFTER",
                ),
            ),
        ),
    ]
