"""Provinces in the order of their letters, whatever the accents."""

from django.db import migrations, models
from django.db.models.functions import Replace


class Migration(migrations.Migration):
    dependencies = [("bridges", "0005_registering")]

    operations = [
        migrations.AlterModelOptions(
            name="province",
            options={
                "ordering": [Replace("code", models.Value("-"), models.Value("0"))],
                "verbose_name": "province",
                "verbose_name_plural": "provinces",
            },
        ),
    ]
