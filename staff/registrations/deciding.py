"""Deciding in the administration: accepting, declining, promoting out of turn; what the page of a registration says.

Coordinators accept and decline at their own points. Who overtakes others is the organisers' business.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User, display_name
from bridges.models import BridgePoint
from bridges.seat_words import seat_counts_words
from conference.models import Conference
from registrations import services
from registrations.models import Registration
from staff.registrations.forms import OutOfTurnForm, ReasonForm

State = Registration.State
#: So many registrations stand in one address.
AT_ONCE = 200


def runs(user: User, conference: Conference) -> bool:
    """Whether ``user`` is an organiser of ``conference``."""
    return Conference.objects.run_by(user).filter(pk=conference.pk).exists()


def filtered_by(request: HttpRequest, lookup: str) -> str:
    """The value of ``lookup`` in the filter of the list from which the page of ``request`` was opened; "" if none."""
    kept = parse_qs(request.GET.get("_changelist_filters", "")[:2000])
    return kept.get(lookup, [""])[0]


def moment(when: Any) -> str:
    """A date and time as people read it, "" for none."""
    return date_format(timezone.localtime(when), "DATETIME_FORMAT") if when else ""


class NoRevertMixin:
    """Old versions are shown and not brought back: they would carry old seats and states with them."""

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        self._require(request, object_id)
        if request.method == "POST":
            raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)


class ChosenMixin:
    """Pages about registrations that were chosen in the list; their numbers stand in the address."""

    def page_for(self, request: HttpRequest, queryset: QuerySet, name: str) -> HttpResponse | None:
        """The way to the page ``name`` about the rows of ``queryset``."""
        ids = list(queryset.order_by("id").values_list("pk", flat=True)[: AT_ONCE + 1])
        if len(ids) > AT_ONCE:
            words = _g("Please choose at most %(count)d registrations.") % {"count": AT_ONCE}
            self.message_user(request, words, messages.WARNING)
            return None
        return redirect(f"admin:registrations_registration_{name}", "-".join(map(str, ids)))

    def chosen(self, request: HttpRequest, ids: str, *, by_organisers: bool = False) -> list[Registration]:
        """The registrations whose numbers stand in ``ids``, first come first.

        Raises:
            PermissionDenied: only organisers see such a page, and ``request.user`` is none.
            Http404: none of them is his.
        """
        if by_organisers and not self.has_organise_permission(request):
            raise PermissionDenied
        if not self.has_change_permission(request):
            raise PermissionDenied
        numbers = [int(part) for part in ids.split("-")[:AT_ONCE] if part.isascii() and part.isdecimal()]
        rows = self.get_queryset(request).filter(pk__in=[n for n in numbers if n < 2**63])
        if by_organisers:
            rows = rows.filter(conference__in=Conference.objects.run_by(request.user).values("pk"))
        found = list(
            rows.select_related("organisation", "bridge_point", "conference", "invitation").order_by("created_at", "id")
        )
        if not found:
            raise Http404
        return found

    def has_organise_permission(self, request: HttpRequest) -> bool:
        """Whether the user is an organiser anywhere; of which conference, the rows say."""
        user = request.user
        return user.is_active and user.is_staff and (user.is_organiser or user.is_superuser)

    def back(self, chosen: list[Registration]) -> HttpResponse:
        """Where one stands when it is done: at the one registration, or in the list."""
        if len(chosen) == 1:
            return redirect("admin:registrations_registration_change", chosen[0].pk)
        address = reverse("admin:registrations_registration_changelist")
        return redirect(f"{address}?conference__id__exact={chosen[0].conference_id}")

    def question(
        self, request: HttpRequest, chosen: list[Registration], form: Form | None, *, template: str = "decide", **words
    ) -> HttpResponse:
        """The page that asks once more; ``words`` are title, explanation and button."""
        context = {
            **self.admin_site.each_context(request),
            **words,
            "form": form,
            "chosen": chosen,
            "points": _room_of({r.bridge_point_id: r.bridge_point for r in chosen}.values()),
            "conference": chosen[0].conference,
            "opts": self.opts,
        }
        response = TemplateResponse(request, f"admin/registrations/registration/{template}.html", context)
        response.status_code = 422 if form is not None and form.errors else 200
        return response

    def say_refused(self, request: HttpRequest, refused: dict[str, list[Registration]]) -> None:
        """Name those for which it was not possible, reason by reason."""
        for why, rows in refused.items():
            self.message_user(request, f"{'; '.join(map(str, rows))}: {why}", messages.ERROR)


def _room_of(points: Iterable[BridgePoint]) -> list[tuple[BridgePoint, str]]:
    """Each point with its seats in words."""
    return [(point, seat_counts_words(point)) for point in points]


class DecidingMixin(ChosenMixin):
    """Accepting, declining and promoting, as actions of the list and as buttons of a registration's own page."""

    class Media:
        css = {"all": ["css/staff.css"]}

    def get_urls(self) -> list:
        pages = (("accept", self.accept_view), ("decline", self.decline_view), ("promote", self.promote_view))
        own = [
            path(f"<str:ids>/{name}/", self.admin_site.admin_view(view), name=f"registrations_registration_{name}")
            for name, view in pages
        ]
        return [*own, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Registration, form: Form, change: bool) -> None:
        # What the form does not show may have changed since it was loaded: a state must not come back.
        obj.save(update_fields=[name for name in form.changed_data if name in form.fields])

    def get_fieldsets(self, request: HttpRequest, obj: Registration | None = None) -> Any:
        """Without what does not apply to this registration."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        left_out = {name for name in ("confirmed_at", "cancelled_at", "invitation", "reason") if not getattr(obj, name)}
        if obj.state != State.WAITLISTED:
            left_out.add("place")
        if not obj.decided_at:
            left_out.add("decided")
        shown = [(title, [f for f in options["fields"] if f not in left_out]) for title, options in fieldsets]
        return [(title, {"fields": fields}) for title, fields in shown if fields]

    # --- actions ------------------------------------------------------------------------------------------------------

    @admin.action(description=_("Accept the chosen requests"), permissions=["change"])
    def accept_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        rows = queryset.select_related("organisation", "bridge_point", "conference").order_by("created_at", "id")
        self._accept(request, list(rows))

    @admin.action(description=_("Decline the chosen requests …"), permissions=["change"])
    def decline_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return self.page_for(request, queryset, "decline")

    @admin.action(description=_("Promote out of turn …"), permissions=["organise"])
    def promote_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        mine = queryset.filter(conference__in=Conference.objects.run_by(request.user).values("pk"))
        if not mine.exists():
            words = _g("Only the organisers of the conference may do this.")
            self.message_user(request, words, messages.WARNING)
            return None
        return self.page_for(request, mine, "promote")

    # --- pages --------------------------------------------------------------------------------------------------------

    def accept_view(self, request: HttpRequest, ids: str) -> HttpResponse:
        """GET asks once more, POST accepts."""
        chosen = self.chosen(request, ids)
        if request.method == "POST":
            self._accept(request, chosen)
            return self.back(chosen)
        return self.question(
            request,
            chosen,
            None,
            title=_g("Accept"),
            explanation=_g(
                "Each request gets the seats that it holds or that are free; otherwise it goes to the end of the"
                " waitlist. Its people are told."
            ),
            button=_g("Accept"),
        )

    def decline_view(self, request: HttpRequest, ids: str) -> HttpResponse:
        """Asks for the reason and declines."""
        chosen = self.chosen(request, ids)
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            self._decline(request, chosen, form.cleaned_data["reason"])
            return self.back(chosen)
        return self.question(
            request,
            chosen,
            form,
            title=_g("Decline"),
            explanation=_g("Seats that a request holds go to those first on the waitlist. Its people are told."),
            button=_g("Decline and tell them"),
            is_harsh=True,
        )

    def promote_view(self, request: HttpRequest, ids: str) -> HttpResponse:
        """Asks for the reason and lets registrations overtake those before them."""
        chosen = self.chosen(request, ids, by_organisers=True)
        chosen.sort(key=lambda r: (r.queue_number is None, r.queue_number))
        form = OutOfTurnForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            self._promote(request, chosen, form.cleaned_data["reason"])
            return self.back(chosen)
        return self.question(
            request,
            chosen,
            form,
            title=_g("Promote out of turn"),
            explanation=_g(
                "Each registration gets its seats although others stand before it, or stays where it is if they are"
                " not free. Its people are told; those who wait are not."
            ),
            button=_g("Promote"),
        )

    # --- what they do -------------------------------------------------------------------------------------------------

    def _accept(self, request: HttpRequest, chosen: list[Registration]) -> None:
        refused: dict[str, list[Registration]] = {}
        done: dict[str, list[Registration]] = {}
        for registration in chosen:
            try:
                current = services.accept(registration=registration, by=request.user, now=timezone.now())
            except services.RegistrationRefused as refusal:
                refused.setdefault(str(refusal), []).append(registration)
            else:
                done.setdefault(current.state, []).append(current)
                self.log_change(request, current, _g("Accepted."))
        if seated := done.get(State.CONFIRMED):
            words = ngettext(
                "%(count)d registration accepted: it has its seats.",
                "%(count)d registrations accepted: they have their seats.",
                len(seated),
            )
            self.message_user(request, words % {"count": len(seated)}, messages.SUCCESS)
        if waiting := done.get(State.WAITLISTED):
            words = ngettext(
                "%(count)d registration accepted, but its seats are not free: it is on the waitlist (%(which)s).",
                "%(count)d registrations accepted, but their seats are not free: they are on the waitlist (%(which)s).",
                len(waiting),
            )
            names = "; ".join(map(str, waiting))
            self.message_user(request, words % {"count": len(waiting), "which": names}, messages.WARNING)
        self.say_refused(request, refused)

    def _decline(self, request: HttpRequest, chosen: list[Registration], reason: str) -> None:
        refused: dict[str, list[Registration]] = {}
        declined = 0
        for registration in chosen:
            try:
                services.decline(registration=registration, by=request.user, reason=reason, now=timezone.now())
            except services.RegistrationRefused as refusal:
                refused.setdefault(str(refusal), []).append(registration)
            else:
                declined += 1
                self.log_change(request, registration, _g("Declined: %(reason)s") % {"reason": reason})
        if declined:
            words = ngettext("%(count)d registration declined.", "%(count)d registrations declined.", declined)
            self.message_user(request, words % {"count": declined}, messages.SUCCESS)
        self.say_refused(request, refused)

    def _promote(self, request: HttpRequest, chosen: list[Registration], reason: str) -> None:
        refused: dict[str, list[Registration]] = {}
        promoted: list[Registration] = []
        for registration in chosen:
            try:
                services.promote_out_of_turn(
                    registration=registration, by=request.user, reason=reason, now=timezone.now()
                )
            except services.PointFull as full:
                point = BridgePoint.objects.get(pk=registration.bridge_point_id)
                seats = ngettext("It needs %(count)d seat", "It needs %(count)d seats", registration.seats)
                why = f"{full} {seats % {'count': registration.seats}} ({point.label}: {seat_counts_words(point)})."
                refused.setdefault(why, []).append(registration)
            except services.RegistrationRefused as refusal:
                refused.setdefault(str(refusal), []).append(registration)
            else:
                promoted.append(registration)
                self.log_change(request, registration, _g("Promoted out of turn: %(reason)s") % {"reason": reason})
        if promoted:
            words = ngettext(
                "%(which)s: promoted out of turn; it has its seats.",
                "%(which)s: promoted out of turn; they have their seats.",
                len(promoted),
            )
            self.message_user(request, words % {"which": "; ".join(map(str, promoted))}, messages.SUCCESS)
        self.say_refused(request, refused)

    # --- the registration's own page ----------------------------------------------------------------------------------

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, obj=None, **kwargs: Any):
        if obj is not None:
            context["may_decide"] = self.has_change_permission(request, obj)
            context["may_organise"] = self.has_organise_permission(request) and runs(request.user, obj.conference)
            # Adding is another page with other fields.
            context["show_save_and_add_another"] = False
            context["room"] = seat_counts_words(obj.bridge_point)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @admin.display(description=_("decided"))
    def decided(self, registration: Registration) -> str:
        if registration.decided_at is None:
            return "–"
        who = display_name(registration.decided_by) if registration.decided_by else _g("unknown")
        return _g("%(moment)s, by %(name)s") % {"moment": moment(registration.decided_at), "name": who}


# --- beside each bridge point: how many requests wait there for a decision --------------------------------------------
