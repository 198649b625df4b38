"""What was verified before shipping waited for it."""

from django.db import migrations

VERIFIED = """
    UPDATE orders_orderrequirement r SET verified_at = c.at FROM (
        SELECT requirement_id, max(at) AS at FROM (
            SELECT DISTINCT ON (requirement_id, operation_id) requirement_id, verdict, at
            FROM quality_requirementcheck ORDER BY requirement_id, operation_id, id DESC
        ) latest GROUP BY requirement_id HAVING bool_and(verdict = 'passed')
    ) c WHERE c.requirement_id = r.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0024_verified_requirements"),
        ("quality", "0005_nonconformances"),
    ]

    operations = [migrations.RunSQL(VERIFIED, migrations.RunSQL.noop)]
