"""The overview on the start page of the administration, and the lists behind it."""

from django.contrib import admin
from django.urls import path

from reports import views

_index = admin.site.index
_urls = admin.site.get_urls


def _with_overview(request, extra_context=None):
    return _index(request, {**views.overview_context(request), **(extra_context or {})})


def _with_lists() -> list:
    lists = [
        path("reports/<int:pk>/unreachable/", admin.site.admin_view(views.unreachable), name="reports_unreachable"),
        path("reports/<int:pk>/doubles/", admin.site.admin_view(views.doubles), name="reports_doubles"),
    ]
    # Before Django's own, which end with a pattern that takes everything.
    return [*lists, *_urls()]


admin.site.index = _with_overview
admin.site.get_urls = _with_lists
