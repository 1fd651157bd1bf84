"""Accounts for those whom somebody names for a task, and the mail that tells them of it."""

from datetime import datetime

from allauth.account.models import EmailAddress

from accounts.models import User
from outbox import queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref


def staff_account(*, email: str, name: str, phone: str = "", as_organiser: bool = False) -> User:
    """The account with this e-mail address, made if need be, with a way into the administration.

    A new account has no password: its owner signs in with a code by e-mail. ``as_organiser``: it may run conferences.
    """
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, name=name, phone=phone, is_staff=True, is_organiser=as_organiser)
        # They sign in with a code sent there, which proves the address; a second code would prove nothing more.
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user
    if not user.is_staff:
        user.is_staff = True
        if not EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists():
            # Nobody proved that this address is theirs when they signed up: that password must not open the admin.
            user.set_unusable_password()
    user.is_organiser = user.is_organiser or as_organiser
    user.save(update_fields=["is_staff", "is_organiser", "password"])
    return user


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
