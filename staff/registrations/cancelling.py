"""Cancelling registrations: an action of the list, and the page that asks first."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from registrations import services
from registrations.models import Registration
from staff.registrations.chosen import (
    apply_to_each,
    count_words,
    fields_changed,
    load_chosen,
    redirect_back,
    redirect_to_page,
    render_question,
    report_refused,
)
from staff.scoped import ScopedAdmin

_NOTHING_TO_CANCEL = _("There is nothing to cancel: what you chose is cancelled or declined already.")


@admin.action(description=_("Cancel the chosen registrations …"), permissions=["change"])
def cancel_selected(model_admin: ScopedAdmin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """To the page that asks once more, with those that can be cancelled."""
    rows = queryset.filter(state__in=Registration.ACTIVE)
    if not rows.exists():
        model_admin.message_user(request, _NOTHING_TO_CANCEL, messages.WARNING)
        return None
    return redirect_to_page(model_admin, request, rows, "cancel")


def cancel(model_admin: ScopedAdmin, request: HttpRequest, ids: str) -> HttpResponse:
    """GET asks once more, POST cancels."""
    chosen = load_chosen(model_admin, request, ids)
    rows = [registration for registration in chosen if registration.is_active]
    if not rows:
        model_admin.message_user(request, _NOTHING_TO_CANCEL, messages.WARNING)
        return redirect_back(request, chosen)
    if request.method == "POST":
        _cancel(model_admin, request, rows)
        return redirect_back(request, chosen)
    words = gettext(
        "%(how_many)s: cancelled at once. Their people are told by e-mail or SMS, and seats that become free go to"
        " those first on the waitlist. This cannot be taken back."
    )
    return render_question(
        model_admin,
        request,
        rows,
        title=gettext("Cancel registrations"),
        explanation=words % {"how_many": count_words(rows)},
        button=gettext("Cancel and tell them"),
        is_harsh=True,
    )


def _cancel(model_admin: ScopedAdmin, request: HttpRequest, rows: list[Registration]) -> None:
    outcome = apply_to_each(model_admin, request, rows, services.cancel, by_staff=True, log=fields_changed("state"))
    if count := len(outcome.done):
        words = ngettext("%(count)d registration cancelled.", "%(count)d registrations cancelled.", count)
        model_admin.message_user(request, words % {"count": count}, messages.SUCCESS)
    report_refused(model_admin, request, outcome)
