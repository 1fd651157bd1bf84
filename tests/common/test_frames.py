"""Pages that are drawn once and filled in for each reader."""

import gzip
import re
from typing import NamedTuple

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

from common import frames
from common.frames import draw
from tests.support.factories import ConferenceFactory

TEXT = """{% load i18n %}<h1>{{ title }}</h1>{% if name %}<p title="{{ name }}">{{ name }}</p>{% endif %}
{% translate "Sign in" %}
{% for row in rows %}<i>{{ row.name }}{% if row.post %}, {{ row.post }}{% endif %}</i>{% endfor %}
<form action="{{ request.get_full_path }}">{% if with_form %}{% csrf_token %}{% endif %}</form>{{ rare }}{{ user }}"""


class Shared(NamedTuple):
    title: object = "Hội nghị"
    with_form: bool = True


@pytest.fixture
def drawn(monkeypatch) -> list[dict]:
    """What was drawn: the contexts of the template."""
    template, contexts = engines["django"].from_string(TEXT), []

    class Noted:
        def render(self, context, request=None):
            contexts.append(context)
            return template.render(context, request)

    monkeypatch.setattr(frames, "get_template", lambda name: Noted())
    monkeypatch.setattr("django.template.loader.get_template", lambda name, using=None: Noted())
    frames._frame.cache_clear()
    return contexts


def asked(address: str = "/r/ABC/?new=1&m=2", **cookies: str) -> HttpRequest:
    request = RequestFactory().get(address)
    request.COOKIES |= cookies
    request.user = AnonymousUser()
    return request


def page(request: HttpRequest, shared=None, own=None, more=None) -> str:
    return draw(request, "any.html", shared or Shared(), own or {"name": "", "rows": []}, more).content.decode()


def test_a_second_reader_costs_no_drawing_and_reads_their_own(drawn):
    for name in ("Lê Sen", "Vũ <b>Yên</b>", "'Đỗ' & \"An\""):
        rows = [{"name": name, "post": "Giám đốc"}, {"name": "{{ name }}", "post": ""}]
        kept = page(asked(), own={"name": name, "rows": rows})
        anew = page(asked(sessionid="x"), own={"name": name, "rows": rows})
        assert re.sub(r'value="\w+"', "", kept) == re.sub(r'value="\w+"', "", anew).replace("AnonymousUser", "")
    assert len([context for context in drawn if "DEMO" in context]) == 1


def test_who_takes_gzip_gets_the_same_page_packed(drawn):
    own = {"name": "Lê Sen", "rows": [{"name": "Vũ <b>Yên</b>"}]}
    request = asked()
    request.META["HTTP_ACCEPT_ENCODING"] = "gzip, br"
    packed = draw(request, "any.html", Shared(with_form=False), own)
    assert packed["Content-Encoding"] == "gzip"
    assert packed["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.content).decode() == page(asked(), Shared(with_form=False), own)


def test_no_frame_holds_what_is_a_readers_own(drawn):
    token = re.findall(r'value="(\w+)"', page(asked("/r/SECRET/"), own={"name": "Lê Sen", "rows": [{"name": "Vũ"}]}))
    (context,) = drawn
    for own in ("SECRET", "Lê Sen", "Vũ", token[0]):
        assert own not in str(context)
    assert "user" not in context


def test_each_reader_has_their_own_token_and_address(drawn):
    first, second = page(asked("/r/A/?a=1&b=2")), page(asked("/r/B/"))
    assert 'action="/r/A/?a=1&amp;b=2"' in first
    assert 'action="/r/B/"' in second
    tokens = [re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', text) for text in (first, second)]
    assert tokens[0] != tokens[1]


def test_a_page_without_a_form_asks_for_no_token(drawn):
    for _ in range(2):
        request = asked()
        page(request, shared=Shared(with_form=False))
        assert "CSRF_COOKIE" not in request.META


@pytest.mark.parametrize("other", [{"shared": Shared("Khác")}, {"own": {"name": "A", "rows": []}}, {"language": "en"}])
def test_what_differs_is_drawn_once_more(drawn, other):
    page(asked())
    with translation.override(other.pop("language", "vi")):
        page(asked(), **other)
    assert len(drawn) == 2


@pytest.mark.parametrize("cookie", ["sessionid", "messages"])
def test_who_may_be_signed_in_or_has_a_message_gets_a_page_of_their_own(drawn, cookie):
    for _ in range(2):
        assert "AnonymousUser" in page(asked(**{cookie: "x"}))
    assert len(drawn) == 2
    assert "AnonymousUser" not in page(asked(csrftoken="x", django_language="vi"))


def test_what_only_few_pages_say_is_drawn_anew(drawn):
    for _ in range(2):
        assert "hiếm" in page(asked(), more={"rare": "hiếm"})
    for _ in range(2):
        page(asked(), more={"rare": ""})
    assert len(drawn) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("make", [ConferenceFactory, list, dict])
def test_no_page_is_kept_by_a_row_or_by_what_can_change(drawn, make):
    with pytest.raises(TypeError):
        page(asked(), shared=Shared(title=make()))


def test_nobody_writes_a_place_themselves(drawn):
    title = frames._place("0").replace(frames._MARK, "")
    assert title in page(asked(), shared=Shared(title=title), own={"name": title, "rows": []})


def test_while_developing_a_changed_template_shows_at_once(drawn, settings):
    settings.DEBUG = True
    page(asked())
    page(asked())
    assert len(drawn) == 2
