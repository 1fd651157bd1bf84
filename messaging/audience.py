"""Who is meant by a message: people of a conference, and by which route they are reached."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint, Connection, Coordinator, Kind
from messaging import routes
from registrations.models import Delegate, Guest, Registration


class Audience(models.Model):
    """Who is meant: people of a conference, by state, kind of point, point and role; and by which route."""

    to_confirmed = models.BooleanField(_("people with a seat"), default=True)
    to_waitlisted = models.BooleanField(_("people on the waitlist"), default=False)
    to_coordinators = models.BooleanField(_("coordinators of the points"), default=False)
    to_technicians = models.BooleanField(_("technical contacts of the points"), default=False)
    kinds = models.JSONField(
        _("kinds of bridge point"), default=list, blank=True, help_text=_("None chosen: all kinds.")
    )
    points = models.ManyToManyField(
        BridgePoint, verbose_name=_("bridge points"), blank=True, related_name="+", help_text=_("None chosen: all.")
    )
    route = models.CharField(_("by"), max_length=40, default=routes.BOTH, choices=list(routes.ROUTES.items()))

    #: Whoever inherits has a conference.
    conference_id: int

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if not self.means_somebody():
            raise ValidationError({"to_confirmed": _("Please choose who gets it.")})
        if not isinstance(self.kinds, list) or not set(self.kinds) <= set(Kind.values):
            raise ValidationError({"kinds": _("There is no such kind of bridge point.")})

    def means_somebody(self) -> bool:
        """Whether some group of people is chosen."""
        return self.to_confirmed or self.to_waitlisted or self.to_coordinators or self.to_technicians

    @property
    def is_limited(self) -> bool:
        """Whether it is for the chosen points alone: for nobody, should none of them be left."""
        return False

    def audience_key(self) -> tuple[object, ...]:
        """What is the same for two rules that write to the same people the same way."""
        flags = self.to_confirmed, self.to_waitlisted, self.to_coordinators, self.to_technicians
        chosen = sorted(point.pk for point in self.points.all()) if self.pk else []
        return *flags, tuple(sorted(self.kinds)), tuple(chosen), self.route

    def bridge_points(self) -> models.QuerySet[BridgePoint]:
        """The points that are meant."""
        found = BridgePoint.objects.filter(conference=self.conference_id)
        if self.kinds:
            found = found.filter(kind__in=self.kinds)
        chosen = [point.pk for point in self.points.all()] if self.pk else []
        return found.filter(pk__in=chosen) if chosen or self.is_limited else found

    def includes(self, point: BridgePoint) -> bool:
        """Whether ``point`` of the conference is meant; asks nothing where the points are fetched already."""
        chosen = {chosen.pk for chosen in self.points.all()}
        is_chosen = point.pk in chosen or not (chosen or self.is_limited)
        return is_chosen and (not self.kinds or point.kind in self.kinds)

    @property
    def is_narrowed(self) -> bool:
        """Whether it is for some points and not for all. One query at most."""
        return bool(self.kinds) or self.is_limited or bool(self.pk and self.points.exists())

    def delegates(self) -> models.QuerySet[Delegate]:
        """The delegates that are meant."""
        states = [
            state
            for wanted, state in (
                (self.to_confirmed, Registration.State.CONFIRMED),
                (self.to_waitlisted, Registration.State.WAITLISTED),
            )
            if wanted
        ]
        if not states:
            return Delegate.objects.none()
        found = Delegate.objects.filter(registration__conference=self.conference_id, registration__state__in=states)
        if self.is_narrowed:
            found = found.filter(registration__bridge_point__in=self.bridge_points().values("pk"))
        return found

    def coordinators(self) -> models.QuerySet[Coordinator]:
        """The coordinators that are meant."""
        if not self.to_coordinators:
            return Coordinator.objects.none()
        return Coordinator.objects.filter(bridge_point__in=self.bridge_points().values("pk"), user__is_active=True)

    def technicians(self) -> models.QuerySet[Connection]:
        """The connection details whose technical contact is meant."""
        if not self.to_technicians:
            return Connection.objects.none()
        found = Connection.objects.filter(bridge_point__in=self.bridge_points().values("pk"))
        return found.exclude(technician_name="", technician_phone="", technician_email="")

    def guests(self) -> models.QuerySet[Guest]:
        """The guests of invitations that are meant."""
        return Guest.objects.none()
