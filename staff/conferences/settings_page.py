"""The settings of a conference: everything about it as a whole that is no part of its public page."""

from copy import copy
from dataclasses import dataclass
from typing import Any

from django.conf import settings as site
from django.contrib import messages
from django.contrib.admin.models import ADDITION, DELETION
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from accounts.models import User
from attendance.duplicating import duplicate as copy_of
from conference.models import Conference, Phase
from registrations.models import Registration
from staff.conferences.forms import DuplicateForm
from staff.conferences.moving import warn_of_past
from staff.conferences.small_forms import AddressForm
from staff.workspace.access import ORGANISERS, Workspace, workspace_page, workspace_url
from staff.workspace.matter import edit_matter, log
from staff.workspace.pages import form_page, page
from staff.workspace.widgets import DayAndClock


@dataclass(frozen=True)
class Setting:
    """One matter: what it is called, how it stands, and the page on which it is changed."""

    title: str
    words: str
    button: str
    url: str
    is_harsh: bool = False


@workspace_page(*ORGANISERS)
def settings(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Every setting with how it stands, and the pages that are seldom needed."""
    conference = workspace.conference
    found = [
        _publication(workspace),
        _address(workspace),
        _copy(workspace),
        *_cancelling(workspace),
    ]
    if can_be_deleted(conference):
        words = gettext("It is not published, and nobody has registered.")
        delete = gettext("Delete the draft …")
        found.append(Setting(gettext("Draft"), words, delete, workspace.url("delete"), is_harsh=True))
    links = [
        (
            gettext("Erasures of personal data"),
            f"{reverse('admin:registrations_erasure_changelist')}?conference__id__exact={conference.pk}",
        ),
        (gettext("Everything in one form"), reverse("admin:conference_conference_change", args=[conference.pk])),
    ]
    title = gettext("Settings")
    return page(request, workspace, "conferences/settings", title=title, tab="settings", found=found, links=links)


def _publication(workspace: Workspace) -> Setting:
    if workspace.conference.is_published:
        words, button = gettext("Everybody sees the conference on the web."), gettext("Check or hide")
    else:
        words = gettext("Only those with a role in the conference see it.")
        button = gettext("Check and publish")
    return Setting(gettext("Publication"), words, button, workspace.url("publish"))


def _address(workspace: Workspace) -> Setting:
    words = f"{site.SITE_URL}{workspace.conference.get_absolute_url()}"
    return Setting(gettext("Address on the web"), words, gettext("Change"), workspace.url("address"))


def _copy(workspace: Workspace) -> Setting:
    button = gettext("Duplicate to a new date")
    return Setting(gettext("The same once more"), _copied_words(), button, workspace.url("duplicate"))


def _copied_words() -> str:
    return gettext("Texts, partners, programme, points and reminders come along; registrations do not.")


def _cancelling(workspace: Workspace) -> list[Setting]:
    conference = workspace.conference
    title = gettext("Cancelling")
    if conference.cancelled_at:
        moment = date_format(timezone.localtime(conference.cancelled_at), "DATETIME_FORMAT")
        words = gettext("This conference was cancelled at %(moment)s.") % {"moment": moment}
        if conference.cancel_reason:
            words = f"{words} {gettext('Reason: %(reason)s') % {'reason': conference.cancel_reason}}"
        return [Setting(title, words, gettext("Take the cancellation back"), workspace.url("restore"))]
    if conference.phase == Phase.OVER:
        return []
    words = gettext("People are told; before that you see what they will read.")
    button = gettext("Cancel the conference …")
    return [Setting(title, words, button, workspace.url("cancel"), is_harsh=True)]


def _trail(workspace: Workspace) -> dict[str, Any]:
    """What a page below the settings says of the way back."""
    back = workspace.url("settings")
    return {"tab": "settings", "trail": [(gettext("Settings"), back)], "cancel_url": back}


@workspace_page(*ORGANISERS)
def address(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Its address on the web; the workspace moves along."""
    mine = copy(workspace.conference)
    response = edit_matter(
        request,
        workspace,
        make_form=lambda data: AddressForm(data, instance=mine),
        title=gettext("Address on the web"),
        template="conferences/matter",
        lead=gettext("What is printed or sent with the old address leads nowhere then; personal links stay valid."),
        **_trail(workspace),
    )
    return redirect(workspace_url("settings", mine)) if response.status_code == 302 else response


# --- once more --------------------------------------------------------------------------------------------------------


def make_copy(request: HttpRequest, conference: Conference, form: DuplicateForm, user: User) -> Conference | None:
    """Copy ``conference`` as ``form``, which is valid, says; ``user`` runs the copy. None: the form says why not."""
    try:
        made = copy_of(conference=conference, now=timezone.now(), **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, ValidationError(error.messages))
        return None
    if not user.is_superuser:
        made.organisers.add(user)
    log(request, made, ADDITION, [{"added": {}}])
    messages.success(request, gettext("Duplicated. Check the dates and the points, then publish it."))
    warn_of_past(request, made, timezone.now())
    return made


@workspace_page(*ORGANISERS)
def duplicate(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Asks for the new date, makes the copy and goes there."""
    data = request.POST if request.method == "POST" else None
    form = DuplicateForm(data, initial=DuplicateForm.suggestion(workspace.conference, timezone.now()))
    form.fields["starts_at"].widget = DayAndClock()
    if request.method == "POST" and form.is_valid():
        made = make_copy(request, workspace.conference, form, workspace.user)
        if made is not None:
            return redirect(workspace_url("overview", made))
    return form_page(
        request,
        workspace,
        "conferences/matter",
        title=gettext("Duplicate to a new date"),
        form=form,
        button=gettext("Duplicate"),
        lead=_copied_words(),
        **_trail(workspace),
    )


# --- a draft ----------------------------------------------------------------------------------------------------------


def can_be_deleted(conference: Conference) -> bool:
    """Whether ``conference`` is a draft in which nobody has registered."""
    return not conference.is_published and not Registration.objects.filter(conference=conference).exists()


@workspace_page(*ORGANISERS)
def delete(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Asks once more, and deletes a draft with everything in it.

    Raises:
        Http404: it is published, or somebody has registered.
    """
    if not can_be_deleted(workspace.conference):
        raise Http404
    if request.method != "POST":
        title = gettext("Delete the draft")
        return page(request, workspace, "conferences/delete", title=title, **_trail(workspace))
    with transaction.atomic():
        # Locked, so that nobody registers or publishes meanwhile.
        conference = Conference.objects.select_for_update().get(pk=workspace.conference.pk)
        if not can_be_deleted(conference):
            raise Http404
        log(request, conference, DELETION, "")
        conference.delete()
    messages.success(request, gettext("The draft “%(name)s” is deleted.") % {"name": conference.short_name})
    return redirect("workspace:conferences")
