from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0035_conflicts_in_parts")]

    operations = [
        migrations.AlterField(
            model_name="erpconflict",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "open"),
                    ("taken", "the ERP's value taken"),
                    ("kept", "our value kept"),
                    ("proposed", "our value proposed to the ERP"),
                    ("settled", "settled by itself"),
                ],
                default="open",
                max_length=10,
                verbose_name="state",
            ),
        ),
    ]
