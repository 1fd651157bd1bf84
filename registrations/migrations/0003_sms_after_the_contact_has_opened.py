from django.db import migrations, models
from django.db.models import F


def open_all(apps, schema_editor):
    """Whoever is registered already has had their SMS: nobody of them waits."""
    apps.get_model("registrations", "Registration").objects.update(link_opened_at=F("created_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('registrations', '0002_order_of_delegates'),
    ]

    operations = [
        migrations.AddField(
            model_name='registration',
            name='link_opened_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='first message opened at'),
        ),
        migrations.RunPython(open_all, migrations.RunPython.noop),
    ]
