"""Sending an invitation: who gets it, who cannot be reached, and how it reads, before it leaves."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from messaging import message_kinds, previews
from messaging.recipients import Recipient, of_guest
from outbox import quiet_hours
from registrations import services
from registrations.models import Invitation
from registrations.services import GuestsToInvite
from staff.registrations.forms import SendForm
from staff.workspace.matter import log


def send_page(request: HttpRequest, invitation: Invitation, *, back: str) -> HttpResponse:
    """Says who would get ``invitation``, who cannot, and what they read; sends it. ``back``: the invitation's page."""
    guests = services.guests_to_invite(invitation=invitation)
    form = SendForm(request.POST if request.method == "POST" else None, guests=guests)
    if form.is_bound and form.is_valid():
        return _send(request, invitation, form, back)
    reader = _reader(invitation, guests)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Send the invitations"),
        "conference": invitation.conference,
        "tab": "invitations",
        "form": form,
        "original": invitation,
        "back": back,
        "fresh": len(guests.fresh),
        "reached": len(guests.reached),
        "unreached": guests.unreached,
        "registered": guests.registered,
        "last": guests.last_sent_at,
        "is_quiet_at_night": quiet_hours.parse(settings.QUIET_HOURS) is not None,
        "is_late": not services.takes_guests(invitation.conference, timezone.now()),
        "for_name": reader.name,
        "shown": previews.preview_saved(reader, message_kinds.INVITED, settings.LANGUAGE_CODE),
        "text_url": reverse("messaging:text", args=_text_of(invitation)),
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "staff/invitations/send.html", context, status=status)


def _text_of(invitation: Invitation) -> list[Any]:
    return [invitation.conference_id, message_kinds.INVITED, "email", settings.LANGUAGE_CODE]


def _reader(invitation: Invitation, guests: GuestsToInvite) -> Recipient:
    """For whom the text is shown: somebody who gets it now, else an invented guest."""
    chosen = next(iter([*guests.fresh, *guests.reached]), None) or previews.example_guest(invitation)
    chosen.invitation = invitation
    return of_guest(chosen)


def _send(request: HttpRequest, invitation: Invitation, form: SendForm, back: str) -> HttpResponse:
    try:
        count = services.invite(
            invitation=invitation, again=form.is_again, mark=form.cleaned_data["seen"], now=timezone.now()
        )
    except services.RegistrationRefused as refused:
        is_double = isinstance(refused, services.InvitedMeanwhile)
        messages.add_message(request, messages.WARNING if is_double else messages.ERROR, str(refused))
        return redirect(request.get_full_path())
    words = ngettext(
        "The invitation of %(count)d guest is on its way.",
        "The invitations of %(count)d guests are on their way.",
        count,
    )
    words %= {"count": count}
    log(request, invitation, CHANGE, words)
    messages.success(request, words)
    return redirect(back)
