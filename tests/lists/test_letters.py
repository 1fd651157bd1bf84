"""Letters from a Word file: what is filled in, and which files are refused."""

import io
import zipfile

import pytest
from django.utils import translation
from docx import Document
from docx.enum.section import WD_SECTION
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm

from lists.models import LetterTemplate
from lists.papers import checks, documents, letters
from lists.papers.letters import WrongLetter
from registrations.models import Delegate, Guest, Invitation
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered
from tests.support.papers import paper, text, with_entries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def keep(conference, content: bytes) -> None:
    checked = checks.check(content)
    LetterTemplate.objects.create(conference=conference, content=checked.content, name="mau.docx", uploaded_at=NOW)


def guests(point, *names: str, **given) -> list[Guest]:
    invitation = Invitation.objects.create(conference=point.conference, bridge_point=point, name="Sở", **given)
    return [Guest.objects.create(invitation=invitation, name=name) for name in names]


def pictures(content: bytes) -> list[bytes]:
    """The pictures in the text in the order in which they stand there."""
    document = Document(io.BytesIO(content))
    numbers = [blip.get(qn("r:embed")) for blip in document.element.body.iter(qn("a:blip"))]
    return [document.part.related_parts[number].blob for number in numbers]


# --- what is filled in ------------------------------------------------------------------------------------------------


def test_the_site_has_a_letter_that_it_would_take_itself():
    checked = checks.check(letters.OWN_FILE.read_bytes())
    assert checked.lacking == ()


def test_the_letter_is_laid_out_as_the_decree_says(point):
    document = Document(io.BytesIO(documents.guest_letters(guests(point, "Bà Khách"))))
    section = document.sections[0]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert [round(margin.mm) for margin in margins] == [20, 20, 30, 15]
    normal = document.styles["Normal"].font
    assert (normal.name, normal.size.pt) == ("Times New Roman", 14)
    assert document.core_properties.title == f"Giấy mời – {point.conference.short_name}"
    assert len(document.inline_shapes) == 1
    assert document.inline_shapes[0].width == Mm(30)


def test_nothing_is_left_of_the_placeholders(point):
    delegate = registered(point, now=NOW).delegates.get()
    for content in (documents.guest_letters(guests(point, "Bà Khách")), documents.delegate_letter(delegate)):
        assert not {"{", "}"} & set(text(content))


def test_a_guest_is_asked_to_register_and_a_delegate_is_not(point):
    delegate = registered(point, now=NOW).delegates.get()
    to_delegate = text(documents.delegate_letter(delegate))
    to_guest = text(documents.guest_letters(guests(point, "Bà Khách")))
    assert "Mã QR dành riêng cho Ông/Bà, dùng khi vào dự." in to_delegate
    assert "vui lòng đăng ký" not in to_delegate
    assert "vui lòng đăng ký tham dự bằng cách quét mã QR này" in to_guest
    assert len(pictures(documents.delegate_letter(delegate))) == 1


def test_an_online_point_is_a_way_to_attend_and_no_place(point):
    online = BridgePointFactory(conference=point.conference, kind="online", name="Sóng trực tiếp")
    lines = text(documents.guest_letters(guests(online, "Bà Khách"))).splitlines()
    assert "Hình thức: trực tuyến, Sóng trực tiếp." in lines
    assert not [line for line in lines if line.startswith("Địa điểm")]
    lines = text(documents.guest_letters(guests(point, "Bà Khách"))).splitlines()
    assert "Địa điểm: VNPT Bắc Ninh." in lines
    assert not [line for line in lines if line.startswith("Hình thức")]


def test_words_of_invitation_are_a_paragraph_a_line_and_none_if_there_are_none(point):
    lines = text(documents.guest_letters(guests(point, "Bà Khách", text="Dòng một.\n\n  Dòng hai."))).splitlines()
    assert lines.index("Dòng hai.") == lines.index("Dòng một.") + 1
    without = text(documents.guest_letters(guests(point, "Bà Khách"))).splitlines()
    assert len(without) == len(lines) - 2


def test_each_of_three_letters_begins_a_page_and_has_the_code_of_its_guest(point):
    people = guests(point, "Ông Một", "Bà Hai", "Ông Ba")
    together = documents.guest_letters(people)
    sections = Document(io.BytesIO(together)).sections
    assert [section.start_type for section in sections] == [WD_SECTION.NEW_PAGE] * 3
    assert {round(section.left_margin.mm) for section in sections} == {30}
    assert pictures(together) == [pictures(documents.guest_letters([guest]))[0] for guest in people]
    assert len(set(pictures(together))) == 3
    shapes = Document(io.BytesIO(together)).element.body.iter(qn("wp:docPr"))
    assert len({shape.get("id") for shape in shapes}) == 3
    said = text(together)
    assert [said.count(guest.url) for guest in people] == [1, 1, 1]
    assert said.index("Ông Một") < said.index("Bà Hai") < said.index("Ông Ba")


def test_the_page_does_not_break_after_the_last_letter(point):
    content = documents.guest_letters(guests(point, "Bà Khách"))
    assert len(Document(io.BytesIO(content)).sections) == 1


HOSTILE = "{{ 7*7 }} {% if x %} {_{ <b>&amp; \"'</w:t> }} #} ${7*7}"


def test_what_people_typed_stands_as_they_typed_it(point):
    keep(point.conference, paper("Gửi {{ ho_ten }}", "{{ don_vi }}", "{{ loi_moi }}", "{{ ma_qr }}{{ duong_link }}"))
    registration = registered(point, now=NOW)
    Delegate.objects.update(full_name=HOSTILE)
    registration.organisation.name = HOSTILE
    registration.organisation.save()
    lines = text(documents.delegate_letter(Delegate.objects.get())).splitlines()
    assert lines[0] == f"Gửi {HOSTILE}"
    assert lines[1] == HOSTILE
    lines = text(documents.guest_letters(guests(point, HOSTILE, "Ông Hai", text=f"{HOSTILE}\n{HOSTILE}"))).splitlines()
    assert lines[0] == f"Gửi {HOSTILE}"
    assert lines.count(HOSTILE) == 4


def test_the_site_s_own_letter_takes_the_same_names(point):
    point.conference.short_name = point.conference.name = HOSTILE
    point.conference.save()
    content = documents.guest_letters(guests(point, HOSTILE))
    assert f"trân trọng kính mời: Ông/Bà {HOSTILE}." in text(content)
    assert Document(io.BytesIO(content)).core_properties.title == f"Giấy mời – {HOSTILE}"


def test_what_word_cannot_hold_is_left_out_of_letters(point):
    people = guests(point, "Bà\x0b Khách\x07\ufffe", text="Một\x07 hai")
    said = text(documents.guest_letters(people))
    assert "kính mời: Bà Khách.\n" in said
    assert "Một hai\n" in said


# --- an office's own file ---------------------------------------------------------------------------------------------


def test_letters_are_made_from_the_office_s_own_file(point):
    delegate = registered(point, now=NOW).delegates.get()
    keep(point.conference, paper("Thân gửi {{ho_ten}}!", "{% if chuc_vu %}({{ chuc_vu }}){% else %}-{% endif %}"))
    other = BridgePointFactory()
    assert text(documents.guest_letters(guests(point, "Bà Khách"))) == "Thân gửi Bà Khách!\n-"
    assert text(documents.delegate_letter(delegate)).startswith(f"Thân gửi {delegate.full_name}!")
    assert "GIẤY MỜI" in text(documents.guest_letters(guests(other, "Bà Khách")))


def test_a_placeholder_that_word_has_cut_into_pieces_is_found(point):
    content = paper("")
    document = Document(io.BytesIO(content))
    for piece in ("Gửi {", "{ ho", "_ten }", "}!"):
        document.paragraphs[0].add_run(piece).bold = True
    stream = io.BytesIO()
    document.save(stream)
    keep(point.conference, stream.getvalue())
    assert text(documents.guest_letters(guests(point, "Bà Khách"))) == "Gửi Bà Khách!"


def test_a_letter_of_two_sections_keeps_both_for_each_guest(point):
    document = Document(io.BytesIO(paper("{{ ho_ten }}")))
    wide = document.add_section(WD_SECTION.NEW_PAGE)
    wide.page_width, wide.page_height = wide.page_height, wide.page_width
    document.add_paragraph("Phụ lục")
    stream = io.BytesIO()
    document.save(stream)
    keep(point.conference, stream.getvalue())
    sections = Document(io.BytesIO(documents.guest_letters(guests(point, "Một", "Hai")))).sections
    assert [section.page_width > section.page_height for section in sections] == [False, True, False, True]


def test_the_head_of_an_office_s_pages_stands_above_each_letter(point):
    document = Document(io.BytesIO(paper("{{ ho_ten }}{{ ma_qr }}")))
    document.sections[0].header.paragraphs[0].text = "SỞ CÔNG THƯƠNG"
    stream = io.BytesIO()
    document.save(stream)
    keep(point.conference, stream.getvalue())
    sections = Document(io.BytesIO(documents.guest_letters(guests(point, "Một", "Hai")))).sections
    assert [section.header.paragraphs[0].text for section in sections] == ["SỞ CÔNG THƯƠNG"] * 2
    assert not any(section.header.is_linked_to_previous for section in sections)


def test_a_file_without_code_or_link_is_taken_and_that_is_said():
    assert checks.check(paper("{{ ho_ten }}")).lacking == ("ma_qr", "duong_link")


_TIE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"


def test_the_tie_to_an_office_s_word_template_is_loosened():
    document = Document(io.BytesIO(paper("{{ ho_ten }}")))
    settings = document.part.part_related_by(RELATIONSHIP_TYPE.SETTINGS)
    number = settings.relate_to("file:///C:/mau.dotm", _TIE, is_external=True)
    tie = OxmlElement("w:attachedTemplate")
    tie.set(qn("r:id"), number)
    settings.element.insert(0, tie)
    stream = io.BytesIO()
    document.save(stream)
    content = checks.check(stream.getvalue()).content
    assert not any(relation.is_external for relation in Document(io.BytesIO(content)).part.package.iter_rels())


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["{{ ten_khach }}"], "There is no such placeholder: {{ ten_khach }}."),
        (["{{ a }} {{ b }} {{ ho_ten }}"], "There are no such placeholders: {{ a }}, {{ b }}."),
        (["{% if ten_khach %}x{% endif %}"], "{{ ten_khach }}"),
        (["{{ letters }}"], "{{ letters }}"),
        (["{{ range }}"], "{{ range }}"),
        (["{{ 7*7 }}"], "“{{ 7*7 }}” is no placeholder"),
        (["{{ ho_ten.__class__ }}"], "“{{ ho_ten.__class__ }}” is no placeholder"),
        (["{{ ma_qr.tpl }}"], "“{{ ma_qr.tpl }}” is no placeholder"),
        (["{{ ho_ten|upper }}"], "is no placeholder"),
        (["{{ ho_ten['x'] }}"], "is no placeholder"),
        (["{{ range(9) }}"], "is no placeholder"),
        (["{{r ho_ten }}"], "is no placeholder"),
        (["{{ }}"], "is no placeholder"),
        (["{% for i in range(1000000000) %}x{% endfor %}"], "“{% for i in range(1000000000) %}” cannot stand"),
        (["{%p for x in letters %}", "x", "{%p endfor %}"], "cannot stand in a letter"),
        (["{% set x = 1 %}"], "cannot stand in a letter"),
        (["{% macro x() %}{% endmacro %}"], "cannot stand in a letter"),
        (["{% include 'x' %}"], "cannot stand in a letter"),
        (["{% import 'x' as y %}"], "cannot stand in a letter"),
        (["{% extends 'x' %}"], "cannot stand in a letter"),
        (["{% raw %}{% endraw %}"], "cannot stand in a letter"),
        (["{% vm %}"], "cannot stand in a letter"),
        (["{% if ho_ten == don_vi %}x{% endif %}"], "cannot stand in a letter"),
        (["{% if 9 %}x{% endif %}"], "cannot stand in a letter"),
        (["{% if ho_ten() %}x{% endif %}"], "cannot stand in a letter"),
        (["{% if ho_ten is defined %}x{% endif %}"], "cannot stand in a letter"),
        (["{% if chuc_vu %}x"], "do not match"),
        (["x{% endif %}"], "do not match"),
        (["{% if %}x{% endif %}"], "cannot stand in a letter"),
        (["{% if " + "(" * 5000 + "ho_ten" + ")" * 5000 + " %}x{% endif %}"], "do not match"),
        (["{{ ho_ten"], "“{{ ho_ten”: this placeholder is not closed"),
        (["ho_ten }}"], "not closed, or not opened"),
        (["{# ghi chú #}"], "not closed, or not opened"),
        (["a {", "{ ho_ten }", "}"], "begins in another paragraph"),
        (["{{ ho_ten }}"] * 301, "too many placeholders"),
        (["x" * 100_000], "too long"),
    ],
)  # fmt: skip
def test_what_is_no_plain_placeholder_is_refused_in_words(lines, said):
    with pytest.raises(WrongLetter) as refused:
        checks.check(paper(*lines))
    assert said in str(refused.value)


def test_an_if_that_would_cut_a_table_in_two_is_refused():
    document = Document(io.BytesIO(paper("{% if chuc_vu %}")))
    document.add_table(1, 1).cell(0, 0).text = "{% endif %}"
    stream = io.BytesIO()
    document.save(stream)
    with pytest.raises(WrongLetter, match="in paragraphs of their own"):
        checks.check(stream.getvalue())


def test_tens_of_thousands_of_open_brackets_are_refused_at_once():
    for mark in ("{{", "{%", "{{ho_ten ", "{%r "):
        with pytest.raises(WrongLetter):
            checks.check(paper(mark * (80_000 // len(mark))))


def test_placeholders_in_the_header_are_refused():
    document = Document(io.BytesIO(paper("{{ ho_ten }}")))
    document.sections[0].header.paragraphs[0].text = "{{ co_quan }}"
    stream = io.BytesIO()
    document.save(stream)
    with pytest.raises(WrongLetter, match="not in headers"):
        checks.check(stream.getvalue())


def test_placeholders_among_the_properties_of_the_file_are_never_looked_at(point):
    document = Document(io.BytesIO(paper("{{ ho_ten }}")))
    document.core_properties.title = document.core_properties.subject = bomb = (
        "{% for i in [1]*10000000 %}x{% endfor %}"
    )
    stream = io.BytesIO()
    document.save(stream)
    keep(point.conference, stream.getvalue())
    made = Document(io.BytesIO(documents.guest_letters(guests(point, "Bà Khách"))))
    assert made.core_properties.subject == bomb


def test_placeholders_in_fields_and_alternative_texts_are_refused():
    own = with_entries(paper("x"), {"word/document.xml": lambda xml: xml.replace(b"<w:t>x</w:t>", _FIELD)})
    with pytest.raises(WrongLetter, match=r"“\{\{ ho_ten \}\}” cannot stand in a field"):
        checks.check(own)


_FIELD = b"<w:instrText>{{ ho_ten }}</w:instrText>"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no Word file"),
        (b"%PDF-1.7", "no Word file"),
        (b"PK\x03\x04 broken", "no Word file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Word file (.doc)"),
        (b"PK\x03\x04" + b"0" * 1024 * 1024, "bigger than 1 MB"),
    ],
)  # fmt: skip
def test_what_is_no_word_file_is_refused(content, said):
    with pytest.raises(WrongLetter) as refused:
        checks.check(content)
    assert said in str(refused.value)


def test_another_archive_is_no_word_file():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("[Content_Types].xml", "<x/>")
    with pytest.raises(WrongLetter, match="no Word file"):
        checks.check(stream.getvalue())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"word/vbaProject.bin": b"x"}, "macros"),
        ({"word/activeX/activeX1.bin": b"x"}, "macros"),
        ({"[Content_Types].xml": lambda xml: xml.replace(b"document.main", b"document.macroEnabled.main")}, "macros"),
        ({"word/media/big.png": b"\0" * (20 * 1024 * 1024)}, "too big when it is unpacked"),
        ({"word/document.xml": b"<w:document"}, "no Word file"),
        ({"word/document.xml": b"<a/>"}, "no Word file"),
        ({"word/_rels/document.xml.rels": lambda xml: xml.replace(b"</Relationships>", _FROM_OUTSIDE)}, "vidu.example"),
    ],
)  # fmt: skip
def test_programs_bombs_and_things_from_elsewhere_are_refused(changes, said):
    with pytest.raises(WrongLetter) as refused:
        checks.check(with_entries(paper("{{ ho_ten }}"), changes))
    assert said in str(refused.value)


_FROM_OUTSIDE = (
    b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"'
    b' Target="https://vidu.example/pixel.png" TargetMode="External"/></Relationships>'
)


def test_entities_are_not_resolved():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'

    def put(xml: bytes) -> bytes:
        head, _mark, rest = xml.partition(b"?>")
        return head + b"?>" + bomb + rest.replace(b"<w:t>x</w:t>", b"<w:t>&b;</w:t>")

    with pytest.raises(WrongLetter):
        checks.check(with_entries(paper("x"), {"word/document.xml": put}))
