from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attendance", "0002_checked_in_at")]

    operations = [
        migrations.AddIndex(
            model_name="attendance",
            index=models.Index(fields=["-first_at", "-id"], name="attendance_latest"),
        ),
    ]
