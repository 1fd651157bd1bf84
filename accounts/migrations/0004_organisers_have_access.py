"""Organisers have access to the administration; whoever was one on paper only, is none: nobody gets in by this."""

from django.db import migrations, models


def mend(apps, schema_editor):
    apps.get_model("accounts", "User").objects.filter(is_organiser=True, is_staff=False).update(is_organiser=False)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0003_seal_what_stood_in_clear"),
    ]

    operations = [
        migrations.RunPython(mend, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_organiser", False), ("is_staff", True), _connector="OR"),
                name="user_organiser_is_staff",
                violation_error_message="Organisers work in the administration: this needs access to it as well.",
            ),
        ),
    ]
