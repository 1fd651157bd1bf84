"""Whoever opens an address that takes only what a button sends is led to the page where the button stands."""

import pytest
from django.test import Client
from django.urls import reverse

from conference.only_post import page_above
from tests.test_access_matrix import GET, ROLES, rows

pytestmark = [pytest.mark.django_db]
BROWSER = {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}
#: Where there is no page above: what programs send to, and signing out, of which the site has another page.
WITHOUT_PAGE = {"/hooks/zoom/{hook_token}/", "/admin/logout/"}


@pytest.mark.slow
@pytest.mark.one_engine
def test_every_such_address_leads_whoever_may_press_to_a_page(world):
    """All addresses of the site that refuse to be read: the page above is one that the same person may open."""
    faults, many = {}, 0
    for row, statuses in rows(GET).items():
        if 405 not in statuses:
            continue
        many += 1
        # What belongs to one conference is refused to others as it is to its organiser, who may press.
        organiser = ROLES.index("organiser here")
        client = world.client("organiser here" if statuses[organiser] == 405 else ROLES[statuses.index(405)])
        answer = client.get(world.address(row), **BROWSER)
        back = answer.context["back"] if answer.context else None
        found = client.get(back).status_code if back else None
        right = (answer.status_code, "POST" in answer.headers.get("Allow", "")) == (405, True)
        if not right or found not in ((None,) if row in WITHOUT_PAGE else (200, 302)):
            faults[row] = (answer.status_code, answer.headers.get("Allow"), back, found)
        elif back and f'href="{back}"' not in answer.content.decode():
            faults[row] = answer.content.decode()
    assert faults == {}
    assert many > 40


@pytest.mark.one_engine
def test_the_page_says_what_to_do_and_is_kept_by_nobody(world):
    client = Client()
    client.cookies["django_language"] = "en"
    answer = client.get(world.address("/r/{token}/resend/"), **BROWSER)
    page = answer.content.decode()
    assert "nothing was stored or sent" in " ".join(page.split())
    assert f'href="{world.address("/r/{token}/")}">' in page
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.one_engine
def test_whoever_was_asked_to_sign_in_first_comes_to_it(world):
    """Signing in leads back to the address that was opened, by reading it."""
    address = world.address("/admin/c/{slug}/people/{registration}/resend/")
    assert Client().get(address, **BROWSER).status_code == 302
    answer = world.client("organiser here").get(address, **BROWSER)
    assert answer.context["back"] == world.address("/admin/c/{slug}/people/{registration}/")


@pytest.mark.one_engine
@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_scripts_get_the_bare_answer(world, accept):
    answer = Client().get(world.address("/desk/scans/"), HTTP_ACCEPT=accept)
    assert (answer.status_code, answer.headers["Allow"], answer.content) == (405, "POST", b"")


@pytest.mark.one_engine
def test_what_is_sent_to_a_page_that_is_only_read_is_refused_as_before(world):
    answer = Client().post(reverse("conference:home"), **BROWSER)
    assert (answer.status_code, answer.content) == (405, b"")


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("/r/AAAAAAAAAAAAAAAAAAAAAA/resend/", "/r/AAAAAAAAAAAAAAAAAAAAAA/"),
        ("/admin/c/na/people/7/notes/1/delete/", "/admin/c/na/people/7/"),
        ("/hooks/zoom/AAAAAAAAAAAAAAAAAAAAAA/", ""),
        ("/nothing/of/the/kind", "/nothing/"),
        ("/", ""),
    ],
)
def test_the_nearest_page_above_is_found(path, above):
    assert page_above(path) == above
