"""Registrations in the admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bridges.models import BridgePoint
from bridges.seat_words import seats_left_words
from common.fields import CleanTextFormMixin
from common.search import matching
from lists.exporting import export_as_csv, export_as_xlsx
from outbox.channel_names import channel_name
from outbox.models import Message
from registrations import services
from registrations.forms.edit_conflicts import MergingForm
from registrations.models import Delegate, Registration
from staff.registrations.cancelling import CancellingMixin
from staff.registrations.columns import ListMixin
from staff.registrations.deciding import DecidingMixin, NoRevertMixin
from staff.registrations.erasing import ErasingMixin
from staff.registrations.questions import AnsweredMixin
from staff.registrations.telephone import TelephoneMixin
from staff.scoped import AccentlessSearch, ScopedAdmin, ScopedInline

_MESSAGES_SHOWN = 30
_MOVED_AT_ONCE = 200


class DelegateForm(MergingForm, CleanTextFormMixin, forms.ModelForm):
    """A delegate's data, corrected by staff."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.carry_drawn(self.initial)

    class Meta:
        model = Delegate
        fields = ("full_name", "position", "phone", "email")


class DelegateInline(ScopedInline, admin.TabularInline):
    model = Delegate
    form = DelegateForm
    fields = ("full_name", "position", "phone", "email", "personal_page")
    readonly_fields = ("personal_page",)
    extra = 0
    can_delete = False
    organiser_may = frozenset({"view", "change"})
    coordinator_may = frozenset({"view", "change"})

    @admin.display(description=_("personal link"))
    def personal_page(self, delegate: Delegate) -> str:
        if not delegate.pk:
            return "–"
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            reverse("attendance:join", args=[delegate.token]),
            _("open"),
            reverse("lists:delegate_letter", args=[delegate.pk]),
            _("letter"),
        )


class RegistrationForm(MergingForm, CleanTextFormMixin, forms.ModelForm):
    """What staff may correct."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.carry_drawn(self.initial)

    class Meta:
        model = Registration
        fields = ("contact_name", "contact_position", "contact_email", "contact_phone", "language")


def _in_words(message: Message) -> tuple[str, ...]:
    """A line about ``message``: when, how, to which address, about what, what became of it and why."""
    moment = message.delivered_at or message.sent_at or message.due_at
    return (
        date_format(timezone.localtime(moment), "DATETIME_FORMAT"),
        channel_name(message.channel),
        message.address,
        Truncator(message.subject or " ".join(message.text.split())).chars(60),
        message.get_state_display(),
        message.error,
    )


class MoveForm(forms.Form):
    """To which bridge point: one that takes registrations and that the staff user runs."""

    point = forms.ChoiceField(
        label=_("New bridge point"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose a bridge point.")},
    )

    def __init__(self, *args: Any, points: list[BridgePoint], seats: int, **kwargs: Any) -> None:
        """``seats``: how many must be free there; a fuller point can be chosen all the same, for some of them."""
        super().__init__(*args, **kwargs)
        self.points = {str(point.pk): point for point in points}
        self.fields["point"].choices = [(pk, f"{p.name} ({_room_words(p, seats)})") for pk, p in self.points.items()]

    @property
    def chosen(self) -> BridgePoint:
        """The point of a valid form."""
        return self.points[self.cleaned_data["point"]]


def _room_words(point: BridgePoint, seats: int) -> str:
    words = seats_left_words(point)
    if point.seats_left is None or point.is_full or point.seats_left >= seats:
        return words
    return f"{words} – {_g('not enough for all')}"


@admin.register(Registration)
class RegistrationAdmin(
    ListMixin,
    ErasingMixin,
    CancellingMixin,
    DecidingMixin,
    AnsweredMixin,
    TelephoneMixin,
    NoRevertMixin,
    AccentlessSearch,
    ScopedAdmin,
):
    """Search without accents, filter by point, kind and state; what may be done to them as actions."""

    form = RegistrationForm
    inlines = [DelegateInline]
    organiser_may = frozenset({"view", "add", "change"})
    coordinator_may = frozenset({"view", "add", "change"})
    actions = [
        "accept_selected", "decline_selected", "promote_selected", "move_selected", "cancel_selected",
        "resend_selected", "renew_links_selected", export_as_xlsx, export_as_csv, "erase_selected",
    ]  # fmt: skip
    search_help_text = _("Number, organisation, name, phone or e-mail; accents do not matter.")
    readonly_fields = (
        "number",
        "organisation",
        "conference",
        "bridge_point",
        "state",
        "seats",
        "place",
        "source",
        "created_at",
        "confirmed_at",
        "cancelled_at",
        "invitation",
        "reason",
        "decided",
        "interests_said",
        "answers_said",
        "consent_words",
        "erased_at",
        "own_page",
        "messages_sent",
    )
    fieldsets = (
        (
            None,
            {"fields": ("number", "state", "place", "conference", "bridge_point", "organisation", "seats", "own_page")},
        ),
        (_("Decision"), {"fields": ("reason", "decided")}),
        (
            _("Contact person"),
            {"fields": ("contact_name", "contact_position", "contact_email", "contact_phone", "language")},
        ),
        (_("What was said"), {"fields": ("interests_said", "answers_said")}),
        (
            _("How it came about"),
            {"fields": ("source", "invitation", "created_at", "confirmed_at", "cancelled_at", "consent_words")},
        ),
        (_("Messages"), {"fields": ("messages_sent",)}),
    )

    def search_condition(self, search_term: str) -> Q:
        delegates = Delegate.objects.filter(matching(search_term), registration=OuterRef("pk"))
        return matching(search_term) | Exists(delegates)

    @admin.display(description=_("place in line"))
    def place(self, registration: Registration) -> Any:
        return registration.place_in_line or "–"

    @admin.display(description=_("registrant’s page"))
    def own_page(self, registration: Registration) -> str:
        return format_html('<a href="{}">{}</a>', registration.get_absolute_url(), _("open"))

    @admin.display(description=_("messages"))
    def messages_sent(self, registration: Registration) -> str:
        """What was said to each delegate, the last things first, and the way to all of it."""
        said: dict[str, list[Message]] = {delegate.person: [] for delegate in registration.delegates.all()}
        for message in Message.objects.filter(person__in=list(said)).order_by("-id")[:_MESSAGES_SHOWN]:
            said[message.person].append(message)
        blocks = [
            format_html(
                '<p><a href="{}">{}</a></p><ul class="dc-said">{}</ul>',
                # The page is in a room above this one.
                reverse("messaging:person", args=[registration.conference_id, delegate.pk]),
                _g("All messages to %(name)s") % {"name": delegate.full_name},
                format_html_join(
                    "", "<li>{} · {} → {}: {} <strong>{}</strong> {}</li>", map(_in_words, said[delegate.person])
                ),
            )
            for delegate in registration.delegates.all()
        ]
        return format_html_join("", "{}", ((block,) for block in blocks)) or "–"

    def save_formset(self, request: HttpRequest, form, formset, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is Delegate:
            for delegate, _changed in formset.changed_objects:
                services.readdress(delegate=delegate)

    @admin.action(description=_("Send the messages again"), permissions=["change"])
    def resend_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        now, sent = timezone.now(), 0
        for registration in queryset.select_related("conference"):
            sent += services.resend(registration=registration, now=now)
        words = ngettext(
            "The messages of %(count)d registration are on their way again.",
            "The messages of %(count)d registrations are on their way again.",
            sent,
        )
        self.message_user(request, words % {"count": sent}, messages.SUCCESS)

    @admin.action(description=_("Move to another bridge point"), permissions=["change"])
    def move_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        chosen = list(queryset.order_by("id").values_list("pk", "conference")[: _MOVED_AT_ONCE + 1])
        if len({conference for _pk, conference in chosen}) > 1:
            self.message_user(request, _("Please choose registrations of one conference only."), messages.WARNING)
            return None
        if len(chosen) > _MOVED_AT_ONCE:
            words = _("Please choose at most %(count)d registrations.") % {"count": _MOVED_AT_ONCE}
            self.message_user(request, words, messages.WARNING)
            return None
        ids = "-".join(str(pk) for pk, _conference in chosen)
        return redirect(f"{reverse('admin:registrations_registration_move')}?ids={ids}")

    def get_urls(self) -> list:
        move = path("move/", self.admin_site.admin_view(self.move_view), name="registrations_registration_move")
        return [move, *super().get_urls()]

    def move_view(self, request: HttpRequest) -> HttpResponse:
        """Asks for the point, and moves each registration there or leaves it as it is."""
        ids = [int(part) for part in request.GET.get("ids", "").split("-")[:_MOVED_AT_ONCE] if _is_number(part)]
        rows = (
            self.get_queryset(request).filter(pk__in=ids).select_related("organisation", "bridge_point", "conference")
        )
        # First come, first served.
        chosen = list(rows.order_by("created_at", "id"))
        if not chosen or len({r.conference_id for r in chosen}) > 1 or not self.has_change_permission(request):
            raise Http404
        conference = chosen[0].conference
        points = BridgePoint.objects.run_by(request.user).filter(conference=conference, is_open=True)
        left = {r.bridge_point_id for r in chosen}
        if len(left) == 1:
            points = points.exclude(pk__in=left)
        data = request.POST if request.method == "POST" else None
        form = MoveForm(data, points=list(points), seats=sum(r.seats for r in chosen))
        if request.method == "POST" and form.is_valid():
            self._move(request, chosen, form.chosen)
            if len(chosen) == 1:
                return redirect("admin:registrations_registration_change", chosen[0].pk)
            return redirect(
                f"{reverse('admin:registrations_registration_changelist')}?conference__id__exact={conference.pk}"
            )
        context = {
            **self.admin_site.each_context(request),
            "title": _g("Move to another bridge point"),
            "form": form,
            "chosen": chosen,
            "conference": conference,
            "opts": self.opts,
        }
        response = TemplateResponse(request, "admin/registrations/registration/move.html", context)
        response.status_code = 422 if form.errors else 200
        return response

    def _move(self, request: HttpRequest, chosen: list[Registration], point: BridgePoint) -> None:
        moved = 0
        for registration in chosen:
            try:
                services.move(registration=registration, point=point, now=timezone.now(), by_staff=True)
            except services.RegistrationRefused as refused:
                self.message_user(request, f"{registration}: {refused}", messages.ERROR)
            else:
                self.log_change(request, registration, _g("Moved to %(point)s.") % {"point": point.name})
                moved += 1
        if moved:
            words = ngettext(
                "%(count)d registration moved to %(point)s; its people get one message about it.",
                "%(count)d registrations moved to %(point)s; their people get one message about it.",
                moved,
            )
            self.message_user(request, words % {"count": moved, "point": point.name}, messages.SUCCESS)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
