"""What this room does when rooms below it save something."""

from typing import Any

from django.utils import timezone

from bridges.models import BridgePoint, Connection
from conference.models import Conference
from messaging import changed_details, notices
from messaging.reminders import planning


def conference_saved(instance: Conference, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """A new conference gets the usual reminders, however it was made; a moved or cancelled one is announced."""
    if raw:
        return
    if created:
        planning.create_default_rules(instance)
    notices.update_notice(conference=instance, now=timezone.now())


def point_saved(instance: BridgePoint, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """What its people know of a bridge point begins with what it was when it was made."""
    if not raw:
        changed_details.note_details(point=instance, now=timezone.now())


def connection_saved(instance: Connection, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """The same for its connection details."""
    if not raw:
        changed_details.note_details(point=instance.bridge_point, now=timezone.now())
