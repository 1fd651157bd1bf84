"""Every page of the site as somebody meets it: pairs of a name and the answer, made when they are asked for."""

from collections.abc import Iterator
from datetime import timedelta

import time_machine
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.test import Client, RequestFactory
from django.views import defaults

from conference.models import Conference
from demo.models import MailboxItem
from registrations import services
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, registered
from tests.support.world import ROLES, World
from tests.test_access_matrix import DEMO, GET, MORE, Answer, read, rows

Visits = Iterator[tuple[str, HttpResponse | Answer]]

PUBLIC = "\n".join(row for row in (GET + MORE).splitlines() if not row.startswith("/admin/"))
WORKSPACE = "\n".join(row for row in GET.splitlines() if row.startswith(("/admin/c/", "/admin/conferences/")))
ADMIN = "\n".join(row for row in GET.splitlines() if row.startswith("/admin/"))


def table(world: World, text: str, role: str) -> Visits:
    """Every page of a table of the access matrix that ``role`` gets, refusals too."""
    # The HTML of a mail and a part that a page asks for anew are no pages.
    pages = [
        row
        for row, statuses in rows(text).items()
        if statuses[ROLES.index(role)] in (200, 403, 404, 410) and not row.endswith(("/html/", "/live/"))
    ]
    for row, answer in read(world, pages, role):
        if answer.content_type.startswith("text/html"):
            yield row, answer


def demo(world: World) -> Visits:
    """The demo's mailbox; the caller has switched the demo on."""
    yield from table(world, DEMO, "anonymous")
    MailboxItem.objects.create(channel="sms", address="+84900000001", raw="Xin chao", received_at=NOW)
    yield "an SMS", Client().get(f"/mailbox/{MailboxItem.objects.latest('id').pk}/")
    yield "nothing found", Client().get("/mailbox/?q=nobody")


_MISTAKES = {
    "anonymous": {
        "/{slug}/register/": {"full_name": "<b>", "phone": "12", "email": "x", "point": "0"},
        "/{past}/register/": {"full_name": "Hoàng Văn Ví"},
        "/accounts/login/": {"login": "x", "password": ""},
        "/accounts/signup/": {"email": "x"},
        "/accounts/password/reset/": {"email": "x"},
        "/accounts/login/code/": {"email": "x"},
    },
    "registrant": {
        "/accounts/email/": {"action_add": "", "email": "x"},
        "/accounts/password/change/": {"password1": "x"},
        "/accounts/2fa/totp/activate/": {"code": "1"},
    },
    "organiser here": {
        "/admin/conference/conference/add/": {},
        "/admin/conference/conference/{conference}/change/": {},
        "/admin/conference/conference/{conference}/duplicate/": {"name": ""},
        "/admin/bridges/bridgepoint/{point}/change/": {},
        "/admin/c/{slug}/people/telephone/": {"full_name": "<b>", "phone": "12", "interests-0-side": "sells"},
    },
}


def forms_with_mistakes(world: World, role: str) -> Visits:
    """Forms that come back because something in them is wrong."""
    for row, data in _MISTAKES[role].items():
        response = world.client(role).post(world.address(row), data, follow=True)
        assert response.status_code in (200, 409, 422), (row, response.headers.get("Location"))
        yield row, response


def codes_by_mail(world: World) -> Visits:
    """Where somebody types the code that was mailed, and sets a first password."""
    client = Client()
    client.post("/accounts/login/code/", {"email": world.users["registrant"].email})
    yield "/accounts/login/code/confirm/", client.get("/accounts/login/code/confirm/")
    client = Client()
    signup = {"name": "Ví", "email": "moi@vidu.example", "password1": "na-chi-lang-27", "password2": "na-chi-lang-27"}
    client.post("/accounts/signup/", signup)
    yield "/accounts/confirm-email/", client.get("/accounts/confirm-email/")
    user = world.users["registrant"]
    user.set_unusable_password()
    user.save()
    yield "/accounts/password/set/", world.client("registrant").get("/accounts/password/set/")


def every_state() -> Visits:
    """The registrant's and the join page: confirmed, waiting and cancelled, before, during and after the conference."""
    conference = ConferenceFactory()
    kinds = {"hall": {"kind": "venue", "seats": 1}, "channel": {"kind": "ecommerce", "seats": 1}}
    for number, (name, fields) in enumerate(kinds.items(), start=5):
        point = BridgePointFactory(conference=conference, **fields)
        confirmed = registered(point, now=NOW, number=number)
        waiting = registered(point, now=NOW, number=number + 10)
        cancelled = services.cancel(registration=registered(point, now=NOW, number=number + 20), now=NOW)
        assert [r.state for r in (confirmed, waiting, cancelled)] == ["confirmed", "waitlisted", "cancelled"]
        for registration in (confirmed, waiting, cancelled):
            own, join = registration.get_absolute_url(), registration.delegates.get().join_url
            for when in (NOW, START, START + timedelta(days=1)):
                with time_machine.travel(when):
                    for address in (own, f"{own}?new=1", f"{own}cancel/", join.removeprefix(settings.SITE_URL)):
                        title = address.replace(registration.token, "…").replace(join.split("/")[-2], "…")
                        yield f"{name}, {registration.state}, {when:%d/%m}: {title}", Client().get(address)


def conferences() -> Visits:
    """Home and the page of a conference: none, tentative, with a summary, cancelled."""
    yield "no conference", Client().get("/")
    with time_machine.travel(NOW):
        for fields in ({}, {"is_tentative": True, "summary": "Tóm tắt"}, {"cancelled_at": NOW}):
            ConferenceFactory(**fields)
        yield "many", Client().get("/")
        for conference in Conference.objects.all():
            yield str(conference), Client().get(conference.get_absolute_url())


def errors() -> Visits:
    """The pages about errors."""
    request = RequestFactory().get("/")
    yield "400", defaults.bad_request(request, Exception())
    yield "403", defaults.permission_denied(request, Exception())
    yield "404", defaults.page_not_found(request, Exception())
    yield "429", render(request, "429.html", status=429)
    yield "500", defaults.server_error(request)
    yield "no token", Client(enforce_csrf_checks=True).post("/accounts/login/")
