"""Provinces in the order of the Vietnamese alphabet."""

from django.db import migrations, models

from conference.alphabet import text_key


def fill(apps, schema_editor):
    Province = apps.get_model("bridges", "Province")
    provinces = list(Province.objects.only("name"))
    for province in provinces:
        province.sort_name = text_key(province.name)
    Province.objects.bulk_update(provinces, ["sort_name"])


class Migration(migrations.Migration):
    dependencies = [("bridges", "0006_provinces_by_letters")]

    operations = [
        migrations.AddField(
            model_name="province",
            name="sort_name",
            field=models.CharField(blank=True, default="", editable=False, max_length=200, verbose_name="sort name"),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterModelOptions(
            name="province",
            options={
                "ordering": ["sort_name", "id"],
                "verbose_name": "province",
                "verbose_name_plural": "provinces",
            },
        ),
    ]
