"""The admin site of this project: Django's, with our sign-in and our names."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

from allauth.account.decorators import secure_admin_login
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_View = TypeVar("_View", bound=Callable[..., HttpResponseBase])


class StaffSite(AdminSite):
    """``django.contrib.admin.site``; ``staff.apps.StaffAdminConfig`` says so."""

    site_header = _("Điểm Cầu administration")
    site_title = _("Điểm Cầu")
    index_title = _("Conferences and bridge points")
    # Lists with seats, waitlist and state need the width more than four links need a bar of their own.
    enable_nav_sidebar = False

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The site's own sign-in page, with its codes and second factors, in place of Django's form."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def admin_view(self, view: _View, cacheable: bool = False) -> _View:
        """As Django's; whoever sends a form after their sign-in has ended reads that nothing of it was stored."""
        guarded = super().admin_view(view, cacheable)

        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            sends = request.method == "POST" and request.path != reverse("admin:logout")
            if sends and not request.user.is_authenticated:
                messages.warning(
                    request,
                    gettext(
                        "You had been signed out: what you just sent was not stored. Please sign in and enter it again."
                    ),
                )
            return guarded(request, *args, **kwargs)

        return cast(_View, update_wrapper(answer, guarded))
