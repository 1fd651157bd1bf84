"""Papers in Word to download. Imported when somebody asks for one (staff/lists/urls.py)."""

import logging
from collections.abc import Callable
from datetime import date
from functools import partial

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.signed_in import user_of
from conference.models import Conference
from lists import exporting
from lists.papers import documents
from lists.papers.letters import WrongLetter
from registrations.models import Delegate, Guest, Invitation, Registration
from staff.lists.downloads import in_file_name, of_point

logger = logging.getLogger(__name__)

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: So many letters make one file that Word still opens at ease.
_MOST_LETTERS = 500


def docx(content: bytes, what: str) -> HttpResponse:
    """The Word file ``content`` to be saved under a name that says ``what`` it is, with the date."""
    response = HttpResponse(content, content_type=_DOCX)
    response["Content-Disposition"] = content_disposition_header(True, exporting.file_name(what, "docx"))
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def point_docx(request: HttpRequest, pk: int) -> HttpResponse:
    """The list of delegates of a bridge point, to print and to sign."""
    point, _rows, what = of_point(request, pk)
    return docx(documents.delegate_list(point), f"danh-sach-{what}")


def _letters(request: HttpRequest, conference: Conference, make: Callable[..., bytes], what: str) -> HttpResponse:
    try:
        return docx(make(day=timezone.localdate()), what)
    except WrongLetter as wrong:
        logger.exception("The Word file of conference %s cannot be filled in", conference.pk)
        messages.error(request, str(wrong))
        return redirect("lists:overview", conference.pk)


@require_safe
def delegate_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The invitation letter of a delegate, while their registration stands."""
    people = Delegate.objects.run_by(user_of(request)).filter(
        registration__state__in=Registration.ACTIVE, registration__erased_at=None
    )
    delegate = get_object_or_404(
        people.select_related(
            "registration__conference",
            "registration__organisation",
            "registration__bridge_point__province",
            "registration__invitation",
        ),
        pk=pk,
    )

    def make(*, day: date) -> bytes:
        letter = documents.delegate_letter(delegate, day=day)
        if request.method == "GET":
            # The letter holds the delegate's personal link: it says in the history who has had it.
            LogEntry.objects.log_actions(
                user_id=user_of(request).pk,
                queryset=[delegate.registration],
                action_flag=CHANGE,
                change_message=gettext("Letter with a QR code made."),
                single_object=True,
            )
        return letter

    what = f"giay-moi-{in_file_name(delegate.full_name)}"
    return _letters(request, delegate.registration.conference, make, what)


def _guests(request: HttpRequest) -> QuerySet[Guest]:
    invitations = Invitation.objects.run_by(user_of(request)).values("pk")
    return Guest.objects.filter(invitation__in=invitations).select_related(
        "invitation__conference", "invitation__bridge_point__province"
    )


@require_safe
def guest_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The invitation letter of a guest."""
    guest = get_object_or_404(_guests(request), pk=pk)
    make = partial(documents.guest_letters, [guest])
    return _letters(request, guest.invitation.conference, make, f"giay-moi-{in_file_name(guest.name)}")


@require_safe
def guest_letters(request: HttpRequest, pk: int) -> HttpResponse:
    """The letters of all guests of an invitation in one file, each on its own page."""
    invitation = get_object_or_404(Invitation.objects.run_by(user_of(request)).select_related("conference"), pk=pk)
    guests = list(_guests(request).filter(invitation=invitation)[: _MOST_LETTERS + 1])
    overview_page = reverse("lists:overview", args=[invitation.conference_id])
    if not guests:
        messages.warning(request, gettext("There is nobody on the list of this invitation yet."))
        return redirect(overview_page)
    if len(guests) > _MOST_LETTERS:
        words = gettext("One file holds the letters of the first %(most)d guests; print the others one by one.")
        messages.warning(request, words % {"most": _MOST_LETTERS})
    make = partial(documents.guest_letters, guests[:_MOST_LETTERS])
    return _letters(request, invitation.conference, make, f"giay-moi-{in_file_name(invitation.name)}")
