from typing import Any

from django.db import migrations, models
from django.db.models import F


def fill_in(apps: Any, schema_editor: Any) -> None:
    """Who was checked in before this column was there: when they were first seen, or later, is all that is known."""
    apps.get_model("attendance", "Attendance").objects.filter(mode="in_person").update(checked_in_at=F("first_at"))


class Migration(migrations.Migration):
    dependencies = [("attendance", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="attendance",
            options={
                "ordering": ["-first_at", "-id"],
                "verbose_name": "attendance",
                "verbose_name_plural": "attendance",
            },
        ),
        migrations.AddField(
            model_name="attendance",
            name="checked_in_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="checked in at"),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop, elidable=True),
    ]
