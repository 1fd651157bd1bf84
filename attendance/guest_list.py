"""The lists that the phones at the doors hold: whose codes are good where, and, taken on purpose, names."""

import hmac
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models import QuerySet

from attendance.models import Device, Door
from attendance.scanning import PREFIX
from attendance.services import desk_opens_at
from registrations.models import Delegate, Registration

_State = Registration.State
#: As the page of the desk knows them.
_STATES = {_State.CONFIRMED: 0, _State.WAITLISTED: 1, _State.REQUESTED: 2, _State.DECLINED: 3, _State.CANCELLED: 3}
_PURPOSE = b"diem-cau/desk/name"
_NONCE = 6


def seal_name(token: str, name: str, organisation: str) -> str:
    """Name and organisation, for whoever shows the code with ``token``: in base64, what static/desk/list.js opens.

    AES-GCM (NIST SP 800-38D) under a key of 256 bits, HKDF-SHA256 (RFC 5869, empty salt) of the token. The nonce is the
    beginning of a keyed hash of the text, so that one text under one key is always the same and the list has one ETag;
    only 6 of its 12 bytes are not zero, since a key seals the few spellings of one name.
    """
    key = _key(token)
    text = f"{name}\n{organisation}".encode()
    nonce = hmac.digest(key, text, "sha256")[:_NONCE]
    return b64encode(nonce + AESGCM(key).encrypt(nonce.ljust(12, b"\0"), text, None)).decode()


def _key(token: str) -> bytes:
    extracted = hmac.digest(bytes(32), token.encode(), "sha256")
    return hmac.digest(extracted, _PURPOSE + b"\x01", "sha256")


def number_mark(number: str) -> str:
    """By what the phone finds the people of the registration with this ``number``: 12 hexadecimal digits."""
    return sha256(f"number/{number}".encode()).hexdigest()[:12]


def _people(device: Device) -> QuerySet[Delegate]:
    """Everybody of the conference, also without a seat: the phone says why they are not let in."""
    rows = Delegate.objects.filter(registration__conference=device.conference_id, registration__erased_at=None)
    rows = rows.select_related("registration__organisation").order_by("registration", "-is_contact", "list_order", "pk")
    return rows.only(
        "uid", "token_version", "token_hash", "full_name",
        "registration__number", "registration__state", "registration__bridge_point",
        "registration__organisation__name",
    )  # fmt: skip


def mark_of_list(device: Device) -> str:
    """An ETag of the list for ``device``: another one when anything on it is. Three queries, without opening a seal."""
    names = ("token_hash", "full_name", "registration__organisation__name", "registration__state")
    rows = _people(device).values_list(*names, "registration__bridge_point")
    conference = device.conference
    facts = [
        tuple(rows), _doors(device), list(_points(device)), device.pk, device.name, device.door_id, device.role,
        device.list_until, desk_opens_at(conference), conference.short_name,
    ]  # fmt: skip
    return f'"{sha256(repr(facts).encode()).hexdigest()[:24]}"'


def guest_list(device: Device, now: datetime) -> dict[str, Any]:
    """The list for ``device``: beginnings of hashes, points and states; names are sealed by each person's own code.

    Nobody can be recognised by it who has not shown their code. Three queries; moments in milliseconds since 1970.
    """
    conference = device.conference
    return {
        "made": _milliseconds(now),
        "until": _milliseconds(device.list_until),
        "opens": _milliseconds(desk_opens_at(conference)),
        "conference": conference.short_name,
        "point": device.bridge_point_id,
        "door": device.door_id,
        "device": device.name,
        "role": device.role,
        "points": [[pk, short or name] for pk, short, name in _points(device)],
        "doors": _doors(device),
        "people": [_entry(delegate) for delegate in _people(device)],
    }


def _entry(delegate: Delegate) -> list[Any]:
    registration = delegate.registration
    return [
        delegate.token_hash[:PREFIX],
        number_mark(registration.number),
        registration.bridge_point_id,
        _STATES[_State(registration.state)],
        seal_name(delegate.token, delegate.full_name, registration.organisation.name),
    ]


def _points(device: Device) -> Iterator[tuple[int, str, str]]:
    rows = device.conference.bridge_points.order_by("position", "pk").values_list("pk", "short_name", "name")
    return rows.iterator()


def _doors(device: Device) -> list[list[Any]]:
    rows = Door.objects.filter(bridge_point__conference=device.conference_id).order_by("pk")
    return [list(row) for row in rows.values_list("pk", "name", "bridge_point")]


def name_list(device: Device, now: datetime) -> dict[str, Any]:
    """Names and organisations in clear, for the search on a phone that also admits; it erases them in time.

    Those of the device's own point, since its coordinator may see no others.
    """
    rows = _people(device).filter(registration__bridge_point=device.bridge_point_id)
    people = [[d.token_hash[:PREFIX], d.full_name, d.registration.organisation.name] for d in rows]
    return {"made": _milliseconds(now), "until": _milliseconds(device.list_until), "people": people}


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
