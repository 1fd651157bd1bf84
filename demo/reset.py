"""Starting the demo over."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Model

from accounts.models import Session, User
from attendance.models import Attendance
from bridges.models import BridgePoint, Connection, LineTest, SpareLine
from conference.models import Conference
from demo.models import MailboxItem
from messaging.models import Announcement, Rule, Template
from outbox.models import BadAddress, ChannelState, EarlyReport, Message
from registrations.models import Delegate, Invitation, Organisation, Registration

_ROWS: tuple[type[Model], ...] = (
    Attendance, Delegate, Registration, Invitation, Organisation, Conference, LogEntry, Message, MailboxItem,
    BadAddress, ChannelState, EarlyReport, Session, User,
)  # fmt: skip
_HISTORIES: tuple[Any, ...] = (
    Conference,
    BridgePoint,
    Connection,
    SpareLine,
    LineTest,
    Registration,
    Delegate,
    Rule,
    Announcement,
    Template,
    Invitation,
)


def erase() -> None:
    """Delete all conferences, registrations, messages and users, with their histories. Provinces stay."""
    for model in _ROWS:
        model._default_manager.all().delete()
    for kept in _HISTORIES:
        kept.history.all().delete()
