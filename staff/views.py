"""Pages of the administration that belong to nothing in particular."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse


def no_shortcut(request: HttpRequest, rest: str) -> HttpResponse:
    """Always 404, in place of Django's shortcut to the address of any object."""
    raise Http404


@admin.site.admin_view
def all_lists(request: HttpRequest) -> HttpResponse:
    """The start page of the generated administration: every list that the user may open, of all conferences."""
    return admin.site.index(request)
