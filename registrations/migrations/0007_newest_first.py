from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registrations", "0006_search_index")]

    operations = [
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(fields=["-created_at", "-id"], name="registration_latest"),
        ),
    ]
