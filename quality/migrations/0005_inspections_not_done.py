"""Inspections that were asked for and not done, each with its reason."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("machines", "0009_epochs_say_when_they_were_told"),
        ("orders", "0033_corrections_by_people"),
        ("quality", "0004_every_piece"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InspectionOmission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="key")),
                ("trigger", models.CharField(max_length=60, verbose_name="trigger")),
                ("missing", models.PositiveIntegerField(default=1, verbose_name="pieces not inspected")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
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
                (
                    "characteristic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="quality.characteristic",
                        verbose_name="characteristic",
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
                    "plant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="machines.plant",
                        verbose_name="plant",
                    ),
                ),
            ],
            options={
                "verbose_name": "inspection not done",
                "verbose_name_plural": "inspections not done",
                "ordering": ("id",),
                "indexes": [models.Index(fields=["at"], name="omission_at")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operation", "characteristic", "trigger"),
                        name="inspection_omission_once",
                        violation_error_message="It is said already why this inspection wasn't done.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="inspection_omission_says_why",
                        violation_error_message="Say why the inspection wasn't done.",
                    ),
                ],
            },
        ),
    ]
