from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("machines", "0009_epochs_say_when_they_were_told")]

    operations = [
        migrations.AddField(
            model_name="projection",
            name="asked",
            field=models.BigIntegerField(db_default=0),
        ),
    ]
