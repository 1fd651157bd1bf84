"""Doors, and the phones at them: set up, paired, withdrawn."""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from attendance.models import Device, Door, Scan
from bridges.models import BridgePoint
from conference.models import raise_day_version
from registrations.tokens import fingerprint


class DoorRefused(Exception):
    """This is not possible; the text says why, for staff."""


class NotPaired(Exception):
    """The link pairs no phone: it has been used, is too old, or was withdrawn. The text says which."""


class UnknownDevice(Exception):
    """The phone shows a secret that no device has."""


class Withdrawn(Exception):
    """The phone was withdrawn, or its time is over: it forgets what it holds."""


def doors_of(point: BridgePoint) -> list[Door]:
    """The doors of ``point`` in their order; the one that it would get, not stored, if it has none."""
    return list(point.doors.all()) or [Door(bridge_point=point, name=gettext("Main door"))]


def add_door(*, point: BridgePoint, name: str) -> Door:
    """A new door of ``point``, behind the others.

    Raises:
        DoorRefused: there is one of this name.
    """
    last = point.doors.aggregate(last=Max("position"))["last"]
    try:
        with transaction.atomic():
            return Door.objects.create(bridge_point=point, name=name, position=0 if last is None else last + 1)
    except IntegrityError as error:
        raise DoorRefused(_("There is a door of this name already.")) from error


def remove_door(*, door: Door) -> None:
    """Remove a door at which no phone stands and nothing was read.

    Raises:
        DoorRefused: something was.
    """
    if door.devices.exists() or Scan.objects.filter(door=door).exists():
        raise DoorRefused(_("Phones stand or stood at this door, so it stays."))
    door.delete()


def first_door(point: BridgePoint) -> Door:
    """The first door of ``point``, made now if there is none."""
    return point.doors.first() or add_door(point=point, name=gettext("Main door"))


def make_device(*, door: Door, name: str, role: str, by: User, now: datetime) -> Device:
    """A device to be paired by its link, within half an hour."""
    point = door.bridge_point
    return Device.objects.create(
        conference_id=point.conference_id,
        bridge_point=point,
        door=door,
        name=name,
        role=role,
        made_by=by,
        made_at=now,
    )


def to_pair(token: str, now: datetime) -> Device:
    """The device that the link with ``token`` pairs at ``now``.

    Raises:
        NotPaired: none.
    """
    device = Device.objects.by_token(token).select_related("conference", "door", "bridge_point").first()
    if device is None or device.withdrawn_at is not None:
        raise NotPaired(_("This link pairs no phone any more. Have a new code shown to you."))
    if device.paired_at is not None:
        raise NotPaired(_("A phone has been paired with this link already. Have a new code shown to you."))
    if not device.may_pair(now) or now >= device.sends_until:
        raise NotPaired(_("This link is too old. Have a new code shown to you."))
    return device


def pair(*, token: str, now: datetime) -> tuple[Device, str]:
    """Pair a phone by its link, which is dead afterwards; returns its device and the secret that it keeps.

    Raises:
        NotPaired: the link pairs none.
    """
    with transaction.atomic():
        Device.objects.select_for_update().by_token(token).first()
        device = to_pair(token, now)
        secret = secrets.token_urlsafe(24)
        device.secret_hash = fingerprint(secret)
        device.paired_at = device.last_seen_at = now
        device.renew_token()
        device.save(update_fields=["secret_hash", "paired_at", "last_seen_at", "token_version", "token_hash"])
        raise_day_version(device.conference_id)
    return device, secret


def device_of(secret: str, now: datetime) -> Device:
    """The device whose phone shows ``secret``, with conference, point and door. One query.

    Raises:
        UnknownDevice: none.
        Withdrawn: it was withdrawn, or may send nothing any more at ``now``.
    """
    found = Device.objects.select_related("conference", "bridge_point", "door")
    device = found.filter(secret_hash=fingerprint(secret)).first() if secret else None
    if device is None:
        raise UnknownDevice
    if device.withdrawn_at is not None or now >= device.sends_until:
        raise Withdrawn
    return device


def withdraw(*, device: Device, now: datetime) -> bool:
    """Withdraw ``device``: its phone wipes list and queue when it next asks. False: it was withdrawn before."""
    with transaction.atomic():
        done = Device.objects.filter(pk=device.pk, withdrawn_at=None).update(withdrawn_at=now)
        if done:
            raise_day_version(device.conference_id)
    return bool(done)
