"""Fills the table of provinces."""

from django.db import migrations

from bridges.provinces import rows


def fill(apps, schema_editor):
    Province = apps.get_model("bridges", "Province")
    Province.objects.bulk_create(
        [Province(**row) for row in rows()],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "kind", "valid_from", "valid_to", "latitude", "longitude"],
    )


class Migration(migrations.Migration):
    dependencies = [("bridges", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
