"""The demo's mailbox, and where providers report what became of a message."""

from collections.abc import Callable
from functools import wraps
from io import BytesIO

from csp.decorators import csp_replace
from django.conf import settings
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from phonenumber_field.phonenumber import PhoneNumber, to_python

from notifications import mail_reader, reports
from notifications.channels import channel_class, names
from notifications.models import MailboxItem
from notifications.sms_length import measure


def demo_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """404 outside the demo: the mailbox shows everybody's mail."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@demo_only
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every mail and SMS of the demo, newest first; ``?q=`` keeps those whose address holds the text."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:254]
    number = to_python(query, region="VN")
    # A phone as people write it; the mailbox keeps what the gateway would get.
    wanted = number.as_e164 if isinstance(number, PhoneNumber) and number.is_valid() else query
    items = MailboxItem.objects.filter(address__icontains=wanted) if query else MailboxItem.objects.all()
    page = Paginator(items, 50).get_page(request.GET.get("page"))
    return render(request, "notifications/mailbox.html", {"page": page, "query": query})


@require_safe
@demo_only
def mailbox_item(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail or SMS."""
    item = get_object_or_404(MailboxItem, pk=pk)
    is_mail = item.channel == "email"
    context = {
        "item": item,
        "mail": mail_reader.read(item.raw) if is_mail else None,
        "sms": None if is_mail else measure(item.raw),
    }
    return render(request, "notifications/mailbox_message.html", context)


@require_safe
@demo_only
@xframe_options_sameorigin
@csp_replace({"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "frame-ancestors": ["'self'"]})
def mailbox_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part of a mail, for a sandboxed frame: mails style themselves inline."""
    mail = mail_reader.read(get_object_or_404(MailboxItem, pk=pk, channel="email").raw)
    return HttpResponse(mail.html)


@require_safe
@demo_only
def mailbox_file(request: HttpRequest, pk: int, number: int) -> FileResponse:
    """Attachment ``number`` (from 0) of a mail, to be saved, never shown."""
    mail = mail_reader.read(get_object_or_404(MailboxItem, pk=pk, channel="email").raw)
    if number >= len(mail.files):
        raise Http404
    file = mail.files[number]
    return FileResponse(BytesIO(file.content), as_attachment=True, filename=file.filename, content_type=file.mime_type)


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def callback(request: HttpRequest, channel: str, secret: str) -> HttpResponse:
    """A provider reports what became of a message; who knows the address is believed."""
    if channel not in names() or not reports.is_secret(channel, secret):
        raise Http404
    parameters = {**request.GET.dict(), **request.POST.dict()}
    try:
        found = channel_class(channel).read_callback(parameters, request.body if not request.POST else b"")
    except ValueError as error:
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain")
    reports.apply(channel=channel, reports=found, now=timezone.now())
    return HttpResponse("ok\n", content_type="text/plain")
