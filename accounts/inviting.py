"""Accounts for those whom somebody names for a task, and the mail that tells them of it."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User
from outbox import queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref

_RIGHTS = ("is_staff", "staff_by_role", "is_organiser", "organiser_by_role")


@transaction.atomic
def staff_account(*, email: str, name: str, phone: str = "", as_organiser: bool = False) -> User:
    """The account with this e-mail address, made if need be, with a way into the administration.

    A new account has no password: its owner signs in with a code by e-mail. ``as_organiser``: it may run conferences.
    What they get here they have for as long as they have a role: ``bridges.withdrawing`` takes it back.
    """
    email = email.strip().lower()
    # Locked: a withdrawal at the same moment waits, and then finds the new role.
    user = User.objects.select_for_update().filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, name=name, phone=phone)
        # They sign in with a code sent there, which proves the address; a second code would prove nothing more.
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    give_rights(user=user, as_organiser=as_organiser)
    return user


def give_rights(*, user: User, as_organiser: bool) -> None:
    """Let ``user`` into the administration, and run conferences if ``as_organiser``; what they have already stays."""
    if not user.is_staff:
        user.is_staff = user.staff_by_role = True
        if not EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists():
            # Nobody proved that this address is theirs when they signed up: that password must not open the admin.
            user.set_unusable_password()
    if as_organiser and not user.is_organiser:
        user.is_organiser = user.organiser_by_role = True
    user.save(update_fields=[*_RIGHTS, "password"])


@transaction.atomic
def take_rights(*, user: User, has_role: bool, organises: bool) -> list[str]:
    """Take from ``user`` the rights that came with a role and for which none is left; returns their names.

    ``has_role``: some role is left; ``organises``: that of an organiser. Sessions go on, as those of a registrant.
    """
    lost = []
    if user.organiser_by_role and not organises:
        user.is_organiser = user.organiser_by_role = False
        lost.append("is_organiser")
    # An organiser needs the administration, whoever made them one.
    if user.staff_by_role and not has_role and not user.is_organiser and not user.is_superuser:
        user.is_staff = user.staff_by_role = False
        lost.append("is_staff")
    if lost:
        user.save(update_fields=_RIGHTS)
    return lost


def tell(
    *, user: User, key: str, kind: str, topic: Ref, subject: str, text: str, now: datetime, until: datetime
) -> None:
    """Mail ``user`` of their new task; once for each ``key``, and not after ``until``."""
    queue.post(
        [
            Message(
                key=key,
                channel="email",
                address=user.email or "",
                kind=kind,
                topic=str(topic),
                person=str(Ref("user", user.pk)),
                subject=subject[:200],
                text=text,
                due_at=now,
                created_at=now,
                expires_at=until,
            )
        ]
    )
    nudge_on_commit()
