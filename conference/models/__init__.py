"""What and when: the conference, what it shows of itself, and how often its day has changed."""

from conference.models.agenda import Partner, Product, ProgrammeItem
from conference.models.conferences import Conference, ConferenceQuerySet, Phase
from conference.models.day_version import DayVersion, day_version, raise_day_version

__all__ = [
    "Conference",
    "ConferenceQuerySet",
    "DayVersion",
    "Partner",
    "Phase",
    "Product",
    "ProgrammeItem",
    "day_version",
    "raise_day_version",
]
