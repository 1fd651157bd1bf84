"""Reminder rules stand in messaging/ now; its migration has copied them."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("registrations", "0002_mobile"),
        ("messaging", "0002_take_over"),
    ]

    operations = [
        migrations.DeleteModel(name="ReminderRule"),
    ]
