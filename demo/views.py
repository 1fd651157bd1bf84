"""The demo's mailbox."""

from io import BytesIO

from csp.decorators import csp_replace
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe
from phonenumber_field.phonenumber import PhoneNumber, to_python

from demo import mail_reader
from demo.models import MailboxItem
from outbox.sms_length import measure


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every mail and SMS of the demo, newest first; ``?q=`` keeps those whose address holds the text."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:254]
    number = to_python(query, region="VN")
    # A phone as people write it; the mailbox keeps what the gateway would get.
    wanted = number.as_e164 if isinstance(number, PhoneNumber) and number.is_valid() else query
    items = MailboxItem.objects.filter(address__icontains=wanted) if query else MailboxItem.objects.all()
    page = Paginator(items, 50).get_page(request.GET.get("page"))
    return render(request, "demo/mailbox.html", {"page": page, "query": query})


@require_safe
def mailbox_item(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail or SMS."""
    item = get_object_or_404(MailboxItem, pk=pk)
    is_mail = item.channel == "email"
    context = {
        "item": item,
        "mail": mail_reader.read(item.raw) if is_mail else None,
        "sms": None if is_mail else measure(item.raw),
    }
    return render(request, "demo/mailbox_message.html", context)


@require_safe
@xframe_options_sameorigin
# Its types know only views that take nothing but the request.
@csp_replace(  # type: ignore[arg-type]
    {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "frame-ancestors": ["'self'"],
    }
)
def mailbox_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part of a mail, for a sandboxed frame: mails style themselves inline, and bring their pictures along."""
    mail = mail_reader.read(get_object_or_404(MailboxItem, pk=pk, channel="email").raw)
    return HttpResponse(mail.html_with_pictures)


@require_safe
def mailbox_file(request: HttpRequest, pk: int, number: int) -> FileResponse:
    """Attachment ``number`` (from 0) of a mail, to be saved, never shown."""
    mail = mail_reader.read(get_object_or_404(MailboxItem, pk=pk, channel="email").raw)
    if number >= len(mail.files):
        raise Http404
    file = mail.files[number]
    return FileResponse(BytesIO(file.content), as_attachment=True, filename=file.filename, content_type=file.mime_type)
