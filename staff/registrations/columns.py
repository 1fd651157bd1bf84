"""The columns and filters of the list of registrations."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.signed_in import user_of
from bridges.models import BridgePoint
from common.phones import written
from registrations.models import Registration
from staff.broken_values import read_number
from staff.filters import MOST, RelatedFilter
from staff.invitations.admin import InvitationFilter

_BY_CONFERENCE = ("-conference__starts_at", "position", "id")


class PointFilter(RelatedFilter):
    """The points of the conference that is chosen; of several conferences, each with its name, if they are few."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        points = BridgePoint.objects.run_by(user_of(request)).select_related("conference")
        if chosen := read_number(request.GET.get("conference__id__exact", "")):
            return [(point.pk, point.label) for point in points.filter(conference=chosen)]
        found = list(points.order_by(*_BY_CONFERENCE)[: MOST + 1])
        # Of very many none is found in a list of all: the conference is chosen first.
        return [(point.pk, f"{point.label} – {point.conference}") for point in found] if len(found) <= MOST else []


class PointKindFilter(admin.ChoicesFieldListFilter):
    """Kinds of point; Django would call it as the kinds of organisation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("kind of bridge point")


class OrganisationKindFilter(admin.ChoicesFieldListFilter):
    """Kinds of organisation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("kind of organisation")


@admin.display(description=_("organisation"), ordering="organisation__name")
def organisation_words(registration: Registration) -> str:
    """Name and kind of the organisation; of an erased registration neither is left."""
    if registration.erased_at:
        return format_html('<span class="badge">{}</span>', gettext("erased"))
    organisation = registration.organisation
    return format_html('{}<div class="quiet">{}</div>', organisation.name, organisation.get_kind_display())


@admin.display(description=_("bridge point"), ordering="bridge_point__position")
def point_words(registration: Registration) -> str:
    """The short name of the bridge point."""
    return registration.bridge_point.label


@admin.display(description=_("contact person"), ordering="contact_name")
def contact_words(registration: Registration) -> str:
    """The contact person's name, and their phone or else their e-mail address."""
    number = written(registration.contact_phone)
    return format_html("{}<div>{}</div>", registration.contact_name, number or registration.contact_email)


COLUMNS = (
    "number",
    organisation_words,
    "state",
    "seats",
    point_words,
    contact_words,
    "invitation",
    "created_at",
)
FILTERS = (
    ("conference", RelatedFilter),
    ("bridge_point", PointFilter),
    ("bridge_point__kind", PointKindFilter),
    ("organisation__kind", OrganisationKindFilter),
    "state",
    ("invitation", InvitationFilter),
)
