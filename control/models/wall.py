"""The link to the wall screen of a conference."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from conference.models import Conference
from registrations.tokens import LinkHolder, LinkHolderQuerySet, address


class WallLink(LinkHolder):
    """The link to the board without personal data, for a screen on which nobody signs in; renewing it withdraws it."""

    LINK_PURPOSE = "wall"

    conference = models.OneToOneField(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="+"
    )

    objects = LinkHolderQuerySet["WallLink"].as_manager()

    class Meta:
        verbose_name = _("link of a wall screen")
        verbose_name_plural = _("links of wall screens")
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="wall_link")]

    @property
    def url(self) -> str:
        """The address of the screen."""
        return f"{settings.SITE_URL}{address('control:wall', self.token)}"
