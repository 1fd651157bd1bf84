"""Fills the table of provinces: those of today and those from before 1/7/2025."""

from django.db import migrations

from bridges.provinces import rows
from common.alphabet import text_key


def fill(apps, schema_editor):
    Province = apps.get_model("bridges", "Province")
    Province.objects.bulk_create(
        [Province(**row, sort_name=text_key(row["name"])) for row in rows()],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "sort_name", "kind", "valid_from", "valid_to", "latitude", "longitude"],
    )


class Migration(migrations.Migration):
    dependencies = [("bridges", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
