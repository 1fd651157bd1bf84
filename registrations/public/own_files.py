"""What a registrant takes along as a file: everything that is stored, and the entry for their calendar."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from registrations.calendar import invitation
from registrations.models import Registration
from registrations.public import own_data
from registrations.public.own_registration import delegates_of, registration_of

State = Registration.State


@never_cache
@require_safe
def data_file(request: HttpRequest, token: str) -> HttpResponse:
    """Everything stored about this registration, for people and for programs."""
    registration = registration_of(request, token)
    return JsonResponse(
        own_data.collect(registration),
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={"Content-Disposition": f'attachment; filename="{registration.number}.json"'},
    )


@never_cache
@require_safe
def calendar_file(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar file of a registration with seats; the link in it is the first delegate's.

    Once they are cancelled, or the conference is, the file takes the entry out again, as the message about it does.
    """
    registration = registration_of(request, token)
    had_seats = registration.state == State.CANCELLED and registration.confirmed_at is not None
    if registration.state != State.CONFIRMED and not had_seats:
        raise Http404
    stands = registration.state == State.CONFIRMED and not registration.conference.cancelled_at
    contact = next(iter(delegates_of(registration)), None)
    return HttpResponse(
        invitation(
            registration, contact.join_url if contact else registration.url, method="PUBLISH" if stands else "CANCEL"
        ),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="hoi-nghi.ics"'},
    )
