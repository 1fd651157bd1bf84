"""Bridge points: where a conference is attended from."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import User
from bridges.models.coordinators import Coordinator
from bridges.models.provinces import Province
from common.search import Searchable
from conference.models import Conference


class Kind(models.TextChoices):
    """What a bridge point is; the mode of attendance follows from it."""

    VENUE = "venue", _("hall")
    VIDEO_ROOM = "video_room", _("VNPT meeting room")
    ECOMMERCE = "ecommerce", _("e-commerce channel")
    ONLINE = "online", _("online, own device")


#: Kinds where people are in a room together.
PLACES = (Kind.VENUE, Kind.VIDEO_ROOM)
#: What only registrations/seats.py changes, under the row's lock.
COUNTERS = ("seats_taken", "seats_reserved", "waiting_count", "queue_tail")


class BridgePointQuerySet(models.QuerySet["BridgePoint"]):
    """Questions asked of bridge points."""

    def run_by(self, user: User) -> "BridgePointQuerySet":
        """Those that ``user`` runs: of their conferences as organiser, and their own as coordinator."""
        if user.is_superuser:
            return self
        mine = Q(Exists(Coordinator.objects.filter(bridge_point=OuterRef("pk"), user=user)))
        if user.is_organiser:
            mine |= Q(conference__in=Conference.objects.run_by(user).values("pk"))
        return self.filter(mine)


class BridgePoint(Searchable):
    """One place or channel from which the conference is attended, with one pool of seats."""

    class LineState(models.TextChoices):
        UNTESTED = "untested", _("not tested")
        PASSED = "passed", _("passed")
        FAILED = "failed", _("failed")

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="bridge_points"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(
        _("short name"), max_length=40, blank=True, help_text=_("For SMS and the map, such as VNPT Bắc Ninh.")
    )
    host_name = models.CharField(_("run by"), max_length=200, blank=True)
    province = models.ForeignKey(
        Province, verbose_name=_("province"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    address = models.CharField(_("address"), max_length=250, blank=True)
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    is_hub = models.BooleanField(
        _("main hall"),
        default=False,
        help_text=_("The hall to which all other points are connected; a conference has one."),
    )
    seats = models.PositiveIntegerField(
        _("seats"), null=True, blank=True, validators=[MaxValueValidator(1_000_000)], help_text=_("Empty: no limit.")
    )
    is_open = models.BooleanField(_("takes registrations"), default=True)
    approval = models.CharField(
        _("approval"),
        max_length=3,
        blank=True,
        choices=[("", _("as the conference")), ("yes", _("needed here")), ("no", _("not needed here"))],
        help_text=_("Whether organisers decide on each registration."),
    )
    on_spare_since = models.DateTimeField(_("on the spare line since"), null=True, blank=True, editable=False)
    line_test = models.CharField(_("line test"), max_length=10, choices=LineState.choices, default=LineState.UNTESTED)
    notes = models.TextField(_("notes for attendees"), blank=True, max_length=2000)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    seats_taken = models.PositiveIntegerField(_("seats taken"), default=0, editable=False)
    seats_reserved = models.PositiveIntegerField(_("seats kept for invitations"), default=0, editable=False)
    waiting_count = models.PositiveIntegerField(_("on the waitlist"), default=0, editable=False)
    queue_tail = models.PositiveBigIntegerField(_("last place given"), default=0, editable=False)

    objects = BridgePointQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["search_text", *COUNTERS])

    class Meta:
        verbose_name = _("bridge point")
        verbose_name_plural = _("bridge points")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["conference", "position", "id"], name="bridge_point_listed")]

    def __str__(self) -> str:
        return self.name

    def search_parts(self) -> list[str]:
        return [self.name, self.short_name, self.host_name, self.address]

    def save(self, *args: Any, **kwargs: Any) -> None:
        # A form loaded a minute ago must not write an old seat count back.
        if not self._state.adding and kwargs.get("update_fields") is None and not kwargs.get("force_insert"):
            kwargs["update_fields"] = {
                f.name for f in self._meta.concrete_fields if not f.primary_key and f.name not in COUNTERS
            }
        if self.is_hub:
            # There is one main hall: naming another moves the mark.
            rivals = BridgePoint.objects.filter(conference=self.conference_id, is_hub=True).exclude(pk=self.pk)
            rivals.update(is_hub=False)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return f"{reverse('bridges:conference', args=[self.conference.slug])}#point-{self.pk}"

    @property
    def needs_approval(self) -> bool:
        """Whether organisers decide on each registration here."""
        return self.conference.needs_approval if not self.approval else self.approval == "yes"

    @property
    def label(self) -> str:
        """The name where room is short."""
        return self.short_name or self.name

    @property
    def whole_address(self) -> str:
        """The address with its province, nothing twice: readers come from other provinces. "" without an address."""
        province = self.province.name if self.address and self.province else ""
        if province.casefold() in self.address.casefold():
            return self.address
        return f"{self.address}, {province}"

    @property
    def is_place(self) -> bool:
        """Whether people sit in a room there."""
        return self.kind in PLACES

    @property
    def seats_left(self) -> int | None:
        """Seats that a newcomer could still take; None: no limit."""
        if self.seats is None:
            return None
        # Whoever waits stands before a newcomer, also when their group is too big for the seats that are left.
        return 0 if self.waiting_count else max(self.seats - self.seats_taken - self.seats_reserved, 0)

    @property
    def is_full(self) -> bool:
        """Whether a newcomer would go on the waitlist."""
        return self.seats_left == 0

    @property
    def coordinates(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees: its own, else those of its province."""
        if self.latitude is not None and self.longitude is not None:
            return self.latitude, self.longitude
        if self.province is not None:
            return self.province.latitude, self.province.longitude
        return None
