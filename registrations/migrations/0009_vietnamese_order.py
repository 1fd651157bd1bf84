"""Delegates in the order of the Vietnamese alphabet."""

from django.db import migrations

from conference.alphabet import name_key

_AT_ONCE = 1000
_LENGTH = 310


def fill(apps, schema_editor):
    Delegate = apps.get_model("registrations", "Delegate")
    named = Delegate.objects.exclude(full_name="").only("full_name").order_by("pk")
    done = 0
    while some := list(named.filter(pk__gt=done)[:_AT_ONCE]):
        for delegate in some:
            delegate.sort_name = name_key(delegate.full_name)[:_LENGTH]
        Delegate.objects.bulk_update(some, ["sort_name"])
        done = some[-1].pk


class Migration(migrations.Migration):
    dependencies = [("registrations", "0008_uploaded_by")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
