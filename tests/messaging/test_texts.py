"""Texts: a fixed list of placeholders, plain values, no code; the same text as plain text, HTML and SMS."""

from html import escape

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from messaging import message_kinds
from messaging.compose import Batch, content
from messaging.models import Template
from messaging.recipients import of_delegate
from messaging.texts import defaults, placeholders
from messaging.texts.defaults import Text
from messaging.texts.render import compile_text
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, registered

TEMPLATED = [kind for kind, _label in message_kinds.TEMPLATED]


def template(**fields) -> Template:
    return Template(
        **{
            "conference": ConferenceFactory(),
            "kind": "confirmed",
            "channel": "email",
            "language": "vi",
            "subject": "Xin chào",
            "body": "Xin chào",
            **fields,
        }
    )


@pytest.fixture
def delegate(db) -> Delegate:
    registered(BridgePointFactory(name="Hội trường", address="Chi Lăng"), now=NOW)
    return Delegate.objects.select_related(
        "registration__conference", "registration__bridge_point", "registration__organisation"
    ).get()


def filled(delegate: Delegate, body: str, *, subject: str = "{name}", channel: str = "email", keep_accents=False):
    return content(Text(subject, body, keep_accents), of_delegate(delegate), "confirmed", channel, "vi", Batch(NOW))


# --- the defaults -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", TEMPLATED)
def test_every_kind_of_message_has_a_text_of_ours_with_known_placeholders(kind, language):
    for channel in ("email", "sms"):
        text = defaults.default(kind, channel, language)
        assert text.body.strip()
        assert placeholders.unknown_in(f"{text.subject} {text.body}", kind) == []
    assert defaults.default(kind, "zalo", language) is None


@pytest.mark.parametrize("kind", [*TEMPLATED, message_kinds.ANNOUNCEMENT])
def test_every_placeholder_has_a_value_and_words_for_the_menu(delegate, kind):
    names = [name for name, words in placeholders.of_kind(kind) if words]
    assert "name" in names
    body = "\n".join(f"{name}: {{{name}}}" for name in names)
    for channel in ("email", "sms"):
        text = content(Text("{event}", body), of_delegate(delegate), kind, channel, "vi", Batch(NOW)).text
        assert "{" not in text


# --- what can be saved ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Xin chào {ten}", "{ten}"),
        ("{nmae}", "Did you mean {name}?"),
        ("{name.password}", "{name.password}"),
        ("{}", "{}"),
        ("{place}", "{place}"),
        ("{link!r}", "{link!r}"),
        ("{% load x %}", "{% load x %}"),
    ],
)
def test_a_text_with_an_unknown_placeholder_cannot_be_saved(body, words):
    with translation.override("en"), pytest.raises(ValidationError) as refused:
        template(body=body).full_clean()
    assert words in refused.value.message_dict["body"][0]


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["{name}", "100 % {", "{{name}}", "a { b\n} c"])
def test_a_brace_alone_is_plain_text(body):
    template(body=body).full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize("channel", ["email", "zalo"])
def test_a_mail_needs_a_subject_and_zalo_the_number_of_its_template(channel):
    with pytest.raises(ValidationError) as refused:
        template(channel=channel, subject="").full_clean()
    assert list(refused.value.message_dict) == ["subject"]
    template(channel="sms", subject="").full_clean()


# --- filling in -------------------------------------------------------------------------------------------------------


def test_no_code_runs_through_a_text(delegate):
    body = "{% load static %}{{ settings.SECRET_KEY }} {{name}} %(name)s ${name}"
    text = filled(delegate, body).text
    assert (
        text.strip()
        == f"{{% load static %}}{{{{ settings.SECRET_KEY }}}} {{{delegate.full_name}}} %(name)s ${delegate.full_name}"
    )


def test_a_value_that_looks_like_a_placeholder_stays_as_it_is(delegate):
    delegate.full_name = "{link} <b>"
    made = filled(delegate, "Kính gửi {name}")
    assert made.text == "Kính gửi {link} <b>\n"
    assert "{link} &lt;b&gt;" in made.html


def test_a_line_whose_placeholders_are_all_empty_is_left_out(delegate):
    delegate.position = ""
    made = filled(delegate, "Kính gửi {name}\n\nChức vụ: {position}\n\n{position} {organisation}\nHết")
    assert made.text == f"Kính gửi {delegate.full_name}\n\n {delegate.registration.organisation.name}\nHết\n"
    assert "Chức vụ" not in made.html


def test_the_facts_are_a_table_in_html_and_lines_in_text(delegate):
    made = filled(delegate, "{facts}")
    assert "Địa chỉ: Chi Lăng" in made.text
    assert made.html.count("<tr>") == 6
    delegate.registration.bridge_point.address = ""
    assert filled(delegate, "{facts}").html.count("<tr>") == 5


def test_the_facts_in_a_sentence_or_a_subject_are_written_out(delegate):
    made = filled(delegate, "Hẹn gặp: {facts}.", subject="Nhắc: {facts}")
    assert made.text == "Hẹn gặp: 08:00, 19/7/2027, Hội trường, Chi Lăng.\n"
    assert made.subject == "Nhắc: 08:00, 19/7/2027, Hội trường"


def test_a_link_on_a_line_of_its_own_is_a_button_and_elsewhere_a_link(delegate):
    alone, within = filled(delegate, "{link}").html, filled(delegate, "Bấm {link} nhé").html
    # In a mail to the contact person it carries a mark.
    href = f'href="{delegate.join_url}?m='
    assert (alone.count(href), within.count(href)) == (2, 1)


def test_addresses_that_an_organiser_writes_are_links_and_his_markup_is_not_run(delegate):
    html = filled(delegate, "Xem https://example.vn/a?b=1&c=2 <script>x</script>").html
    assert 'href="https://example.vn/a?b=1&amp;c=2"' in html
    assert "<script>" not in html


def test_the_style_of_a_mail_is_inline(delegate):
    html = filled(delegate, "{link}").html
    assert "<style" not in html
    assert 'style="' in html


def test_an_sms_is_one_line_without_accents_unless_they_are_kept(delegate):
    delegate.full_name = "Hoàng Văn Thụ"
    assert filled(delegate, "Chào {name}\nnhé", channel="sms").text == "Chao Hoang Van Thu nhe"
    assert filled(delegate, "Chào {name}", channel="sms", keep_accents=True).text == "Chào Hoàng Văn Thụ"


def test_zalo_gets_a_template_and_its_parameters(delegate):
    made = filled(delegate, "ten: {name}\nlink: {link}\nkhong co hai cham", subject="12345", channel="zalo")
    assert made.template_id == "12345"
    assert made.parameters == {"ten": delegate.full_name, "link": delegate.join_url}


def test_a_subject_is_one_line(delegate):
    delegate.full_name = "Hoàng\nBcc: a@vidu.example"
    assert filled(delegate, "x").subject == "Hoàng Bcc: a@vidu.example"


def test_a_text_is_taken_apart_once(delegate):
    compile_text.cache_clear()
    for _ in range(3):
        filled(delegate, "Kính gửi {name}, {facts}")
    assert compile_text.cache_info().misses == 1


def test_each_reader_gets_the_lines_that_their_own_values_fill():
    parts = compile_text("x", "Kính gửi {name},\n\nLý do: {reason}\n{others}\n\n{starts_in} {when}", "vi", True)
    first = dict.fromkeys(parts.names, "") | {"name": "An <3", "starts_in": "ngày mai", "when": "08:00"}
    second = {**first, "name": "Bình", "reason": "hết chỗ"}
    third = {**second, "others": "a\n\n\n\nb", "starts_in": ""}
    told = [
        (first, "Kính gửi An <3,\n\nngày mai 08:00"),
        (second, "Kính gửi Bình,\n\nLý do: hết chỗ\n\nngày mai 08:00"),
        (third, "Kính gửi Bình,\n\nLý do: hết chỗ\na\n\nb"),
    ]
    for values, expected in [*told, *told]:
        assert parts.fill_text(values) == expected
        html = parts.fill_html(values)
        assert (escape(values["name"]) in html, "An <3" in html) == (True, False)
        shown = {"Lý do: ": "reason", "a<br><br><br><br>b": "others", "ngày mai 08:00": "starts_in"}
        assert {words: words in html for words in shown} == {words: bool(values[name]) for words, name in shown.items()}


# --- a conference's own -----------------------------------------------------------------------------------------------


def test_a_conference_s_own_text_goes_before_ours_in_its_language_and_channel(delegate):
    conference = delegate.registration.conference
    own = template(conference=conference, body="Của chúng tôi: {name}")
    own.save()
    found = defaults.of_conferences({conference.pk})
    assert found[conference.pk, "confirmed", "email", "vi"].body == "Của chúng tôi: {name}"
    assert (conference.pk, "confirmed", "email", "en") not in found
    assert (conference.pk, "confirmed", "sms", "vi") not in found


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("Nguyễn Đình Tú", "Kính gửi Ông/Bà Nguyễn Đình Tú,"),
        ("Ông Nguyễn Đình Tú", "Kính gửi Ông Nguyễn Đình Tú,"),
        ("BÀ LÒ THỊ SEN", "Kính gửi BÀ LÒ THỊ SEN,"),
        ("Ông/Bà Tú", "Kính gửi Ông/Bà Tú,"),
        ("Đ/c Tú", "Kính gửi Đ/c Tú,"),
        ("Bành Văn Ông", "Kính gửi Ông/Bà Bành Văn Ông,"),
    ],
)
def test_a_name_that_begins_with_a_title_is_not_greeted_with_two(name, greeted):
    parts = compile_text("Kính mời Ông/Bà {name}", "Kính gửi Ông/Bà {name},", "vi", True)
    values = dict.fromkeys(parts.names, "") | {"name": name}
    assert parts.fill_text(values) == greeted
    assert greeted in parts.fill_html(values)
    assert parts.fill_subject(values) == greeted.replace("gửi", "mời").removesuffix(",")
