"""The admin site of this project: Django's, with our sign-in and our names."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _


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
