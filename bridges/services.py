"""Use cases of bridge points."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.inviting import staff_account
from accounts.models import User
from bridges.models import BridgePoint, Connection, Coordinator, Province
from common.phones import e164_of
from conference.models import Conference
from conference.role_mails import tell_of_role
from outbox.refs import Ref

_COPIED = (
    "kind", "name", "short_name", "host_name", "address", "latitude", "longitude",
    "is_hub", "seats", "is_open", "approval", "notes", "position",
)  # fmt: skip


def copy_points(*, source: Conference, target: Conference) -> dict[int, BridgePoint]:
    """Give ``target`` the bridge points of ``source`` with their coordinators: seats free, join details empty.

    Returns the new points by the number of the point that each was copied from.

    A province that no longer exists on the new date is left out; the address stays as it was written.
    """
    day = timezone.localtime(target.starts_at).date()
    provinces: dict[int | str, Province] = {}
    copies = {}
    for province in Province.objects.valid_on(day):
        provinces[province.pk] = provinces[province.name] = province
    for point in source.bridge_points.select_related("province").prefetch_related("coordinators"):
        copy = copies[point.pk] = BridgePoint.objects.create(conference=target, **_copied_fields(point, provinces))
        Connection.objects.create(bridge_point=copy)
        _copy_coordinators(point, copy)
    return copies


def _copy_coordinators(point: BridgePoint, copy: BridgePoint) -> None:
    """Give ``copy`` the coordinators of ``point``, the deputies with whom they are deputies of."""
    copies: dict[int | None, Coordinator] = {}
    for one in sorted(point.coordinators.all(), key=lambda one: one.deputy_of_id is not None):
        copies[one.pk] = Coordinator(bridge_point=copy, user_id=one.user_id, deputy_of=copies.get(one.deputy_of_id))
        copies[one.pk].save()


def _copied_fields(point: BridgePoint, provinces: Mapping[int | str, Province]) -> dict[str, Any]:
    """What a copy of ``point`` has of it; ``provinces`` are those of its day, by number and by name.

    Where its province is gone, the copy stands at the old province's coordinates.
    """
    fields = {name: getattr(point, name) for name in _COPIED}
    if point.province is None:
        return fields
    fields["province"] = provinces.get(point.province.pk) or provinces.get(point.province.name)
    if fields["province"] is None and point.latitude is None:
        fields["latitude"], fields["longitude"] = point.province.latitude, point.province.longitude
    return fields


@transaction.atomic
def change_points(*, points: Iterable[int], name: str, value: Any) -> dict[int, Any]:
    """Set the column ``name`` of the points with these numbers to ``value``.

    Returns what it held before, by number, of those where that was something else.
    """
    before = {}
    # In the order of their numbers: two that do this at once wait for each other instead of locking each other out.
    for point in BridgePoint.objects.select_for_update(no_key=True).filter(pk__in=list(points)).order_by("pk"):
        if getattr(point, name) != value:
            before[point.pk] = getattr(point, name)
            setattr(point, name, value)
            point.save(update_fields=[name])
    return before


def set_phone(*, coordinator: Coordinator, phone: str) -> bool:
    """Give the account of ``coordinator`` the number ``phone`` (E.164); returns whether that changed anything.

    A number that a code has proved stays: it is theirs alone to change.
    """
    user = coordinator.user
    if user.phone_verified_at or e164_of(user.phone) == phone:
        return False
    user.phone = phone
    user.save(update_fields=["phone"])
    return True


@transaction.atomic
def appoint(
    *,
    point: BridgePoint,
    email: str,
    name: str,
    phone: str = "",
    now: datetime,
    deputy_of: Coordinator | None = None,
    by: User | None = None,
) -> Coordinator:
    """Make the person with this e-mail address a coordinator of ``point``, with an account if need be, and tell them.

    The new account has no password: they sign in with a code by e-mail. Appointing twice changes nothing. With
    ``deputy_of`` they become the deputy of that coordinator, unless they are coordinator there already; whoever is
    a deputy and is appointed without, is one no longer. ``by``: who appoints, named in the mail; of a deputy by
    default the coordinator.
    """
    user = staff_account(email=email, name=name, phone=phone)
    coordinator, is_new = Coordinator.objects.get_or_create(
        bridge_point=point, user=user, defaults={"deputy_of": deputy_of}
    )
    if deputy_of is None and coordinator.deputy_of_id is not None:
        coordinator.deputy_of = None
        coordinator.save(update_fields=["deputy_of"])
    if is_new:
        _tell_appointed(coordinator, by or (deputy_of.user if deputy_of else None), now)
    return coordinator


def _tell_appointed(coordinator: Coordinator, by: User | None, now: datetime) -> None:
    point = coordinator.bridge_point
    names = {"conference": point.conference.name, "point": point.name}
    with translation.override(settings.LANGUAGE_CODE):
        if coordinator.deputy_of is None:
            subject = gettext("You run the bridge point %(point)s")
            task = gettext("You are now the coordinator of the bridge point “%(point)s” of %(conference)s.")
        else:
            subject = gettext("You are deputy coordinator of the bridge point %(point)s")
            task = gettext("You are now deputy coordinator of the bridge point “%(point)s” of %(conference)s.")
        tell_of_role(
            user=coordinator.user,
            conference=point.conference,
            by=by,
            task=task % names,
            subject=subject % names,
            key=f"appointed/{coordinator.pk}",
            kind="appointed",
            topic=Ref("point", point.pk),
            now=now,
            until=point.conference.ends_at,
        )
