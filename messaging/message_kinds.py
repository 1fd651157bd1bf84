"""The kinds of message that people get. The names stand in the database and in the outbox."""

from django.utils.translation import gettext_lazy as _

CONFIRMED = "confirmed"
PROMOTED = "promoted"
MOVED = "moved"
WAITLISTED = "waitlisted"
CANCELLED = "cancelled"
REQUESTED = "requested"
DECLINED = "declined"
OWN_PAGE = "own_page"
INVITED = "invited"
REMINDER = "reminder"
STARTING = "starting"
FOLLOW_UP = "follow_up"
RESCHEDULED = "rescheduled"
CONFERENCE_CANCELLED = "called_off"
RESTORED = "restored"
DATE_FIXED = "date_fixed"
DETAILS = "details"
STAFF_REMINDER = "staff_reminder"
STAFF_NEWS = "staff_news"
STAFF_CANCELLED = "staff_cancelled"
LINE_MOVED = "line_moved"
STAFF_LINE_MOVED = "staff_line_moved"
TEST_ROUND = "test_round"
ROUND_CANCELLED = "round_cancelled"
QUESTION_ANSWERED = "question_answered"
ANNOUNCEMENT = "announcement"

#: Those whose words a conference can have its own text for.
TEMPLATED = [
    (CONFIRMED, _("registration confirmed")),
    (WAITLISTED, _("on the waitlist")),
    (PROMOTED, _("a seat has become free")),
    (MOVED, _("moved to another bridge point")),
    (CANCELLED, _("registration cancelled")),
    (REQUESTED, _("registration requested")),
    (DECLINED, _("registration declined")),
    (OWN_PAGE, _("link to the registration")),
    (INVITED, _("invitation")),
    (REMINDER, _("reminder")),
    (STARTING, _("starting now")),
    (FOLLOW_UP, _("thanks afterwards")),
    (RESCHEDULED, _("conference moved")),
    (DATE_FIXED, _("tentative date fixed")),
    (CONFERENCE_CANCELLED, _("conference cancelled")),
    (RESTORED, _("conference takes place after all")),
    (DETAILS, _("details of the bridge point changed")),
    (STAFF_REMINDER, _("reminder to coordinators and technicians")),
    (STAFF_NEWS, _("news to coordinators and technicians")),
    (STAFF_CANCELLED, _("cancellation to coordinators and technicians")),
]
#: Those that say the same at every conference.
FIXED = [
    (LINE_MOVED, _("joined over another line")),
    (STAFF_LINE_MOVED, _("another line, to coordinators and technicians")),
    (TEST_ROUND, _("reminder of a test round")),
    (ROUND_CANCELLED, _("test round cancelled")),
    (QUESTION_ANSWERED, _("answer in writing to a question")),
]
LABELS = {**dict(TEMPLATED), **dict(FIXED), ANNOUNCEMENT: _("message to people")}

#: Notices about the conference itself.
NOTICES = (RESCHEDULED, CONFERENCE_CANCELLED, RESTORED, DATE_FIXED)
#: What a rule sends.
BY_RULE = (REMINDER, STARTING, FOLLOW_UP)
#: What is said only to somebody who has a seat; the state is asked when the message leaves.
NEEDS_SEAT = frozenset({CONFIRMED, PROMOTED, MOVED})
#: Mails with the QR code of the personal link in them.
WITH_QR = NEEDS_SEAT
#: By SMS these have the same link as the confirmation: whoever got one link then is not sent to another page now.
SAME_LINK = NEEDS_SEAT | {RESCHEDULED, RESTORED, DATE_FIXED, DETAILS}

_FOR_STAFF = {CONFERENCE_CANCELLED: STAFF_CANCELLED, LINE_MOVED: STAFF_LINE_MOVED}


def for_staff(kind: str) -> str:
    """The kind whose text coordinators and technicians get in place of ``kind``."""
    if kind in (REMINDER, STARTING):
        return STAFF_REMINDER
    if kind in _FOR_STAFF:
        return _FOR_STAFF[kind]
    if kind in (*NOTICES, DETAILS):
        return STAFF_NEWS
    return kind
