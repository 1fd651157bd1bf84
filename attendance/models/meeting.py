"""Who was in the meeting, as lists and calls of its system say."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bridges.models import BridgePoint
from common.sealing import Unreadable, seal, unseal
from conference.models import Conference
from lists.meeting.columns import Source
from lists.meeting.matching import Means, Way
from registrations.models import Delegate
from registrations.tokens import LinkHolder, LinkHolderQuerySet, address

_PURPOSE = "meeting hook"


class MeetingStayQuerySet(models.QuerySet["MeetingStay"]):
    """Questions asked of times in a meeting."""

    def run_by(self, user: User) -> "MeetingStayQuerySet":
        """Those of the delegates and rooms of the points that ``user`` runs."""
        if user.is_superuser:
            return self
        mine = BridgePoint.objects.run_by(user).values("pk")
        return self.filter(models.Q(delegate__registration__bridge_point__in=mine) | models.Q(room__in=mine))

    def since(self, moment: datetime) -> "MeetingStayQuerySet":
        """Those that had not ended at ``moment``: with the opening of the desk, those of the present date."""
        return self.filter(models.Q(joined_at__gte=moment) | models.Q(left_at__gte=moment))


class MeetingStay(models.Model):
    """One time in the meeting, as one source says it. Rows are added; attendance is derived from them.

    Changed is whom the name means, once somebody has said it, and of a call when it ended. The name is gone once the
    people are erased.
    """

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="meeting_stays", db_index=False
    )
    #: The point whose meeting it was; None: of all, or not said.
    bridge_point = models.ForeignKey(
        BridgePoint, verbose_name=_("meeting of"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    source = models.CharField(_("source"), max_length=5, choices=Source.choices)
    #: The same row of a file, and the same call, is one time.
    key = models.CharField(max_length=32, editable=False)
    name = models.CharField(_("name in the meeting"), max_length=150, blank=True)
    email = models.CharField(_("e-mail in the meeting"), max_length=254, blank=True)
    joined_at = models.DateTimeField(_("joined at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    means = models.CharField(_("means"), max_length=6, choices=Means.choices, default=Means.OPEN)
    way = models.CharField(_("found"), max_length=5, choices=Way.choices, blank=True)
    delegate = models.ForeignKey(
        Delegate,
        verbose_name=_("delegate"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="meeting_stays",
    )
    room = models.ForeignKey(
        BridgePoint, verbose_name=_("room"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    noted_at = models.DateTimeField(_("noted at"))

    objects = MeetingStayQuerySet.as_manager()

    class Meta:
        verbose_name = _("time in the meeting")
        verbose_name_plural = _("times in the meeting")
        ordering = ["joined_at", "id"]
        constraints = [models.UniqueConstraint(fields=["conference", "key"], name="meeting_stay_once")]
        indexes = [models.Index(fields=["conference", "means", "joined_at"], name="meeting_stay_by_means")]

    def __str__(self) -> str:
        return self.key


class MeetingHook(LinkHolder):
    """The address at which Zoom reports who joins and leaves, and the secret with which it signs."""

    LINK_PURPOSE = "meeting"

    conference = models.OneToOneField(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="meeting_hook"
    )
    #: Sealed; "": none is known, and nothing is taken.
    sealed_secret = models.TextField(blank=True, editable=False)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("set by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    validated_at = models.DateTimeField(_("confirmed by Zoom at"), null=True, blank=True)
    last_at = models.DateTimeField(_("last call"), null=True, blank=True)
    taken = models.PositiveIntegerField(_("calls taken"), default=0)
    # Of a meeting that is none of this conference's points.
    unknown = models.PositiveIntegerField(_("calls of other meetings"), default=0)
    unknown_meeting = models.CharField(_("other meeting"), max_length=40, blank=True)
    refused = models.PositiveIntegerField(_("calls with a wrong signature"), default=0)

    objects = LinkHolderQuerySet["MeetingHook"].as_manager()

    class Meta:
        verbose_name = _("Zoom’s calls")
        verbose_name_plural = _("Zoom’s calls")
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="meeting_hook_link")]

    def __str__(self) -> str:
        return str(self.conference_id)

    @property
    def url(self) -> str:
        """The address for Zoom."""
        return f"{settings.SITE_URL}{address('control:zoom', self.token)}"

    @property
    def secret(self) -> str:
        """The secret token; "" if there is none, or the site's key that sealed it is lost."""
        try:
            return unseal(self.sealed_secret, _PURPOSE) if self.sealed_secret else ""
        except Unreadable:
            return ""

    def set_secret(self, secret: str) -> None:
        """Keep ``secret`` sealed; the caller saves."""
        self.sealed_secret = seal(secret, _PURPOSE) if secret else ""
