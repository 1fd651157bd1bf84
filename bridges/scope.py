"""What a staff user may see of one conference."""

from dataclasses import dataclass
from typing import Self

from accounts.models import User
from bridges.models import BridgePoint
from conference.models import Conference


@dataclass(frozen=True)
class ConferenceScope:
    """A conference and those of its points that a staff user runs: all of them as its organiser, or their own."""

    conference: Conference
    points: dict[int, BridgePoint]
    is_organiser: bool

    @classmethod
    def of(cls, user: User, conference: Conference, *related: str) -> Self:
        """The scope of ``user`` in ``conference``; empty for whoever runs nothing of it. Two queries.

        ``related``: what is loaded with the points.
        """
        points = BridgePoint.objects.run_by(user).filter(conference=conference)
        if related:
            points = points.select_related(*related)
        is_organiser = Conference.objects.run_by(user).filter(pk=conference.pk).exists()
        return cls(conference, {point.pk: point for point in points}, is_organiser)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not self.points and not self.is_organiser
