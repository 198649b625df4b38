import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import mes.lib.fields
from mes.lib.migrations import AtOnce


class Migration(migrations.Migration):
    replaces = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_reclassify_and_terminals"),
        ("accounts", "0003_seals"),
        ("accounts", "0004_skill_history"),
        ("accounts", "0005_key_message_types"),
        ("accounts", "0006_signatures"),
        ("accounts", "0007_plans_as_messages"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="ApiKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                        (
                            "role",
                            models.CharField(
                                choices=[("erp", "erp"), ("gateway", "gateway"), ("terminal", "terminal")],
                                max_length=20,
                                verbose_name="role",
                            ),
                        ),
                        (
                            "sends",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("production_orders", "production_orders"),
                                        ("customer_orders", "customer_orders"),
                                        ("master_data", "master_data"),
                                        ("confirmations", "confirmations"),
                                        ("totals", "totals"),
                                        ("operation_commands", "operation_commands"),
                                        ("inspections", "inspections"),
                                        ("machines", "machines"),
                                        ("andon", "andon"),
                                        ("plans", "plans"),
                                        ("samples", "samples"),
                                    ],
                                    max_length=20,
                                ),
                                blank=True,
                                default=list,
                                help_text="Nothing chosen in both: everything that the role allows.",
                                size=None,
                                verbose_name="may send",
                            ),
                        ),
                        (
                            "reads",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("production_orders", "production_orders"),
                                        ("customer_orders", "customer_orders"),
                                        ("master_data", "master_data"),
                                        ("confirmations", "confirmations"),
                                        ("totals", "totals"),
                                        ("operation_commands", "operation_commands"),
                                        ("inspections", "inspections"),
                                        ("machines", "machines"),
                                        ("andon", "andon"),
                                        ("plans", "plans"),
                                        ("samples", "samples"),
                                    ],
                                    max_length=20,
                                ),
                                blank=True,
                                default=list,
                                help_text="Nothing chosen in both: everything that the role allows.",
                                size=None,
                                verbose_name="may read",
                            ),
                        ),
                        ("prefix", models.CharField(editable=False, max_length=8, verbose_name="prefix")),
                        ("key_hash", models.CharField(editable=False, max_length=64, unique=True)),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, editable=False, verbose_name="created at"
                            ),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="expires at"),
                        ),
                        (
                            "last_used_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="last used at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "API key",
                        "verbose_name_plural": "API keys",
                        "ordering": ("name",),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "accounts_apikeyevent" ("active", "created_at", "expires_at", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "reads", "role", "sends") VALUES (NEW."active", NEW."created_at", NEW."expires_at", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."prefix", NEW."reads", NEW."role", NEW."sends"); RETURN NULL;',
                                    hash="1a740290ddd7a228ac8c1c446f8cc07a9a0381d0",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_1ed31",
                                    table="accounts_apikey",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."active" IS DISTINCT FROM (NEW."active") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."prefix" IS DISTINCT FROM (NEW."prefix") OR OLD."reads" IS DISTINCT FROM (NEW."reads") OR OLD."role" IS DISTINCT FROM (NEW."role") OR OLD."sends" IS DISTINCT FROM (NEW."sends"))',
                                    func='INSERT INTO "accounts_apikeyevent" ("active", "created_at", "expires_at", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "reads", "role", "sends") VALUES (NEW."active", NEW."created_at", NEW."expires_at", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."prefix", NEW."reads", NEW."role", NEW."sends"); RETURN NULL;',
                                    hash="674548118c3b0c591efc5a4a29396004630bebbc",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_1c34c",
                                    table="accounts_apikey",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "accounts_apikeyevent" ("active", "created_at", "expires_at", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "reads", "role", "sends") VALUES (OLD."active", OLD."created_at", OLD."expires_at", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."prefix", OLD."reads", OLD."role", OLD."sends"); RETURN NULL;',
                                    hash="de65a4ca74835b810606d01a7d4ca1d0d9428a87",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_18c5d",
                                    table="accounts_apikey",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApiKeyEvent",
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
                                to="accounts.apikey",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        (
                            "role",
                            models.CharField(
                                choices=[("erp", "erp"), ("gateway", "gateway"), ("terminal", "terminal")],
                                max_length=20,
                                verbose_name="role",
                            ),
                        ),
                        (
                            "sends",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("production_orders", "production_orders"),
                                        ("customer_orders", "customer_orders"),
                                        ("master_data", "master_data"),
                                        ("confirmations", "confirmations"),
                                        ("totals", "totals"),
                                        ("operation_commands", "operation_commands"),
                                        ("inspections", "inspections"),
                                        ("machines", "machines"),
                                        ("andon", "andon"),
                                        ("plans", "plans"),
                                        ("samples", "samples"),
                                    ],
                                    max_length=20,
                                ),
                                blank=True,
                                default=list,
                                help_text="Nothing chosen in both: everything that the role allows.",
                                size=None,
                                verbose_name="may send",
                            ),
                        ),
                        (
                            "reads",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("production_orders", "production_orders"),
                                        ("customer_orders", "customer_orders"),
                                        ("master_data", "master_data"),
                                        ("confirmations", "confirmations"),
                                        ("totals", "totals"),
                                        ("operation_commands", "operation_commands"),
                                        ("inspections", "inspections"),
                                        ("machines", "machines"),
                                        ("andon", "andon"),
                                        ("plans", "plans"),
                                        ("samples", "samples"),
                                    ],
                                    max_length=20,
                                ),
                                blank=True,
                                default=list,
                                help_text="Nothing chosen in both: everything that the role allows.",
                                size=None,
                                verbose_name="may read",
                            ),
                        ),
                        ("prefix", models.CharField(editable=False, max_length=8, verbose_name="prefix")),
                        ("active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, editable=False, verbose_name="created at"
                            ),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="expires at"),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="81decc7750ef48a82b6961d47e10bed8cc804bb5",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_f8804",
                                    table="accounts_apikeyevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Skill",
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
                        "verbose_name": "skill",
                        "verbose_name_plural": "skills",
                        "ordering": ("code",),
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "accounts_skillevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                                    hash="812bc514fc10a741703f0465eca686176d90cb13",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_e8a44",
                                    table="accounts_skill",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                                    func='INSERT INTO "accounts_skillevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;',
                                    hash="a6af135218fe331bfb7dc2fee7c98076ca773051",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_11f45",
                                    table="accounts_skill",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "accounts_skillevent" ("code", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                                    hash="9d1fa57b5497a9fb81aca9070ef565888a2bfcc8",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_2bbbd",
                                    table="accounts_skill",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        (
                            "last_login",
                            models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                        ),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "username",
                            models.CharField(
                                error_messages={"unique": "A user with that username already exists."},
                                help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                                max_length=150,
                                unique=True,
                                validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                                verbose_name="username",
                            ),
                        ),
                        (
                            "first_name",
                            models.CharField(blank=True, max_length=150, verbose_name="first name"),
                        ),
                        ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                        (
                            "email",
                            models.EmailField(blank=True, max_length=254, verbose_name="email address"),
                        ),
                        (
                            "is_staff",
                            models.BooleanField(
                                default=False,
                                help_text="Designates whether the user can log into this admin site.",
                                verbose_name="staff status",
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                                verbose_name="active",
                            ),
                        ),
                        (
                            "date_joined",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="date joined"
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
                                size=None,
                                verbose_name="roles",
                            ),
                        ),
                        (
                            "personnel_number",
                            models.CharField(
                                blank=True, default="", max_length=20, verbose_name="personnel number"
                            ),
                        ),
                        (
                            "badge_hash",
                            models.CharField(blank=True, default="", editable=False, max_length=64),
                        ),
                        (
                            "pin_hash",
                            models.CharField(blank=True, default="", editable=False, max_length=160),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("de", "German")],
                                default="en",
                                max_length=5,
                                verbose_name="language",
                            ),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                        (
                            "skills",
                            models.ManyToManyField(
                                blank=True, related_name="people", to="accounts.skill", verbose_name="skills"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "person",
                        "verbose_name_plural": "people",
                        "ordering": ("username",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("badge_hash", ""), _negated=True),
                                fields=("badge_hash",),
                                name="user_badge_unique",
                                violation_error_message="Another person already has this badge.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("personnel_number", ""), _negated=True),
                                fields=("personnel_number",),
                                name="user_personnel_number_unique",
                                violation_error_message="Another person already has this personnel number.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="insert_insert",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "accounts_userevent" ("date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "language", "last_name", "personnel_number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "roles", "username") VALUES (NEW."date_joined", NEW."email", NEW."first_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."language", NEW."last_name", NEW."personnel_number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."roles", NEW."username"); RETURN NULL;',
                                    hash="1d89496b0176a01b4784103d14585ea6e5a45709",
                                    operation="INSERT",
                                    pgid="pgtrigger_insert_insert_3867c",
                                    table="accounts_user",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="update_update",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."date_joined" IS DISTINCT FROM (NEW."date_joined") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."first_name" IS DISTINCT FROM (NEW."first_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."last_name" IS DISTINCT FROM (NEW."last_name") OR OLD."personnel_number" IS DISTINCT FROM (NEW."personnel_number") OR OLD."roles" IS DISTINCT FROM (NEW."roles") OR OLD."username" IS DISTINCT FROM (NEW."username"))',
                                    func='INSERT INTO "accounts_userevent" ("date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "language", "last_name", "personnel_number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "roles", "username") VALUES (NEW."date_joined", NEW."email", NEW."first_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."language", NEW."last_name", NEW."personnel_number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."roles", NEW."username"); RETURN NULL;',
                                    hash="500ba31c185ea0cd8ce6fd0e5517c4669ebbc805",
                                    operation="UPDATE",
                                    pgid="pgtrigger_update_update_0e890",
                                    table="accounts_user",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="delete_delete",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func='INSERT INTO "accounts_userevent" ("date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "language", "last_name", "personnel_number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "roles", "username") VALUES (OLD."date_joined", OLD."email", OLD."first_name", OLD."id", OLD."is_active", OLD."is_staff", OLD."is_superuser", OLD."language", OLD."last_name", OLD."personnel_number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."roles", OLD."username"); RETURN NULL;',
                                    hash="6814d570124cf578a1d180b9a65cf91b2536f47d",
                                    operation="DELETE",
                                    pgid="pgtrigger_delete_delete_19f14",
                                    table="accounts_user",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                    managers=[
                        ("objects", django.contrib.auth.models.UserManager()),
                    ],
                ),
                migrations.CreateModel(
                    name="PersonSkill",
                    fields=[],
                    options={
                        "verbose_name": "skill of a person",
                        "verbose_name_plural": "skills of people",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("accounts.user_skills",),
                ),
                migrations.CreateModel(
                    name="PersonSkillEvent",
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
                                to="accounts.personskill",
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "user",
                            models.ForeignKey(
                                db_constraint=False,
                                db_tablespace="",
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "skill",
                            models.ForeignKey(
                                db_constraint=False,
                                db_tablespace="",
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="accounts.skill",
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
                                    hash="4c3464d686f93d5fb0061670bddaee665511ea8a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_5fc3b",
                                    table="accounts_personskillevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Seal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("table", models.CharField(max_length=63, verbose_name="table")),
                        ("ids", mes.lib.fields.IntegerMultirangeField(verbose_name="rows")),
                        (
                            "columns",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=63), size=None, verbose_name="columns"
                            ),
                        ),
                        ("row_hashes", models.BinaryField(verbose_name="hashes of the rows")),
                        (
                            "previous",
                            models.CharField(
                                blank=True, default="", max_length=64, verbose_name="seal before"
                            ),
                        ),
                        ("digest", models.CharField(max_length=64, verbose_name="seal")),
                        (
                            "sealed_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="sealed at"),
                        ),
                    ],
                    options={
                        "verbose_name": "seal",
                        "verbose_name_plural": "seals",
                        "ordering": ("id",),
                        "constraints": [
                            models.UniqueConstraint(fields=("table", "previous"), name="seal_one_chain")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Signature",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("table", models.CharField(max_length=63, verbose_name="table")),
                        ("record", models.BigIntegerField(verbose_name="record")),
                        (
                            "meaning",
                            models.CharField(
                                choices=[
                                    ("performed", "performed"),
                                    ("reviewed", "reviewed"),
                                    ("approved", "approved"),
                                    ("released", "released"),
                                ],
                                max_length=20,
                                verbose_name="meaning",
                            ),
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
                        ("name", models.CharField(max_length=320, verbose_name="printed name")),
                        (
                            "method",
                            models.CharField(
                                choices=[("password", "password"), ("badge_and_pin", "badge and PIN")],
                                max_length=20,
                                verbose_name="proved by",
                            ),
                        ),
                        ("content", models.TextField(verbose_name="signed content")),
                        ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                    ],
                    options={
                        "verbose_name": "signature",
                        "verbose_name_plural": "signatures",
                        "ordering": ("id",),
                        "indexes": [models.Index(fields=["table", "record"], name="signature_record")],
                    },
                ),
                migrations.CreateModel(
                    name="SigningFailure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
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
                        ("address", models.GenericIPAddressField(null=True, verbose_name="address")),
                        ("reason", models.CharField(max_length=40, verbose_name="reason")),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                    ],
                    options={
                        "verbose_name": "failed signature",
                        "verbose_name_plural": "failed signatures",
                        "ordering": ("id",),
                    },
                ),
                migrations.CreateModel(
                    name="SkillEvent",
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
                                to="accounts.skill",
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
                                    hash="9ca690f0524102e419283e025c770d3cb0c300b1",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_d42bd",
                                    table="accounts_skillevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UserEvent",
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
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("pgh_context_id", models.UUIDField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "username",
                            models.CharField(
                                error_messages={"unique": "A user with that username already exists."},
                                help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                                max_length=150,
                                validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                                verbose_name="username",
                            ),
                        ),
                        (
                            "first_name",
                            models.CharField(blank=True, max_length=150, verbose_name="first name"),
                        ),
                        ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                        (
                            "email",
                            models.EmailField(blank=True, max_length=254, verbose_name="email address"),
                        ),
                        (
                            "is_staff",
                            models.BooleanField(
                                default=False,
                                help_text="Designates whether the user can log into this admin site.",
                                verbose_name="staff status",
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                                verbose_name="active",
                            ),
                        ),
                        (
                            "date_joined",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="date joined"
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
                                size=None,
                                verbose_name="roles",
                            ),
                        ),
                        (
                            "personnel_number",
                            models.CharField(
                                blank=True, default="", max_length=20, verbose_name="personnel number"
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("de", "German")],
                                default="en",
                                max_length=5,
                                verbose_name="language",
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
                                    hash="9e9498e73f6fbdf2642fb33fa14189f1ad2382c8",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_45b21",
                                    table="accounts_userevent",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="personskill",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_personskillevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "skill_id", "user_id") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."skill_id", NEW."user_id"); RETURN NULL;',
                    hash="fe0106b724ad6717e09c58ba12496436774fe015",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f2868",
                    table="accounts_user_skills",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="personskill",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_personskillevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "skill_id", "user_id") VALUES (OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."skill_id", OLD."user_id"); RETURN NULL;',
                    hash="039bd28df1f7e1c9b24e6f6ef335eb7bb88f3bc3",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_5a50f",
                    table="accounts_user_skills",
                    when="AFTER",
                ),
            ),
        ),
    ]
