"""Erasing personal data: an action of the list for organisers, and the page that asks first."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.signed_in import user_of
from registrations import services
from registrations.models import Erasure, Registration
from staff.registrations.chosen import (
    filter_organised,
    load_chosen,
    redirect_back,
    redirect_to_page,
    render_question,
)
from staff.registrations.forms import EraseForm
from staff.scoped import ScopedAdmin


@admin.action(description=_("Erase personal data …"), permissions=["organise"])
def erase_selected(model_admin: ScopedAdmin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """To the page that asks once more, with those of the user's own conferences that are not erased."""
    rows = filter_organised(queryset, request).filter(erased_at=None)
    if not rows.exists():
        words = gettext("There is nothing to erase: only the organisers of the conference erase, and once.")
        model_admin.message_user(request, words, messages.WARNING)
        return None
    return redirect_to_page(model_admin, request, rows, "erase")


def erase(model_admin: ScopedAdmin, request: HttpRequest, ids: str) -> HttpResponse:
    """Says what is erased, and erases it if that is meant."""
    chosen = load_chosen(model_admin, request, ids, by_organisers=True)
    form = EraseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _erase(model_admin, request, [registration for registration in chosen if not registration.erased_at])
        return redirect_back(request, chosen)
    return render_question(
        model_admin,
        request,
        chosen,
        form=form,
        title=gettext("Erase personal data"),
        explanation=gettext(
            "Names, addresses, answers and messages are erased from these registrations, from their history and"
            " from the lists of invitations; their links are dead at once. The numbers stay. A registration that"
            " is still valid is cancelled and gives its seats back. Nobody is told."
        ),
        button=gettext("Erase personal data"),
        is_harsh=True,
    )


def _erase(model_admin: ScopedAdmin, request: HttpRequest, rows: list[Registration]) -> None:
    for registration in rows:
        services.erase(registration=registration, way=Erasure.Way.STAFF, now=timezone.now(), by=user_of(request))
        # Read again, so that the log of the administration does not keep the name.
        current = Registration.objects.select_related("organisation").get(pk=registration.pk)
        model_admin.log_change(request, current, gettext("Personal data erased."))
    words = ngettext(
        "The personal data of %(count)d registration are erased.",
        "The personal data of %(count)d registrations are erased.",
        len(rows),
    )
    model_admin.message_user(request, words % {"count": len(rows)}, messages.SUCCESS)
