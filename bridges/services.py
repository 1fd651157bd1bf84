"""Use cases of bridge points."""

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from bridges.models import BridgePoint, Connection, Coordinator, Province
from conference.models import Conference
from notifications import outbox
from notifications.models import Message
from notifications.nudge import nudge_on_commit

_COPIED = (
    "kind", "name", "short_name", "host_name", "address", "latitude", "longitude",
    "is_hub", "seats", "is_open", "approval", "notes", "position",
)  # fmt: skip


def copy_points(*, source: Conference, target: Conference, now: datetime) -> None:
    """Give ``target`` the bridge points of ``source`` with their coordinators: seats free, join details empty.

    A province that no longer exists on the new date is left out; the address stays as it was written.
    """
    day = timezone.localtime(target.starts_at).date()
    valid = {p.pk: p for p in Province.objects.valid_on(day)}
    named = {p.name: p for p in valid.values()}
    for point in source.bridge_points.select_related("province").prefetch_related("coordinators"):
        copied: dict[str, Any] = {name: getattr(point, name) for name in _COPIED}
        province = point.province and (valid.get(point.province_id) or named.get(point.province.name))
        if point.province and not province and point.latitude is None:
            copied["latitude"], copied["longitude"] = point.province.latitude, point.province.longitude
        copy = BridgePoint.objects.create(conference=target, province=province, **copied)
        Connection.objects.create(bridge_point=copy)
        Coordinator.objects.bulk_create(
            Coordinator(bridge_point=copy, user_id=c.user_id) for c in point.coordinators.all()
        )


@transaction.atomic
def appoint(*, point: BridgePoint, email: str, name: str, phone: str = "", now: datetime) -> Coordinator:
    """Make the person with this e-mail address a coordinator of ``point``, with an account if need be, and tell them.

    The new account has no password: they sign in with a code by e-mail. Appointing twice changes nothing.
    """
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, name=name, phone=phone, is_staff=True)
        # They sign in with a code sent there, which proves the address; a second code would prove nothing more.
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    elif not user.is_staff:
        user.is_staff = True
        if not EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists():
            # Nobody proved that this address is theirs when they signed up: that password must not open the admin.
            user.set_unusable_password()
        user.save(update_fields=["is_staff", "password"])
    coordinator, is_new = Coordinator.objects.get_or_create(bridge_point=point, user=user)
    if is_new:
        with translation.override(settings.LANGUAGE_CODE):
            text = _(
                "Hello,\n\n%(conference)s: you now run the bridge point “%(point)s”.\n"
                "Sign in with this e-mail address and a code that we mail you:\n%(link)s\n"
            ) % {"conference": point.conference.name, "point": point.name, "link": f"{settings.SITE_URL}/admin/"}
            subject = _("You run the bridge point %(point)s") % {"point": point.name}
        outbox.post(
            [
                Message(
                    key=f"appointed/{coordinator.pk}",
                    channel="email",
                    address=email,
                    kind="appointed",
                    topic=f"point/{point.pk}",
                    person=f"user/{user.pk}",
                    subject=subject[:200],
                    text=text,
                    due_at=now,
                    created_at=now,
                    expires_at=point.conference.ends_at,
                )
            ]
        )
        nudge_on_commit()
    return coordinator
