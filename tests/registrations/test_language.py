"""Pages behind a personal link speak the language in which their reader registered, unless they chose another."""

import pytest

from registrations.models import Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


def pages(registration: Registration) -> list[str]:
    own = registration.get_absolute_url()
    tails = ("", "correct/", "people/", "move/", "cancel/", "erase/")
    return [*(f"{own}{tail}" for tail in tails), f"/j/{registration.delegates.get().token}/"]


@pytest.fixture
def english() -> Registration:
    made = registered(BridgePointFactory(), now=NOW)
    Registration.objects.update(language="en")
    return made


def test_whoever_registered_in_english_reads_english(client, english):
    for address in pages(english):
        answer = client.get(address)
        assert '<html lang="en">' in answer.content.decode(), address
        assert answer["Content-Language"] == "en"


def test_a_language_that_was_chosen_goes_first(client, english):
    client.cookies["django_language"] = "vi"
    for address in pages(english):
        answer = client.get(address)
        assert '<html lang="vi">' in answer.content.decode(), address
        assert answer["Content-Language"] == "vi"


def test_a_language_that_we_do_not_speak_is_none_that_was_chosen(client, english):
    client.cookies["django_language"] = "tlh"
    assert '<html lang="en">' in client.get(english.get_absolute_url()).content.decode()


def test_what_a_press_answers_is_in_that_language_too(client, english):
    answer = client.post(f"{english.get_absolute_url()}resend/", follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["The messages are on their way again."]


def test_the_next_page_is_vietnamese_again(client, english):
    client.get(english.get_absolute_url())
    answer = client.get("/")
    assert '<html lang="vi">' in answer.content.decode()
    assert answer["Content-Language"] == "vi"
