"""What a staff user may see of the messages of a conference."""

from dataclasses import dataclass

from accounts.models import User
from bridges.models import BridgePoint
from bridges.scope import ConferenceScope
from conference.models import Conference
from outbox.models import Message
from outbox.refs import Ref
from registrations.messages import topic


@dataclass(frozen=True)
class Scope(ConferenceScope):
    """What a staff user may see of the messages of a conference."""

    @property
    def topics(self) -> list[str]:
        """What the outbox calls the points, and the conference where no point is chosen yet."""
        return [topic(pk) for pk in self.points] + ([self.no_point] if self.is_organiser else [])

    @property
    def no_point(self) -> str:
        """What is about the conference and none of its points, such as an invitation to choose one."""
        return str(Ref("conference", self.conference.pk))

    def point_of(self, message: Message) -> BridgePoint | None:
        """The point that ``message`` is about."""
        ref = Ref.parse(message.topic)
        return self.points.get(ref.number) if ref and ref.kind == "point" else None


def scope_of(user: User, conference_id: int) -> Scope | None:
    """What ``user`` may see of a conference; None: nothing of it."""
    conference = Conference.objects.filter(pk=conference_id).first()
    if conference is None:
        return None
    scope = Scope.of(user, conference)
    return None if scope.is_empty else scope
