"""What the pages about chosen registrations share: which ones, the question before something is done, the way back.

Each page is a function of the admin, the request and ``ids``, the numbers of the registrations as they stand in the
address: "7-8-9".
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext, override

from accounts.signed_in import user_of
from bridges.seat_words import seat_counts_words
from conference.models import Conference
from registrations import services
from registrations.models import Registration
from staff.scoped import ScopedAdmin

#: So many registrations stand in one address.
AT_ONCE = 200


def is_organiser(request: HttpRequest) -> bool:
    """Whether the user organises conferences at all; which ones, the rows say."""
    user = request.user
    return user.is_active and user.is_staff and (user.is_organiser or user.is_superuser)


def filter_organised(rows: QuerySet[Registration], request: HttpRequest) -> QuerySet[Registration]:
    """Those of ``rows`` whose conference the user organises."""
    return rows.filter(conference__in=Conference.objects.run_by(user_of(request)).values("pk"))


def read_numbers(ids: str) -> list[int]:
    """The first numbers of an address, at most ``AT_ONCE``; what is no number is left out."""
    parts = ids.split("-")[:AT_ONCE]
    # Nineteen digits may be more than the database holds.
    return [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 19]


def load_chosen(
    model_admin: ScopedAdmin, request: HttpRequest, ids: str, *, by_organisers: bool = False
) -> list[Registration]:
    """The registrations whose numbers stand in ``ids`` and that the user runs, first come first.

    ``by_organisers``: only those of conferences that the user organises.

    Raises:
        PermissionDenied: the user's role does not allow it for any registration.
        Http404: the user runs none of them.
    """
    if (by_organisers and not is_organiser(request)) or not model_admin.has_change_permission(request):
        raise PermissionDenied
    rows = model_admin.get_queryset(request).filter(pk__in=read_numbers(ids))
    if by_organisers:
        rows = filter_organised(rows, request)
    rows = rows.select_related("organisation", "bridge_point", "conference", "invitation")
    found = list(rows.order_by("created_at", "id"))
    if not found:
        raise Http404
    return found


def join_numbers(model_admin: ScopedAdmin, request: HttpRequest, rows: QuerySet[Registration]) -> str | None:
    """The numbers of ``rows`` for an address; None if they are too many, which the user is told."""
    ids = list(rows.order_by("id").values_list("pk", flat=True)[: AT_ONCE + 1])
    if len(ids) > AT_ONCE:
        words = gettext("Please choose at most %(count)d registrations.") % {"count": AT_ONCE}
        model_admin.message_user(request, words, messages.WARNING)
        return None
    return "-".join(map(str, ids))


def redirect_to_page(
    model_admin: ScopedAdmin, request: HttpRequest, rows: QuerySet[Registration], name: str
) -> HttpResponse | None:
    """The way from the list to the page ``name`` ("cancel") about ``rows``; None if they are too many."""
    ids = join_numbers(model_admin, request, rows)
    return redirect(f"admin:registrations_registration_{name}", ids) if ids else None


def redirect_back(request: HttpRequest, chosen: list[Registration]) -> HttpResponse:
    """The way back when it is done."""
    return redirect(back_address(request, chosen))


def back_address(request: HttpRequest, chosen: list[Registration]) -> str:
    """Where a page leads back: whence its address says that one came, else the one registration, else the list."""
    came_from = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(came_from, allowed_hosts=None):
        return came_from
    if len(chosen) == 1:
        return reverse("admin:registrations_registration_change", args=[chosen[0].pk])
    address = reverse("admin:registrations_registration_changelist")
    return f"{address}?conference__id__exact={chosen[0].conference_id}"


def render_page(
    model_admin: ScopedAdmin,
    request: HttpRequest,
    template: str,
    *,
    title: str,
    form: Form | None,
    **context: Any,
) -> HttpResponse:
    """A page of the administration about registrations; status 422 if ``form`` has errors."""
    response = TemplateResponse(
        request,
        f"staff/registrations/{template}.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": title,
            "form": form,
            "opts": model_admin.opts,
            **context,
        },
    )
    response.status_code = 422 if form is not None and form.errors else 200
    return response


def render_question(
    model_admin: ScopedAdmin,
    request: HttpRequest,
    chosen: list[Registration],
    *,
    title: str,
    explanation: str,
    button: str,
    form: Form | None = None,
    is_harsh: bool = False,
) -> HttpResponse:
    """The page that asks before something is done to ``chosen``; ``is_harsh``: it cannot be undone, and looks so."""
    points = {registration.bridge_point_id: registration.bridge_point for registration in chosen}
    places = Registration.objects.filter(pk__in=[registration.pk for registration in chosen]).places_in_line()
    return render_page(
        model_admin,
        request,
        "decide",
        title=title,
        form=form,
        explanation=explanation,
        button=button,
        is_harsh=is_harsh,
        chosen=chosen,
        rows=[(registration, places.get(registration.pk)) for registration in chosen],
        conference=chosen[0].conference,
        tab="people",
        back=back_address(request, chosen),
        points=[(point, seat_counts_words(point)) for point in points.values()],
    )


@dataclass
class Outcome:
    """What became of each chosen registration: those for which it was done, and why it was refused for others."""

    done: list[Registration] = field(default_factory=list)
    refused: list[tuple[Registration, str]] = field(default_factory=list)


def fields_changed(*names: str) -> list[dict[str, Any]]:
    """For the admin's log: the fields ``names`` have changed. What stood there the history reads in the versions."""
    with override(None):
        labels = [str(Registration._meta.get_field(name).verbose_name) for name in names]  # type: ignore[union-attr]
    return [{"changed": {"fields": labels}}]


def apply_to_each(
    model_admin: ScopedAdmin,
    request: HttpRequest,
    chosen: list[Registration],
    change: Callable[..., Registration],
    *,
    log: str | list[dict[str, Any]],
    **facts: Any,
) -> Outcome:
    """Call the service ``change`` with each of ``chosen``, the time and ``facts``; write ``log`` in the admin's log.

    ``log``: in words, where they say more than the versions of the registration; else ``fields_changed``.
    ``done`` holds what the service returned. What it refuses does not stop the others.
    """
    outcome = Outcome()
    for registration in chosen:
        try:
            current = change(registration=registration, now=timezone.now(), **facts)
        except services.RegistrationRefused as refusal:
            outcome.refused.append((registration, str(refusal)))
        else:
            outcome.done.append(current)
            model_admin.log_change(request, current, log)
    return outcome


def keep_possible(
    model_admin: ScopedAdmin, request: HttpRequest, chosen: list[Registration], refusal_of: Callable[..., str]
) -> list[Registration]:
    """Those of ``chosen`` for which ``refusal_of`` has no words; of the others it is said why not."""
    outcome = Outcome()
    for registration in chosen:
        if words := refusal_of(registration=registration, now=timezone.now()):
            outcome.refused.append((registration, words))
        else:
            outcome.done.append(registration)
    report_refused(model_admin, request, outcome)
    return outcome.done


def report_refused(model_admin: ScopedAdmin, request: HttpRequest, outcome: Outcome) -> None:
    """Name those for which it was not possible, reason by reason."""
    by_reason: dict[str, list[Registration]] = {}
    for registration, reason in outcome.refused:
        by_reason.setdefault(reason, []).append(registration)
    for reason, rows in by_reason.items():
        model_admin.message_user(request, f"{'; '.join(map(str, rows))}: {reason}", messages.ERROR)


def count_words(registrations: list[Registration]) -> str:
    """So many registrations with so many people: "2 registrations with 5 people"."""
    count, people = len(registrations), sum(registration.seats for registration in registrations)
    return gettext("%(registrations)s with %(people)s") % {
        "registrations": ngettext("%(count)d registration", "%(count)d registrations", count) % {"count": count},
        "people": ngettext("%(count)d person", "%(count)d people", people) % {"count": people},
    }
