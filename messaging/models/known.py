"""What people have been told."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint
from conference.models import Conference
from outbox.refs import Ref


class KnownTime(models.Model):
    """What the people of a conference have been told about when it is, and whether it is.

    ``starts_at`` and ``cancelled``: what they know; ``is_tentative``: some of them know the date as tentative;
    ``pending_…``: what the notice says that is on its way, or waits until the conference is published again, if any.
    """

    conference = models.OneToOneField(Conference, on_delete=models.CASCADE, related_name="known_time", primary_key=True)
    starts_at = models.DateTimeField()
    cancelled = models.BooleanField(default=False)
    is_tentative = models.BooleanField(default=False)
    notices = models.PositiveIntegerField(default=0)
    pending_starts_at = models.DateTimeField(null=True)
    pending_cancelled = models.BooleanField(default=False)
    pending_is_tentative = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("what people know")
        verbose_name_plural = _("what people know")

    def __str__(self) -> str:
        return f"{self.conference_id}"

    @property
    def occasion(self) -> str:
        """What the outbox calls the notice on its way."""
        return str(Ref("notice", self.conference_id, self.notices))


class KnownDetails(models.Model):
    """What the people of a bridge point know of it, so that a change can be put into words.

    ``known`` holds name, address and connection details as the technician was told of them last, or as somebody decided
    not to tell. Delegates know the same, but for ``otherwise_to_delegates``: details of which the technician alone was
    told, each with the value that delegates know.
    """

    bridge_point = models.OneToOneField(
        BridgePoint, on_delete=models.CASCADE, related_name="known_details", primary_key=True
    )
    known = models.JSONField(default=dict)
    otherwise_to_delegates = models.JSONField(default=dict)
    changed = models.JSONField(default=list, help_text=_("Names of what the last message was about."))
    # The same of the last message to delegates.
    changed_for_delegates = models.JSONField(default=list)
    notices = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("details people know")
        verbose_name_plural = _("details people know")

    def __str__(self) -> str:
        return f"{self.bridge_point_id}"

    @property
    def occasion(self) -> str:
        """What the outbox calls the last message about a change."""
        return str(Ref("details", self.bridge_point_id, self.notices))

    @property
    def known_to_delegates(self) -> dict[str, str]:
        """Name, address and connection details as delegates know them, by field."""
        return {**self.known, **self.otherwise_to_delegates}

    def note(self, *, known: dict[str, str], to_delegates: dict[str, str]) -> None:
        """Set what the technician knows from now on, and what delegates do; not saved."""
        self.known = known
        self.otherwise_to_delegates = {
            name: value for name, value in to_delegates.items() if value != known.get(name, "")
        }
