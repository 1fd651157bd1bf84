"""Seals the secrets of second factors, and deletes the sessions of before, whose rows held live keys."""

from django.db import migrations

from common import sealing

# As in accounts/second_factor.py when this was written.
PURPOSE = "second factor"
SECRETS = ("secret", "seed")


def _change(apps, change):
    Authenticator = apps.get_model("mfa", "Authenticator")
    for row in Authenticator.objects.filter(type__in=["totp", "recovery_codes"]).iterator():
        row.data = {name: change(value) if name in SECRETS else value for name, value in row.data.items()}
        row.save(update_fields=["data"])


def seal(apps, schema_editor):
    _change(apps, lambda secret: sealing.seal(secret, PURPOSE))


def unseal(apps, schema_editor):
    _change(apps, lambda sealed: sealing.unseal(sealed, PURPOSE))


def delete_sessions(apps, schema_editor):
    """Everybody signs in once more."""
    apps.get_model("sessions", "Session").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_sealed_sessions'),
        ('mfa', '0003_authenticator_type_uniq'),
        ('sessions', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(seal, unseal),
        migrations.RunPython(delete_sessions, migrations.RunPython.noop),
    ]
