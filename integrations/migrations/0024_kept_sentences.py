from django.db import migrations, models

from mes.lib.migrations import AtOnce


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0023_more_ways_to_machines"),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.AddField(model_name=name, name="sentence", field=models.JSONField(null=True))
                for name in ("messagestep", "outboundmessage", "trustfigure")
            ]
        )
    ]
