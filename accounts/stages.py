"""The steps of signing in that differ from allauth's."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.stages import EmailVerificationStage as UsualStage
from django.http import HttpRequest

from accounts.models import User


def came_by_phone(request: HttpRequest, user: User) -> bool:
    """Whether a code by SMS is part of how ``user`` signed in to this session."""
    return any(record.get("phone") for record in get_authentication_records(request, user))


class EmailVerificationStage(UsualStage):
    """An e-mail address must be proved, unless the code by SMS has just proved a phone in its place."""

    def handle(self) -> Any:
        user = self.login.user
        if user is not None and not user.is_staff and came_by_phone(self.request, user):
            return None, True
        return super().handle()
