"""Moving registrations to another bridge point: an action of the list, and the page that asks which point."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.signed_in import user_of
from bridges.models import BridgePoint
from bridges.seat_words import seats_left_words
from registrations import services
from registrations.models import Registration
from staff.registrations.chosen import (
    apply_to_each,
    back_address,
    fields_changed,
    join_numbers,
    load_chosen,
    redirect_back,
    render_page,
)
from staff.scoped import ScopedAdmin


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
        cast(forms.ChoiceField, self.fields["point"]).choices = [
            (pk, f"{p.name} ({_seat_words(p, seats)})") for pk, p in self.points.items()
        ]

    @property
    def chosen_point(self) -> BridgePoint:
        """The point of a valid form."""
        return self.points[self.cleaned_data["point"]]


def _seat_words(point: BridgePoint, seats: int) -> str:
    words = seats_left_words(point)
    if point.seats_left is None or point.is_full or point.seats_left >= seats:
        return words
    return f"{words} – {gettext('not enough for all')}"


@admin.action(description=_("Move to another bridge point"), permissions=["change"])
def move_selected(model_admin: ScopedAdmin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """To the page that asks which point; all must belong to one conference."""
    if queryset.order_by().values("conference").distinct().count() > 1:
        words = gettext("Please choose registrations of one conference only.")
        model_admin.message_user(request, words, messages.WARNING)
        return None
    ids = join_numbers(model_admin, request, queryset)
    return redirect(f"{reverse('admin:registrations_registration_move')}?ids={ids}") if ids else None


def move(model_admin: ScopedAdmin, request: HttpRequest) -> HttpResponse:
    """Asks for the point, and moves each registration there or leaves it as it is.

    Raises:
        Http404: besides the reasons of ``load_chosen``, they belong to several conferences.
    """
    # First come, first served.
    chosen = load_chosen(model_admin, request, request.GET.get("ids", ""))
    if len({registration.conference_id for registration in chosen}) > 1:
        raise Http404
    form = MoveForm(
        request.POST if request.method == "POST" else None,
        points=_list_points(request, chosen),
        seats=sum(registration.seats for registration in chosen),
    )
    if form.is_valid():
        _move(model_admin, request, chosen, form.chosen_point)
        return redirect_back(request, chosen)
    return render_page(
        model_admin,
        request,
        "move",
        title=gettext("Move to another bridge point"),
        form=form,
        chosen=chosen,
        conference=chosen[0].conference,
        tab="people",
        back=back_address(request, chosen),
    )


def _list_points(request: HttpRequest, chosen: list[Registration]) -> list[BridgePoint]:
    """Where ``chosen`` can go: open points of their conference that the user runs, but not where all of them are."""
    points = BridgePoint.objects.run_by(user_of(request)).filter(conference=chosen[0].conference_id, is_open=True)
    left = {registration.bridge_point_id for registration in chosen}
    return list(points.exclude(pk__in=left) if len(left) == 1 else points)


def _move(model_admin: ScopedAdmin, request: HttpRequest, chosen: list[Registration], point: BridgePoint) -> None:
    log = fields_changed("bridge_point")
    outcome = apply_to_each(model_admin, request, chosen, services.move, point=point, by_staff=True, log=log)
    for registration, reason in outcome.refused:
        model_admin.message_user(request, f"{registration}: {reason}", messages.ERROR)
    if count := len(outcome.done):
        words = ngettext(
            "%(count)d registration moved to %(point)s; its people get one message about it.",
            "%(count)d registrations moved to %(point)s; their people get one message about it.",
            count,
        )
        model_admin.message_user(request, words % {"count": count, "point": point.name}, messages.SUCCESS)
