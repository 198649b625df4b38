"""Stock that has no lot is shipped without one."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0033_corrections_by_people")]

    operations = [
        migrations.AlterField(
            model_name="shippedlot",
            name="lot",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shipped",
                to="orders.lot",
                verbose_name="lot",
            ),
        ),
    ]
