from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("machines", "0010_planned_cycles_name_their_work")]

    operations = [
        migrations.AddField(
            model_name="projection",
            name="asked",
            field=models.BigIntegerField(db_default=0),
        ),
    ]
