from django.db import migrations, models
from django.db.models import F


def copy_changed(apps, schema_editor):
    """What waits in the outbox still says to delegates what has changed."""
    known = apps.get_model("messaging", "KnownDetails")
    known.objects.using(schema_editor.connection.alias).update(changed_for_delegates=F("changed"))


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0003_more_audiences_and_after_the_end"),
    ]

    operations = [
        migrations.AddField(
            model_name="knowndetails",
            name="changed_for_delegates",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="knowndetails",
            name="otherwise_to_delegates",
            field=models.JSONField(default=dict),
        ),
        migrations.RunPython(copy_changed, migrations.RunPython.noop),
    ]
