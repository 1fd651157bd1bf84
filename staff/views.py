"""Pages of the administration that belong to nothing in particular."""

from django.http import Http404, HttpRequest, HttpResponse


def no_shortcut(request: HttpRequest, rest: str) -> HttpResponse:
    """Always 404, in place of Django's shortcut to the address of any object."""
    raise Http404
