"""Delegates know by themselves where an SMS can go, so that a database statement can choose by it."""

import phonenumbers
from django.db import migrations, models

_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def fill(apps, schema_editor):
    Delegate = apps.get_model("registrations", "Delegate")
    for delegate in Delegate.objects.exclude(phone="").only("phone").iterator():
        number = phonenumbers.parse(str(delegate.phone), "VN")
        if phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in _MOBILE:
            delegate.mobile = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            delegate.save(update_fields=["mobile"])


class Migration(migrations.Migration):

    dependencies = [
        ("registrations", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="delegate",
            name="mobile",
            field=models.CharField(blank=True, default="", editable=False, max_length=20, verbose_name="mobile"),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
