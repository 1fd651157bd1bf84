"""Sending the messages of registrations again, or new personal links in place of the old ones."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from registrations import services
from registrations.models import Registration
from staff.registrations.chosen import count_words, load_chosen, redirect_back, redirect_to_page, render_question
from staff.scoped import ScopedAdmin

_NO_LINKS = _("There are no links to replace: the personal data of what you chose are erased.")


@admin.action(description=_("Send the messages again"), permissions=["change"])
def resend_selected(model_admin: ScopedAdmin, request: HttpRequest, queryset: QuerySet) -> None:
    """Send the messages of the chosen registrations once more, those that may be sent."""
    _resend(model_admin, request, list(queryset.select_related("conference")))


def resend(model_admin: ScopedAdmin, request: HttpRequest, ids: str) -> HttpResponse:
    """GET asks once more, POST sends again what may be sent, with the personal links in it."""
    chosen = load_chosen(model_admin, request, ids)
    if request.method == "POST":
        _resend(model_admin, request, chosen)
        return redirect_back(request, chosen)
    words = gettext(
        "%(how_many)s: their last message with the personal links is sent once more, by e-mail or SMS, to the addresses"
        " that stand there now. Staff are not shown these links: whoever has one can do what the registrant can."
    )
    return render_question(
        model_admin,
        request,
        chosen,
        title=gettext("Send the messages again"),
        explanation=words % {"how_many": count_words(chosen)},
        button=gettext("Send again"),
    )


def _resend(model_admin: ScopedAdmin, request: HttpRequest, rows: list[Registration]) -> None:
    now, count = timezone.now(), 0
    for registration in rows:
        if services.resend(registration=registration, now=now, by_staff=True):
            count += 1
            model_admin.log_change(request, registration, gettext("Messages sent again."))
    if not count:
        words = gettext("There is nothing left to send about what you chose: it is cancelled, declined or over.")
        model_admin.message_user(request, words, messages.WARNING)
        return
    words = ngettext(
        "The messages of %(count)d registration are on their way again.",
        "The messages of %(count)d registrations are on their way again.",
        count,
    )
    model_admin.message_user(request, words % {"count": count}, messages.SUCCESS)


@admin.action(description=_("Replace the personal links and send the new ones …"), permissions=["change"])
def renew_links_selected(model_admin: ScopedAdmin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """To the page that asks once more, with those that have links."""
    rows = queryset.filter(erased_at=None)
    if not rows.exists():
        model_admin.message_user(request, _NO_LINKS, messages.WARNING)
        return None
    return redirect_to_page(model_admin, request, rows, "renew")


def renew_links(model_admin: ScopedAdmin, request: HttpRequest, ids: str) -> HttpResponse:
    """GET asks once more, POST replaces the links."""
    chosen = load_chosen(model_admin, request, ids)
    rows = [registration for registration in chosen if not registration.erased_at]
    if not rows:
        model_admin.message_user(request, _NO_LINKS, messages.WARNING)
        return redirect_back(request, chosen)
    if request.method == "POST":
        _renew_links(model_admin, request, rows)
        return redirect_back(request, chosen)
    words = gettext(
        "%(how_many)s: the links in earlier messages, on letters and in printed QR codes are dead at once. The new"
        " ones are sent by e-mail or SMS, unless the registration is cancelled or declined. This cannot be taken"
        " back."
    )
    return render_question(
        model_admin,
        request,
        rows,
        title=gettext("Replace the personal links"),
        explanation=words % {"how_many": count_words(rows)},
        button=gettext("Replace and send the new ones"),
        is_harsh=True,
    )


def _renew_links(model_admin: ScopedAdmin, request: HttpRequest, rows: list[Registration]) -> None:
    for registration in rows:
        # Those that were replaced a moment ago, by a second press, are on their way as well.
        if services.renew_links(registration=registration, now=timezone.now()):
            model_admin.log_change(request, registration, gettext("Personal links replaced."))
    words = gettext("The old links are dead; the new ones are on their way.")
    model_admin.message_user(request, words, messages.SUCCESS)
