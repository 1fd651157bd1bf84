"""Who is signed in."""

from typing import cast

from django.http import HttpRequest

from accounts.models import User


def user_of(request: HttpRequest) -> User:
    """The user of ``request``, for pages that only somebody who is signed in reaches."""
    return cast(User, request.user)
