"""Whom a rule or a message to people means, in words."""

from typing import Any

from django.utils.translation import gettext

from bridges.models import Kind
from messaging import routes
from messaging.audience import Audience
from messaging.models import Announcement
from registrations.models import Organisation
from staff.messages.forms import AUDIENCE_FIELDS


def people_words(audience: Audience) -> str:
    """The groups of people that are meant."""
    names = [*AUDIENCE_FIELDS, "to_guests"]
    return ", ".join(_label(audience, name) for name in names if getattr(audience, name, False))


def points_words(audience: Audience) -> str:
    """The kinds of point and the points that are meant; all, if none is chosen."""
    labels = dict(Kind.choices)
    chosen = [str(labels.get(kind, kind)) for kind in audience.kinds]
    chosen += [point.label for point in audience.points.all()]
    nobody = gettext("points that are gone") if audience.is_limited else gettext("all")
    return ", ".join(chosen) or nobody


def route_words(audience: Audience) -> str:
    """By which way they are reached."""
    return str(routes.ROUTES.get(audience.route, audience.route))


def narrowing_words(announcement: Announcement) -> str:
    """What narrows the people who have registered; "" if nothing does."""
    kinds = dict(Organisation.Kind.choices)
    words: list[Any] = [kinds.get(kind, kind) for kind in announcement.organisation_kinds]
    words += [province.name for province in announcement.provinces.all()]
    if announcement.trade:
        words.append(announcement.get_trade_display())
    if announcement.not_opened:
        words.append(_label(announcement, "not_opened"))
    if announcement.presence:
        words.append(announcement.get_presence_display())
    return ", ".join(str(word) for word in words)


def _label(audience: Audience, name: str) -> str:
    return str(getattr(audience._meta.get_field(name), "verbose_name", name))
