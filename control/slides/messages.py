"""What speakers are told about their slides, as it is true when it leaves. In the language of the message."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from control.models import SlideCall, SlideFile, SlideLink
from control.slides.asking import SPEAKER, is_open
from messaging.kind_names import SLIDES_REMINDED
from outbox.clock import database_clock
from outbox.models import Message
from outbox.refs import Ref
from outbox.send import Content
from outbox.sms_length import cut_for_one, plain


def compose(messages: list[Message]) -> dict[int, Content]:
    """The texts of ``messages`` by their number; what no longer holds is left out. Three queries."""
    now = database_clock()()
    numbers = {ref.number for message in messages if (ref := Ref.parse(message.person)) and ref.kind == SPEAKER}
    rows = SlideLink.objects.filter(pk__in=numbers, withdrawn_at=None).select_related("cue__conference")
    links = {str(Ref(SPEAKER, row.pk)): row for row in rows}
    handed_in = set(
        SlideFile.objects.filter(cue__slide_link__in=numbers, withdrawn_at=None).values_list("cue_id", flat=True)
    )
    conferences = {link.cue.conference_id for link in links.values()}
    limits = {row.conference_id: row for row in SlideCall.objects.filter(conference__in=conferences)}
    texts = {}
    for message in messages:
        link = links.get(message.person)
        if link is None or not is_open(link.cue.conference, now):
            continue
        if message.kind == SLIDES_REMINDED and link.cue_id in handed_in:
            continue
        with translation.override(message.language):
            texts[message.pk] = _content(message, link, _Due.of(limits.get(link.cue.conference_id), now))
    return texts


@dataclass(frozen=True)
class _Due:
    """Until when slides are to be handed in: in words, "" without a limit; and whether that has passed."""

    words: str
    has_passed: bool

    @classmethod
    def of(cls, call: SlideCall | None, now: datetime) -> "_Due":
        if call is None or call.due_at is None:
            return cls("", has_passed=False)
        return cls(date_format(timezone.localtime(call.due_at), "H:i, j/n/Y"), has_passed=call.due_at <= now)


def _content(message: Message, link: SlideLink, due: _Due) -> Content:
    by_channel: dict[str, Callable[[SlideLink, _Due, bool], Content]] = {"email": _mail}
    return by_channel.get(message.channel, _sms)(link, due, message.kind == SLIDES_REMINDED)


def _due_lines(due: _Due) -> list[str]:
    if not due.words:
        return []
    if due.has_passed:
        words = gettext("The time limit, %(due)s, has passed: please do so as soon as possible.")
    else:
        words = gettext("Please do so by %(due)s.")
    return [words % {"due": due.words}]


def _mail(link: SlideLink, due: _Due, is_reminder: bool) -> Content:
    cue, conference = link.cue, link.cue.conference
    facts = {
        "who": cue.who or gettext("Speaker"),
        "part": cue.title,
        "minutes": cue.minutes,
        "conference": conference.name,
        "start": date_format(timezone.localtime(conference.starts_at), "H:i, j/n/Y"),
        "link": link.url,
        "contact": ", ".join(filter(None, [conference.contact_name, str(conference.contact_phone or "")])),
    }
    lines = [
        gettext("Dear %(who)s,"),
        gettext("We still lack your slides for “%(part)s” (%(minutes)d minutes) at “%(conference)s”, %(start)s.")
        if is_reminder
        else gettext("Please send us your slides for “%(part)s” (%(minutes)d minutes) at “%(conference)s”, %(start)s."),
        gettext(
            "On this page you hand them in, replace them and see what has arrived; no account is needed:\n%(link)s"
        ),
        *_due_lines(due),
        gettext("The link is for you alone. Questions: %(contact)s.") if facts["contact"] else "",
    ]
    subject = gettext("Slides still missing: %(part)s") if is_reminder else gettext("Your slides for: %(part)s")
    return Content(
        subject=(subject % facts)[:200],
        text="\n\n".join(line % facts if "%(" in line else line for line in lines if line) + "\n",
        sender_name=conference.short_name,
        reply_to=conference.contact_email,
        secrets=(link.url,),
    )


def _sms(link: SlideLink, due: _Due, is_reminder: bool) -> Content:
    """One SMS in the alphabet of phones, so that it costs one: a long name of the conference is cut for it."""

    def words(conference: str) -> str:
        asked = (
            gettext("%(conference)s: slides still missing, hand in at %(link)s")
            if is_reminder
            else gettext("%(conference)s: please hand in your slides at %(link)s")
        )
        return plain(" ".join([asked % {"conference": conference, "link": link.url}, *until]))

    until = []
    if due.words:
        by = gettext("by %(due)s") % {"due": due.words}
        until = [gettext("as soon as possible") if due.has_passed else by]
    return Content(text=words(cut_for_one(link.cue.conference.short_name, words)), secrets=(link.url,))
