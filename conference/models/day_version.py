"""One number for each conference that changes with whatever a board of its day shows."""

from django.db import models
from django.db.models import F

from conference.models.conferences import Conference


class DayVersion(models.Model):
    """How often something on the day of a conference has changed.

    A row of its own, narrow: it is written with every scan, and boards ask for it every few seconds.
    """

    conference = models.OneToOneField(Conference, on_delete=models.CASCADE, primary_key=True, related_name="+")
    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.conference_id}: {self.number}"


def raise_day_version(conference: int) -> None:
    """Say that what boards of the conference with this number show has changed.

    Called in the transaction of the change, as its last statement: the row is locked until that ends, so everybody
    else who changes the day waits for it. Two statements more the first time.
    """
    rows = DayVersion.objects.filter(conference=conference)
    if not rows.update(number=F("number") + 1):
        DayVersion.objects.bulk_create([DayVersion(conference_id=conference)], ignore_conflicts=True)
        rows.update(number=F("number") + 1)


def day_version(conference: int) -> int:
    """The number at which the day of the conference with this number stands; 0: nothing has happened. One query."""
    return DayVersion.objects.filter(conference=conference).values_list("number", flat=True).first() or 0
