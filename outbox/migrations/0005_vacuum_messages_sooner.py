from django.db import migrations

# Each message is written three times within seconds, and its old versions stand in the way of the next look for what is
# due until they are cleared away: after a thousand and a fiftieth of the table, not after a fifth of it.
_SETTINGS = {
    "autovacuum_vacuum_threshold": "1000",
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_analyze_threshold": "1000",
    "autovacuum_analyze_scale_factor": "0.05",
}


def _change(schema_editor, action):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE outbox_message {action}")


def set_them(apps, schema_editor):
    _change(schema_editor, f"SET ({', '.join(f'{name} = {value}' for name, value in _SETTINGS.items())})")


def reset_them(apps, schema_editor):
    _change(schema_editor, f"RESET ({', '.join(_SETTINGS)})")


class Migration(migrations.Migration):
    dependencies = [("outbox", "0004_fewer_indexes_on_messages")]

    operations = [migrations.RunPython(set_them, reset_them)]
