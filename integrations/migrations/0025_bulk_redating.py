from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0024_kept_sentences"),
    ]

    operations = [
        migrations.AlterField(
            model_name="bulkdecision",
            name="kind",
            field=models.CharField(
                choices=[
                    ("resend", "send again"),
                    ("redate", "post with today's date"),
                    ("discard", "discard"),
                ],
                max_length=10,
                verbose_name="decision",
            ),
        ),
    ]
