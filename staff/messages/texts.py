"""The texts of a conference in the administration: all of them at a glance, and the editor of each."""

from dataclasses import dataclass
from typing import Any

from csp.decorators import csp
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from accounts.signed_in import user_of
from conference.models import Conference
from messaging import message_kinds, previews, test_sends
from messaging.models import Template
from messaging.texts import defaults, placeholders
from outbox import channels
from outbox.channel_names import channel_name
from staff.edit_conflicts import focus_in
from staff.messages.forms import TemplateForm

#: For the HTML part of a mail, in a sandboxed frame: mails style themselves.
framed_mail: Any = csp(
    {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "form-action": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'self'"],
    }
)
_VERSIONS = 10


@dataclass(frozen=True)
class Place:
    """Where a text stands: of which conference, for which message, channel and language."""

    conference: Conference
    kind: str
    channel: str
    language: str

    @property
    def key(self) -> dict[str, Any]:
        """What finds its row, and its history."""
        return {
            "conference_id": self.conference.pk,
            "kind": self.kind,
            "channel": self.channel,
            "language": self.language,
        }

    @property
    def address(self) -> tuple[int, str, str, str]:
        """The arguments of its addresses."""
        return self.conference.pk, self.kind, self.channel, self.language

    def template(self) -> Template | None:
        """The conference's own text, if it has one."""
        return Template.objects.filter(**self.key).first()

    def default(self) -> defaults.Text:
        """Our own text; an empty one for Zalo."""
        return defaults.default(self.kind, self.channel, self.language) or defaults.Text("", "")


def conference_of(request: HttpRequest, pk: int) -> Conference:
    """The conference ``pk``, if the user organises it.

    Raises:
        PermissionDenied: they are no organiser at all.
        Http404: it is not theirs.
    """
    if not (user_of(request).is_superuser or user_of(request).is_organiser):
        raise PermissionDenied
    return get_object_or_404(Conference.objects.run_by(user_of(request)), pk=pk)


def used_channels() -> list[str]:
    """The channels for which there can be texts here."""
    return [channel for channel in ("email", "sms", "zalo") if channel in channels.names()]


def _place(request: HttpRequest, pk: int, kind: str, channel: str, language: str) -> Place:
    conference = conference_of(request, pk)
    known = (
        kind in dict(message_kinds.TEMPLATED) and channel in used_channels() and language in dict(settings.LANGUAGES)
    )
    if not known:
        raise Http404
    return Place(conference, kind, channel, language)


@require_safe
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """Every kind of message by channel and language: our default, or the conference's own text."""
    conference = conference_of(request, pk)
    own = defaults.of_conferences({conference.pk})
    languages = list(settings.LANGUAGES)
    columns = [
        (channel, channel_name(channel), code, str(name)) for channel in used_channels() for code, name in languages
    ]
    rows = [
        {
            "label": label,
            "cells": [
                {
                    "address": (conference.pk, kind, channel, code),
                    "about": f"{label} – {channel_label}, {language}",
                    "is_own": (conference.pk, kind, channel, code) in own,
                    "has_default": channel != "zalo",
                }
                for channel, channel_label, code, language in columns
            ],
        }
        for kind, label in message_kinds.TEMPLATED
    ]
    context = {
        **admin.site.each_context(request),
        "title": pgettext("tab", "Texts of messages"),
        "conference": conference,
        "tab": "messages",
        "columns": [(channel_label, language) for _channel, channel_label, _code, language in columns],
        "rows": rows,
        "own_count": len(own),
    }
    return TemplateResponse(request, "staff/messages/texts.html", context)


def edit(request: HttpRequest, pk: int, kind: str, channel: str, language: str) -> HttpResponse:
    """The editor of one text: save it, see how it reads, send it to oneself, go back to our default."""
    place = _place(request, pk, kind, channel, language)
    with transaction.atomic():
        return _edit(request, place)


def _edit(request: HttpRequest, place: Place) -> HttpResponse:
    template, language = place.template(), place.language
    form = _form(request, place, template)
    if request.method == "POST" and "_default" in request.POST:
        if template is None or not form.was_changed_meanwhile():
            return _use_default(request, place, template)
    elif request.method == "POST":
        if "_test" in request.POST:
            send_trial(request, _preview_of_post(request, place), language)
        elif "_preview" not in request.POST and form.is_valid() and _save(form):
            _confirm_saved(request, place, form.instance)
            return redirect("messaging:texts", place.conference.pk)
    return TemplateResponse(request, "staff/messages/text.html", _editor_context(request, place, form, template))


def _use_default(request: HttpRequest, place: Place, template: Template | None) -> HttpResponse:
    """Delete the conference's own text, so that ours is used again."""
    if template is not None:
        template.delete()
    messages.success(request, gettext("Our default text is used again."))
    return redirect("messaging:text", *place.address)


def _form(request: HttpRequest, place: Place, template: Template | None) -> TemplateForm:
    """The editor's form; it begins with an earlier version that is asked for, the text in use, or our default."""
    initial = _version(request, place)
    if not initial and template is None:
        default = place.default()
        initial = {"subject": default.subject, "body": default.body.rstrip()}
    return TemplateForm(request.POST or None, instance=template or Template(**place.key), initial=initial)


def _confirm_saved(request: HttpRequest, place: Place, template: Template) -> None:
    messages.success(request, gettext("Saved. Messages use this text from now on."))
    saved = defaults.Text(template.subject, template.body)
    if warning := defaults.leads_nowhere(saved, place.kind, place.channel, place.language):
        messages.warning(request, warning)


def _editor_context(
    request: HttpRequest, place: Place, form: TemplateForm, template: Template | None
) -> dict[str, Any]:
    values = request.POST if request.method == "POST" else {n: form[n].value() or "" for n in form.fields}
    focus_in(form, form.fields)
    channel_words = channel_name(place.channel)
    versions = Template.history.filter(**place.key).select_related("history_user").order_by("-history_id")
    return {
        **admin.site.each_context(request),
        **_live_context(request, place, values),
        "title": capfirst(
            f"{message_kinds.LABELS[place.kind]} – {channel_words}, {dict(settings.LANGUAGES)[place.language]}"
        ),
        "conference": place.conference,
        "tab": "messages",
        "form": form,
        "template": template,
        "default": place.default() if place.channel != "zalo" else None,
        "placeholders": placeholders.of_kind(place.kind),
        "versions": versions[:_VERSIONS],
        "live_url": "live/",
        "frame_url": "html/" if place.channel == "email" else "",
        "trial_channels": trial_channels(request, [place.channel]),
        "misses_mobile": misses_mobile(request, [place.channel]),
        "media": form.media,
    }


def _save(form: TemplateForm) -> bool:
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        form.add_error(None, gettext("Somebody else has saved a text here in the meantime. Save again to replace it."))
        return False
    return True


def _version(request: HttpRequest, place: Place) -> dict[str, Any]:
    """An earlier text that is asked for, to begin with."""
    number = request.GET.get("version", "")
    if not number.isdecimal():
        return {}
    found = Template.history.filter(**place.key, history_id=int(number)).first()
    return {"subject": found.subject, "body": found.body, "keep_accents": found.keep_accents} if found else {}


def _text(values: Any) -> defaults.Text:
    """The text that somebody has typed so far."""

    def plain(name: str) -> str:
        return str(values.get(name) or "").replace("\x00", "").replace("\r\n", "\n").strip()

    return defaults.Text(plain("subject")[:150], plain("body")[:8000], bool(values.get("keep_accents")))


def _preview(place: Place, values: Any, person: str) -> previews.TextPreview:
    to = previews.recipient(place.conference, place.kind, person)
    return previews.preview_text(_text(values), to, place.kind, place.channel, place.language)


def _preview_of_post(request: HttpRequest, place: Place) -> previews.TextPreview:
    return _preview(place, request.POST, request.POST.get("person", ""))


def _live_context(request: HttpRequest, place: Place, values: Any) -> dict[str, Any]:
    people = previews.choices(place.conference, place.kind)
    person = request.POST.get("person") or people[0][0]
    return {"people": people, "person": person, "shown": [_preview(place, values, person)]}


def send_trial(request: HttpRequest, text: previews.TextPreview, language: str) -> None:
    """Send ``text`` to the one user who asks for it, and say what became of that."""
    try:
        to = test_sends.send(user=user_of(request), text=text, language=language, now=timezone.now())
    except test_sends.NotPossible as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, gettext("A test message is on its way to %(address)s.") % {"address": to})


def trial_channels(request: HttpRequest, wanted: list[str]) -> list[tuple[str, str, str]]:
    """Channel, its name and the user's own address on it, for each of ``wanted`` by which they can be reached."""
    found = ((channel, channel_name(channel), test_sends.address(user_of(request), channel)) for channel in wanted)
    return [row for row in found if row[2]]


def misses_mobile(request: HttpRequest, wanted: list[str]) -> bool:
    """Whether an SMS is among ``wanted`` and the user's account has no number to which a test could go."""
    return "sms" in wanted and "sms" in channels.names() and not test_sends.address(user_of(request), "sms")


@require_POST
def live(request: HttpRequest, pk: int, kind: str, channel: str, language: str) -> HttpResponse:
    """The preview of what is typed, as a piece of the editor's page."""
    place = _place(request, pk, kind, channel, language)
    return TemplateResponse(
        request, "staff/messages/_shown.html", {"shown": [_preview_of_post(request, place)], "is_live": True}
    )


@xframe_options_sameorigin
@framed_mail
def html(request: HttpRequest, pk: int, kind: str, channel: str, language: str) -> HttpResponse:
    """The HTML part of a mail: of what is typed, or of what is in use."""
    place = _place(request, pk, kind, channel, language)
    if request.method == "POST":
        shown = _preview_of_post(request, place)
    else:
        text = place.template() or place.default()
        values = {"subject": text.subject, "body": text.body}
        shown = _preview(place, values, previews.choices(place.conference, kind)[0][0])
    return frame(shown)


def frame(shown: previews.TextPreview | None) -> HttpResponse:
    """The page in the frame: the HTML part, or nothing while the text has a fault."""
    return HttpResponse(shown.content.html if shown and shown.content else "<!doctype html><title>–</title>")
