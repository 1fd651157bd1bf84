"""Withdrawing a role: it goes at once, and with somebody's last role what the role had brought them."""

from django.db import transaction

from accounts.inviting import take_rights
from accounts.models import User
from bridges.models import Coordinator
from conference import roles
from conference.models import Conference


@transaction.atomic
def withdraw_organiser(*, conference: Conference, user: User) -> list[str]:
    """Have ``user`` no longer run ``conference``; returns the names of the rights that went with it.

    Raises:
        LastOrganiser: nobody else could run it.
    """
    roles.withdraw_organiser(conference=conference, user=user)
    return settle(user=user)


@transaction.atomic
def withdraw_leader(*, conference: Conference, user: User) -> list[str]:
    """Have ``user`` no longer read ``conference``; returns the names of the rights that went with it."""
    conference.leaders.remove(user)
    return settle(user=user)


@transaction.atomic
def withdraw_coordinator(*, coordinator: Coordinator) -> list[User]:
    """Take a point from its coordinator, or a deputy; returns the deputies who went with them."""
    deputies = [one.user for one in coordinator.deputies.select_related("user")]
    user = coordinator.user
    coordinator.delete()
    for person in (user, *deputies):
        settle(user=person)
    return deputies


@transaction.atomic
def settle(*, user: User) -> list[str]:
    """Take from ``user`` what they have by a role only, where no such role is left; returns the names of the rights.

    What an administrator gave stays.
    """
    # Asked after the lock is held, so that a role which is given at the same moment is seen.
    locked = User.objects.select_for_update().get(pk=user.pk)
    organises = Conference.organisers.through.objects.filter(user=locked).exists()
    reads = Conference.leaders.through.objects.filter(user=locked).exists()
    has_role = organises or reads or Coordinator.objects.filter(user=locked).exists()
    return take_rights(user=locked, has_role=has_role, organises=organises)
