"""The page by which a person gets no more announcements."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from messaging import unsubscribing
from messaging.models import Unsubscription


# The mail program that posts for its reader (RFC 8058) has no cookie; the address itself is what nobody else knows.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, sealed: str) -> HttpResponse:
    """GET asks, since mail scanners open links; POST stops announcements, or with ``again`` lets them come again."""
    delegate = unsubscribing.delegate_of(sealed)
    if delegate is None:
        raise Http404
    if request.method == "POST":
        if "again" in request.POST:
            unsubscribing.resume(delegate=delegate)
        else:
            unsubscribing.stop(delegate=delegate, now=timezone.now())
    context = {
        "delegate": delegate,
        "conference": delegate.registration.conference,
        "has_stopped": Unsubscription.objects.filter(delegate=delegate).exists(),
        "has_pressed": request.method == "POST",
    }
    return render(request, "messaging/stop.html", context)
