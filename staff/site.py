"""The admin site of this project: Django's, with our sign-in, our names, and the overview on its start page."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from staff.overview import views


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

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The overview of the conference that ``?conference=`` names, or of the next one, above the list of models."""
        return super().index(request, {**views.overview_context(request), **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        """The lists behind the overview, then Django's own addresses, which end with one that takes everything."""
        lists = [
            path("reports/<int:pk>/unreachable/", self.admin_view(views.unreachable), name="reports_unreachable"),
            path("reports/<int:pk>/doubles/", self.admin_view(views.doubles), name="reports_doubles"),
        ]
        return [*lists, *super().get_urls()]
