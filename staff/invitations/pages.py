"""The invitations of a conference in its workspace: all of them, and the pages of each."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext

from messaging.time_words import moment_words
from registrations import services
from registrations.models import Guest, Invitation
from staff.invitations import counts, saving, sending
from staff.invitations.forms import GuestTable, NewForm, PasteForm, SettingsForm
from staff.workspace.access import ORGANISERS, Workspace, workspace_page
from staff.workspace.matter import edit_matter, edit_rows, log
from staff.workspace.pages import form_page, page

_PER_PAGE = 50
_GUESTS_SHOWN = 100
#: So many guests are typed on one page.
_GUESTS_TYPED = 15
_TAB = "invitations"


@workspace_page(*ORGANISERS)
def overview(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Who invites, and how far each invitation has come."""
    rows = counts.with_counts(_invitations(workspace)).select_related("bridge_point").order_by("name", "id")
    shown = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    found = list(shown.object_list)
    unreached = counts.count_unreached(found, workspace.scope)
    lines = [(one, unreached.get(one.pk, 0)) for one in found]
    return page(
        request,
        workspace,
        "invitations/overview",
        title=gettext("Invitations"),
        tab=_TAB,
        rows=lines,
        shown=shown,
    )


def _invitations(workspace: Workspace) -> QuerySet[Invitation]:
    return Invitation.objects.filter(conference=workspace.conference)


def _invitation(workspace: Workspace, pk: int) -> Any:
    """The invitation with its counts; Http404 if the conference has none with this number."""
    rows = counts.with_counts(_invitations(workspace)).select_related("bridge_point", "partner")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    found.conference = workspace.conference
    return found


@workspace_page(*ORGANISERS)
def add(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Begin an invitation; its guests come on its page."""

    def open_it(form: NewForm) -> str:
        _warn(request, form)
        return workspace.url("invitation", form.instance.pk)

    return edit_matter(
        request,
        workspace,
        make_form=lambda data: NewForm(data, instance=Invitation(conference=workspace.conference)),
        title=gettext("Add an invitation"),
        tab=_TAB,
        after_save=open_it,
        template="invitations/form",
        cancel_url=workspace.url("invitations"),
    )


def _warn(request: HttpRequest, form: SettingsForm) -> None:
    if form.about_seats:
        messages.warning(request, form.about_seats)


@workspace_page(*ORGANISERS)
def invitation(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """What an invitation is, its link, and its guests with how far each has come."""
    found = _invitation(workspace, pk)
    guests = found.guests.select_related("registration").order_by("id")
    shown = Paginator(guests, _GUESTS_SHOWN).get_page(request.GET.get("page"))
    return page(
        request,
        workspace,
        "invitations/invitation",
        title=found.name,
        tab=_TAB,
        invitation=found,
        link=f"{settings.SITE_URL}{found.get_absolute_url()}",
        unreached=counts.count_unreached([found], workspace.scope).get(found.pk, 0),
        takes_guests=services.takes_guests(workspace.conference, timezone.now()),
        rows=[(guest, _so_far(guest)) for guest in shown.object_list],
        shown=shown,
    )


def _so_far(guest: Guest) -> str:
    return counts.so_far_words(guest, moment_words(guest.invited_at) if guest.invited_at else "")


@workspace_page(*ORGANISERS)
def edit(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Who invites, in which words, and how many seats are kept."""
    found = _invitation(workspace, pk)
    return edit_matter(
        request,
        workspace,
        make_form=lambda data: SettingsForm(data, instance=found),
        title=gettext("Settings of the invitation"),
        tab=_TAB,
        back=workspace.url("invitation", pk),
        after_save=lambda form: _warn(request, form),
        template="invitations/form",
        invitation=found,
        cancel_url=workspace.url("invitation", pk),
    )


@workspace_page(*ORGANISERS)
def paste(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Put guests on the list, pasted in one go."""
    found = _invitation(workspace, pk)
    form = PasteForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with transaction.atomic():
            saving.add_guests(request, found, form.cleaned_data["paste"])
            log(request, found, CHANGE, gettext("guests added"))
        return redirect(workspace.url("invitation", pk))
    return form_page(
        request,
        workspace,
        "invitations/form",
        title=gettext("Add guests"),
        tab=_TAB,
        form=form,
        invitation=found,
        button=gettext("Add guests"),
        cancel_url=workspace.url("invitation", pk),
    )


@workspace_page(*ORGANISERS)
def guests(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """The guests as a table that is typed in one go; long lists page by page."""
    found = _invitation(workspace, pk)
    shown = _page_of(found, request)
    here = Guest.objects.filter(pk__in=[guest.pk for guest in shown.object_list]).order_by("id")
    return edit_rows(
        request,
        workspace,
        make_formset=lambda data: GuestTable(data, instance=found, queryset=here, prefix="guests"),
        title=gettext("Guests"),
        tab=_TAB,
        template="invitations/guests",
        invitation=found,
        shown=shown,
    )


def _page_of(found: Invitation, request: HttpRequest) -> Page[Guest]:
    return Paginator(found.guests.order_by("id"), _GUESTS_TYPED).get_page(request.GET.get("page"))


@workspace_page(*ORGANISERS)
def send(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Says who would get the invitation and what they read, and sends it."""
    return sending.send_page(request, _invitation(workspace, pk), back=workspace.url("invitation", pk))
