"""Slides and the addresses of speakers go some days after the conference; addresses earlier, if they are erased."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from conference.models import Conference
from control.models import SlideFile, SlideLink
from control.slides import store
from control.slides.asking import person_of
from outbox import retention
from registrations.signals import ErasedPeople


def forget_due(*, now: datetime) -> int:
    """Delete the slides of conferences that ended ``SLIDES_KEPT_DAYS`` ago, and whom they were asked of.

    Returns how many files that are. Files on the disk that no row knows go as well.
    """
    over = Conference.objects.filter(ends_at__lte=now - timedelta(days=settings.SLIDES_KEPT_DAYS))
    concerned = over.filter(Q(cues__slide_files__isnull=False) | Q(cues__slide_link__isnull=False)).distinct()
    count = sum(_forget(conference) for conference in concerned)
    store.sweep(set(SlideFile.objects.values_list("uid", flat=True)))
    return count


@transaction.atomic
def _forget(conference: Conference) -> int:
    files = SlideFile.objects.filter(cue__conference=conference)
    uids = list(files.values_list("uid", flat=True))
    files.delete()
    _forget_links(list(SlideLink.objects.filter(cue__conference=conference)))
    transaction.on_commit(lambda: store.drop(uids))
    return len(uids)


def _forget_links(links: list[SlideLink]) -> None:
    retention.erase(person_of(link) for link in links)
    SlideLink.objects.filter(pk__in=[link.pk for link in links]).delete()


def erase_speakers(*, conference: Conference, people: ErasedPeople, everybody: bool, **kwargs: object) -> None:
    """Take out how ``people`` are reached as speakers, or everybody; their slides stay as long as all of them do."""
    links = SlideLink.objects.filter(cue__conference=conference)
    if not everybody:
        links = links.filter(Q(phone__in=people.phones) | Q(pk__in=_with_emails(conference, people.emails)))
    _forget_links(list(links))


def _with_emails(conference: Conference, emails: set[str]) -> list[int]:
    found = SlideLink.objects.filter(cue__conference=conference).exclude(email="").values_list("pk", "email")
    return [pk for pk, email in found if email.lower() in emails]
