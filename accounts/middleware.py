"""Staff need a second factor before the admin opens, and an e-mail address before that."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext

from accounts.stages import came_by_phone


class StaffMFAMiddleware:
    """With ``MFA_REQUIRED_FOR_STAFF``, sends staff without a second factor from the admin to its set-up page.

    Whoever became staff while they were signed in by SMS signs in again, by e-mail: a phone never opens the admin.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(self._admin):
            user = request.user
            if user.is_authenticated and user.is_staff and came_by_phone(request, user):
                logout(request)
                messages.warning(request, gettext("Please sign in with your e-mail address: staff accounts need it."))
                return redirect("account_login")
            if settings.MFA_REQUIRED_FOR_STAFF and user.is_authenticated and user.is_staff and not is_mfa_enabled(user):
                messages.warning(request, gettext("Set up two-step verification first: staff accounts need it."))
                return redirect("mfa_index")
        return self.get_response(request)

    @cached_property
    def _admin(self) -> str:
        return reverse("admin:index")
