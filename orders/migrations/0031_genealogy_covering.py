"""Both indexes of the genealogy hold the quantity: a trace reads nothing else."""

from django.db import migrations, models

from mes.lib.migrations import AtOnce


class Migration(migrations.Migration):
    dependencies = [("orders", "0030_family_tools")]

    operations = [
        AtOnce(
            operations=[
                migrations.RemoveConstraint(model_name="genealogyedge", name="genealogy_forward"),
                migrations.RemoveIndex(model_name="genealogyedge", name="genealogy_backward"),
                migrations.AddIndex(
                    model_name="genealogyedge",
                    index=models.Index(
                        fields=["child", "parent"], include=("quantity",), name="genealogy_backward"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="genealogyedge",
                    constraint=models.UniqueConstraint(
                        fields=("parent", "child"), include=("quantity",), name="genealogy_forward"
                    ),
                ),
            ]
        )
    ]
