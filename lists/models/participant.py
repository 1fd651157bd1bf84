"""Whom a name in the list of a meeting means, once somebody has said it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint
from conference.models import Conference
from registrations.models import Delegate


class KnownParticipant(models.Model):
    """A name and address that a meeting has shown, and whom it means in one conference.

    A delegate, the device of a room, or, where both are empty, nobody who is registered.
    """

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="known_participants"
    )
    # As lists/meeting/matching.py compares names: without accents and punctuation.
    name = models.CharField(_("name in the meeting"), max_length=150)
    email = models.CharField(_("e-mail in the meeting"), max_length=254, blank=True)
    delegate = models.ForeignKey(
        Delegate,
        verbose_name=_("delegate"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="known_participants",
    )
    room = models.ForeignKey(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("said by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(_("said at"))

    class Meta:
        verbose_name = _("known participant")
        verbose_name_plural = _("known participants")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["conference", "name", "email"], name="participant_known_once")]

    def __str__(self) -> str:
        return self.name
