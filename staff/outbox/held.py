"""The page on which a superuser sees what waits while nothing leaves, and lets it go or not."""

from datetime import datetime

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from accounts.signed_in import user_of
from messaging.delivery import held
from outbox import hold
from outbox.nudge import nudge_on_commit
from staff.delivery.views import halt


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """GET shows what is held; POST holds everything, or releases it with a choice. For superusers."""
    if not user_of(request).is_superuser:
        raise Http404
    if request.method == "POST":
        _act(request)
        return redirect("messaging:held")
    now = timezone.now()
    context = {
        **admin.site.each_context(request),
        "title": gettext("Held messages"),
        "review": held.review(now),
        **halt(now),
    }
    return TemplateResponse(request, "staff/outbox/held.html", context)


def _asks(now: datetime) -> bool:
    """Whether messages from before wait at ``now``; they may have come since the page was drawn."""
    review = held.review(now)
    return review is not None and review.asks


def _act(request: HttpRequest) -> None:
    now, choice = timezone.now(), request.POST.get("choice", "")
    if choice == "hold":
        hold.hold_by_hand(now)
        messages.success(request, gettext("Nothing leaves from now on."))
    elif choice in ("drop", "send") or (choice == "release" and not _asks(now)):
        dropped = held.release(drop=choice == "drop", now=now)
        nudge_on_commit()
        words = ngettext(
            "Messages leave again. %(count)d was dropped.", "Messages leave again. %(count)d were dropped.", dropped
        )
        if not dropped:
            words = gettext("Messages leave again; none was dropped.")
        messages.success(request, words % {"count": dropped})
    else:
        messages.error(request, gettext("Please choose what becomes of the messages from before."))
