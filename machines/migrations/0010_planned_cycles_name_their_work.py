from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("machines", "0009_epochs_say_when_they_were_told")]

    operations = [
        migrations.AddField(
            model_name="plannedcycle",
            name="work",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="work"),
        ),
    ]
