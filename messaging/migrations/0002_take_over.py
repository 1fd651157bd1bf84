"""Take over the reminder rules of registrations/, and note what people know of conferences and points today."""

from django.db import migrations

_ROUTES = {(True, True): "email+sms", (True, False): "email", (False, True): "sms", (False, False): "email+sms"}


def _length(minutes):
    if minutes % (24 * 60) == 0:
        return minutes // (24 * 60), "days"
    if minutes % 60 == 0 and minutes > 60:
        return minutes // 60, "hours"
    return minutes, "minutes"


def take_over(apps, schema_editor):
    Rule = apps.get_model("messaging", "Rule")
    for old in apps.get_model("registrations", "ReminderRule").objects.all():
        amount, unit = _length(old.minutes_before)
        Rule.objects.create(
            conference_id=old.conference_id,
            text="starting" if old.minutes_before <= 10 else "reminder",
            timing="before",
            amount=amount,
            unit=unit,
            route=_ROUTES[old.by_email, old.by_sms],
            is_active=old.is_active and (old.by_email or old.by_sms),
        )
    Told = apps.get_model("messaging", "Told")
    Told.objects.bulk_create(
        Told(conference=conference, starts_at=conference.starts_at, cancelled=bool(conference.cancelled_at))
        for conference in apps.get_model("conference", "Conference").objects.all()
    )
    DetailsTold = apps.get_model("messaging", "DetailsTold")
    connections = {c.bridge_point_id: c for c in apps.get_model("bridges", "Connection").objects.all()}
    fields = ("web_url", "meeting_id", "password", "server", "account", "sip_address", "dial_in", "instructions")
    DetailsTold.objects.bulk_create(
        DetailsTold(
            bridge_point=point,
            known={
                "name": point.name,
                "address": point.address,
                **{field: str(getattr(connections.get(point.pk), field, "") or "") for field in fields},
            },
        )
        for point in apps.get_model("bridges", "BridgePoint").objects.all()
    )
    # Rows that wait in the outbox are composed in the new room.
    Message = apps.get_model("notifications", "Message")
    Message.objects.filter(composer="registrations").update(composer="messaging")
    for kind in Message.objects.filter(occasion="").values_list("kind", flat=True).distinct():
        Message.objects.filter(kind=kind, occasion="").update(occasion=kind)


class Migration(migrations.Migration):

    dependencies = [
        ("messaging", "0001_initial"),
        ("registrations", "0001_initial"),
        ("notifications", "0002_delivery"),
    ]

    operations = [
        migrations.RunPython(take_over, migrations.RunPython.noop, elidable=True),
    ]
