"""Registering, and the registrant's own page."""

from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bridges.groups import group_by_kind
from bridges.models import BridgePoint
from conference.models import Conference
from registrations import qr, services
from registrations.calendar import invitation
from registrations.forms import RegistrationForm
from registrations.models import Registration


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, and what becomes of it: a redirect to the registrant's page."""
    now = timezone.now()
    conference = get_object_or_404(Conference.objects.published(), slug=slug)
    if refusal := conference.refusal_at(now):
        context = {"conference": conference, "refusal": refusal}
        return render(request, "registrations/register.html", context, status=200 if request.method != "POST" else 409)
    groups = group_by_kind(list(conference.bridge_points.filter(is_open=True)))
    initial = {"point": request.GET.get("point", "")[:20]}
    data = request.POST if request.method == "POST" else None
    form = RegistrationForm(data, initial=initial, conference=conference, groups=groups)
    if request.method == "POST" and form.is_valid():
        try:
            registration = services.register(
                conference=conference,
                point=form.chosen_point,
                organisation=form.organisation_data(),
                people=form.people(),
                language=request.LANGUAGE_CODE,
                submission_key=form.submission_key(),
                now=now,
            )
        except services.RegistrationRefused as refused:
            form.add_error("point", str(refused))
        else:
            return redirect(f"{registration.get_absolute_url()}?new=1")
    context = {"conference": conference, "form": form, "refusal": ""}
    return render(request, "registrations/register.html", context, status=422 if form.is_bound else 200)


def _by_token(token: str) -> Registration:
    related = Registration.objects.select_related("conference", "bridge_point__province", "organisation")
    return get_object_or_404(related.by_token(token))


@never_cache
@require_safe
def registration_page(request: HttpRequest, token: str) -> HttpResponse:
    """The registrant's own page: what was registered, the personal links, what can be done about it."""
    registration = _by_token(token)
    conference, now = registration.conference, timezone.now()
    waiting = registration.state == Registration.State.WAITLISTED
    confirmed = registration.state == Registration.State.CONFIRMED
    delegates = list(registration.delegates.all())
    for delegate in delegates:
        label = _("QR code of %(name)s") % {"name": delegate.full_name}
        delegate.qr_svg = qr.svg(delegate.join_url, label) if confirmed else ""
    is_over = now >= conference.ends_at
    context = {
        "registration": registration,
        "conference": conference,
        "point": registration.bridge_point,
        "delegates": delegates,
        "is_new": "new" in request.GET,
        "place_in_line": registration.place_in_line,
        "alternatives": _points_with_seats(registration) if waiting and not is_over else [],
        "calendar_url": reverse("registrations:calendar", args=[token]) if confirmed else "",
        "can_cancel": (waiting or confirmed) and not is_over,
        "can_resend": (waiting or confirmed) and not is_over,
        "can_register": not conference.refusal_at(now),
    }
    return render(request, "registrations/registration.html", context)


def _points_with_seats(registration: Registration) -> list[BridgePoint]:
    points = registration.conference.bridge_points.filter(is_open=True).exclude(pk=registration.bridge_point_id)
    return [p for p in points if p.seats_left is None or p.seats_left >= registration.seats]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks once more, POST cancels: a mailed link never acts by itself."""
    registration = _by_token(token)
    if request.method != "POST":
        context = {
            "registration": registration,
            "conference": registration.conference,
            "point": registration.bridge_point,
        }
        return render(request, "registrations/cancel.html", context)
    try:
        services.cancel(registration=registration, now=timezone.now())
    except services.RegistrationRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The registration is cancelled."))
    return redirect(registration)


@require_POST
def resend(request: HttpRequest, token: str) -> HttpResponse:
    """Send the messages about this registration again."""
    registration = _by_token(token)
    if services.resend(registration=registration, now=timezone.now()):
        messages.success(request, _("The messages are on their way again."))
    else:
        messages.info(request, _("There is nothing left to send about this registration."))
    return redirect(registration)


@never_cache
@require_safe
def calendar_file(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar file of a confirmed registration; the link in it is the first delegate's."""
    registration = get_object_or_404(
        Registration.objects.select_related("conference", "bridge_point").by_token(token),
        state=Registration.State.CONFIRMED,
    )
    contact = registration.delegates.order_by("-is_contact", "id").first()
    return HttpResponse(
        invitation(registration, contact.join_url if contact else registration.url),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="hoi-nghi.ics"'},
    )


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The registrations made with an e-mail address that the signed-in user has verified."""
    verified = EmailAddress.objects.filter(user=request.user, verified=True).values_list("email", flat=True)
    registrations = Registration.objects.of_addresses([email.lower() for email in verified]).select_related(
        "conference", "bridge_point", "organisation"
    )
    return render(request, "registrations/mine.html", {"registrations": registrations})
