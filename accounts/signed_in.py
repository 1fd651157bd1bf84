"""Who is signed in."""

from typing import cast

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest

from accounts.models import User
from accounts.stages import came_by_phone


def user_of(request: HttpRequest) -> User:
    """The user of ``request``, for pages that only somebody who is signed in reaches."""
    return cast(User, request.user)


def staff_of(request: HttpRequest) -> User | None:
    """The user of ``request`` if they are signed in and staff, on any page; None for everybody else."""
    user = request.user
    return user if user.is_authenticated and user.is_active and user.is_staff else None


def is_proven(request: HttpRequest, user: User) -> bool:
    """Whether staff ``user`` has signed in as safely as the administration asks: by e-mail, with a second factor.

    Pages outside the administration that let staff do something ask this themselves.
    """
    return not came_by_phone(request, user) and (not settings.MFA_REQUIRED_FOR_STAFF or is_mfa_enabled(user))
