"""Staff have personal links sent again in place of being shown them, and act as themselves."""

import pytest
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext

from lists.papers.letters import WrongLetter
from outbox import queue
from outbox.models import Message
from registrations import services
from registrations.models import Erasure, Registration
from tests.conftest import NOW
from tests.staff.test_personal_links import text_of
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)
from tests.support.html_forms import filled_in
from tests.support.pages import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def conference():
    return ConferenceFactory()


@pytest.fixture
def registration(conference) -> Registration:
    return registered(BridgePointFactory(conference=conference), now=NOW)


@pytest.fixture
def organiser(at_now, client, conference):
    user = OrganiserFactory()
    conference.organisers.add(user)
    client.force_login(user)
    return user


def test_a_stored_message_says_that_there_was_a_link_and_not_which(client, organiser, registration):
    delegate = registration.delegates.get()
    queue.deliver(clock=lambda: NOW)
    page = client.get(f"/admin/delivery/{registration.conference_id}/person/{delegate.pk}/").content.decode()
    assert "(liên kết cá nhân)" in page
    assert delegate.token not in page


def test_the_links_are_sent_again_from_the_page_of_the_registration(client, organiser, registration):
    page = client.get(f"/admin/registrations/registration/{registration.pk}/change/").content.decode()
    address = f"/admin/registrations/registration/{registration.pk}/resend/"
    assert address in page
    question = client.get(address)
    assert question.status_code == 200
    before = Message.objects.count()
    response = client.post(address, filled_in(question))
    assert response["Location"] == f"/admin/registrations/registration/{registration.pk}/change/"
    assert Message.objects.count() > before
    assert LogEntry.objects.get(object_id=str(registration.pk)).user == organiser


def test_of_a_cancelled_registration_nothing_is_sent_and_it_says_so(client, organiser, registration):
    services.cancel(registration=registration, now=NOW)
    before = Message.objects.count()
    response = client.post(f"/admin/registrations/registration/{registration.pk}/resend/", follow=True)
    assert Message.objects.count() == before
    assert said(response) == gettext(
        "There is nothing left to send about what you chose: it is cancelled, declined or over."
    )


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("kind", ["organiser", "coordinator", "coordinator with its address", "superuser"])
def test_staff_do_not_erase_by_the_registrants_link(client, registration, kind, method):
    users = {
        "organiser": OrganiserFactory,
        "coordinator": lambda: CoordinatorFactory(bridge_point=registration.bridge_point).user,
        # They can have written their own address there.
        "coordinator with its address": lambda: (
            CoordinatorFactory(bridge_point=registration.bridge_point, user__email=registration.contact_email).user
        ),
        "superuser": lambda: UserFactory(is_staff=True, is_superuser=True),
    }
    user = users[kind]()
    registration.conference.organisers.add(*([user] if kind == "organiser" else []))
    client.force_login(user)
    response = getattr(client, method)(f"{registration.get_absolute_url()}erase/")
    assert response["Location"] == f"/admin/registrations/registration/{registration.pk}/change/"
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("kind", ["anonymous", "contact person", "staff elsewhere"])
def test_registrants_erase_by_their_own_link(client, registration, kind):
    user = None
    if kind == "contact person":
        client.force_login(UserFactory(email=registration.contact_email))
    elif kind == "staff elsewhere":
        user = CoordinatorFactory().user
        client.force_login(user)
    client.post(f"{registration.get_absolute_url()}erase/")
    report = Erasure.objects.get()
    # Nothing is kept of who erases themselves; staff with somebody's link are named.
    assert (report.way, report.by) == (Erasure.Way.REGISTRANT, user)


@pytest.mark.parametrize("field", ["contact_email", "delegates-0-email", "contact_phone", "delegates-0-phone"])
@pytest.mark.parametrize("whose", ["own", "colleague's"])
def test_staff_do_not_have_the_links_of_a_registration_sent_to_who_runs_it(client, registration, field, whose):
    phone, point = "+84912345678", registration.bridge_point
    user, colleague = (CoordinatorFactory(bridge_point=point).user for _ in range(2))
    target = user if whose == "own" else colleague
    target.phone = phone
    target.save(update_fields=["phone"])
    client.force_login(user)
    address = f"/admin/registrations/registration/{registration.pk}/change/"
    before = Registration.objects.values("contact_email", "contact_phone", "delegates__email").get(pk=registration.pk)
    value = target.email.upper() if field.endswith("email") else "0912 345 678"
    response = client.post(address, filled_in(client.get(address), **{field: value}))
    assert response.status_code == 200
    words = gettext("This belongs to somebody who runs this registration. Links go to registrants only.")
    assert words in response.content.decode()
    after = Registration.objects.values("contact_email", "contact_phone", "delegates__email").get(pk=registration.pk)
    assert after == before


def test_who_runs_a_registration_that_has_their_address_still_corrects_the_rest(client, registration):
    user = CoordinatorFactory(bridge_point=registration.bridge_point, user__email=registration.contact_email).user
    client.force_login(user)
    address = f"/admin/registrations/registration/{registration.pk}/change/"
    response = client.post(address, filled_in(client.get(address), contact_position="Phó phòng"))
    assert response.status_code == 302
    assert Registration.objects.get(pk=registration.pk).contact_position == "Phó phòng"


def test_who_has_made_a_letter_with_a_link_is_noted(client, organiser, registration):
    response = client.get(f"/admin/lists/delegate/{registration.delegates.get().pk}/letter.docx")
    assert registration.delegates.get().token in text_of(response.getvalue())
    entry = LogEntry.objects.get(object_id=str(registration.pk))
    assert (entry.user, entry.change_message) == (organiser, gettext("Letter with a QR code made."))


def test_a_letter_that_nobody_has_got_is_not_noted(client, organiser, registration, monkeypatch):
    address = f"/admin/lists/delegate/{registration.delegates.get().pk}/letter.docx"
    assert client.head(address).status_code == 200
    assert not LogEntry.objects.exists()

    def refuse(*args, **kwargs):
        raise WrongLetter("broken")

    monkeypatch.setattr("lists.papers.documents.delegate_letter", refuse)
    assert client.get(address).status_code == 302
    assert not LogEntry.objects.exists()
