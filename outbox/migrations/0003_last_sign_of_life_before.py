from django.db import migrations


def note_last_sign_of_life(apps, schema_editor):
    """Earlier versions kept no row of the installation; beat's last sign of life, or the newest message, stands in.

    Where the database lies is not noted: that it is upgraded where it always lay is no restoring.
    """
    installations = apps.get_model("outbox", "Installation").objects
    beat = apps.get_model("outbox", "Heartbeat").objects.order_by("-at").values_list("at", flat=True).first()
    newest = apps.get_model("outbox", "Message").objects.order_by("-id").values_list("created_at", flat=True).first()
    seen_at = beat or newest
    if seen_at and not installations.exists():
        installations.create(pk=1, seen_at=seen_at)


class Migration(migrations.Migration):
    dependencies = [("outbox", "0002_installation_first_try_and_sessions")]

    operations = [migrations.RunPython(note_last_sign_of_life, migrations.RunPython.noop)]
