"""Where providers report what became of a message."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from outbox import receipts
from outbox.channels import channel_class, names


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def callback(request: HttpRequest, channel: str, secret: str) -> HttpResponse:
    """A provider reports what became of a message; who knows the address is believed."""
    if channel not in names() or not receipts.is_secret(channel, secret):
        raise Http404
    parameters = {**request.GET.dict(), **request.POST.dict()}
    try:
        found = channel_class(channel).read_callback(parameters, request.body if not request.POST else b"")
    except ValueError as error:
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain")
    receipts.apply(channel=channel, reports=found, now=timezone.now())
    return HttpResponse("ok\n", content_type="text/plain")
