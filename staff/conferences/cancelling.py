"""Cancelling a conference, and taking that back: who hears of it, and what they read, before it is done."""

from collections.abc import Callable
from copy import copy
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from conference import services
from conference.models import Conference
from messaging import message_kinds, previews
from staff.conferences.forms import CancelForm
from staff.messages.changes import cancellation_facts, report_details, report_notice, restoring_facts
from staff.workspace.access import ORGANISERS, Workspace, workspace_page
from staff.workspace.matter import log
from staff.workspace.pages import form_page, page


@workspace_page(*ORGANISERS)
def cancel(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The question before the conference is cancelled."""
    return ask_to_cancel(request, workspace)


@workspace_page(*ORGANISERS)
def restore(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The question before the cancellation is taken back."""
    return ask_to_restore(request, workspace)


def ask_to_cancel(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Say who would be told, and what; cancel the conference if that is meant.

    A reason changes what people read: it is shown once more before anything is done.
    """
    form = CancelForm(request.POST if request.method == "POST" else None)
    only_looks, reason = "look" in request.POST, _reason_in(form)
    is_valid = form.is_bound and form.is_valid()
    if is_valid and not only_looks and reason == form.cleaned_data["seen"]:

        def change(**facts: Any) -> Conference:
            cancelled = services.cancel(reason=reason, **facts)
            if cancelled.cancel_reason != reason:
                words = gettext("It had been cancelled already, with other words: “%(reason)s”. People read those.")
                messages.warning(request, words % {"reason": cancelled.cancel_reason or "–"})
            return cancelled

        return _apply(request, workspace, change, gettext("The conference is cancelled."))
    if is_valid or (only_looks and "reason" not in form.errors):
        if not only_looks:
            messages.info(request, gettext("This is what people will read. Press once more to cancel the conference."))
        form = CancelForm(initial={"reason": reason, "seen": reason, "sure": "sure" in request.POST})
    return _draw(request, workspace, form, reason)


def ask_to_restore(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The same for taking the cancellation back."""
    if request.method == "POST":
        return _apply(request, workspace, services.restore, gettext("The cancellation is taken back."))
    title, facts = gettext("Take the cancellation back"), restoring_facts(workspace.conference)
    return page(
        request, workspace, "conferences/restore", title=title, tab="settings", facts=facts, trail=_trail(workspace)
    )


def _trail(workspace: Workspace) -> list[tuple[str, str]]:
    return [(gettext("Settings"), workspace.url("settings"))]


def _draw(request: HttpRequest, workspace: Workspace, form: CancelForm, reason: str) -> HttpResponse:
    """The question, with what people would read; 422 if something is wrong with what was sent."""
    return form_page(
        request,
        workspace,
        "conferences/cancel",
        title=gettext("Cancel the conference"),
        tab="settings",
        form=form,
        facts=cancellation_facts(workspace.conference),
        trail=_trail(workspace),
        **_texts(workspace.conference, reason),
    )


def _reason_in(form: CancelForm) -> str:
    """The reason that was sent, cleaned; "" if there is none, or it cannot be read."""
    form.full_clean()
    return str(form.cleaned_data.get("reason", "")) if form.is_bound else ""


def _texts(conference: Conference, reason: str) -> dict[str, Any]:
    """What people would read; and the texts of the conference's own that do not say the reason."""
    if not conference.is_published or timezone.now() >= conference.ends_at:
        return {"previews": []}
    kind, language = message_kinds.CONFERENCE_CANCELLED, settings.LANGUAGE_CODE
    found = previews.preview_cancellation(copy(conference), reason, language)
    silent = [
        (preview.label, reverse("messaging:text", args=[conference.pk, kind, preview.channel, language]))
        for preview, text in found
        if reason and "{reason}" not in text.body
    ]
    return {"previews": [preview for preview, _text in found], "silent": silent}


def _apply(request: HttpRequest, workspace: Workspace, change: Callable[..., Conference], done: str) -> HttpResponse:
    """Cancel or restore by ``change``, say ``done`` or why not, and go back to the settings."""
    try:
        current = change(conference=workspace.conference, now=timezone.now())
    except services.CancellingRefused as refused:
        messages.error(request, str(refused))
    else:
        log(request, current, CHANGE, done)
        messages.success(request, done)
        report_notice(request, current)
        report_details(request, current)
    return redirect(workspace.url("settings"))
