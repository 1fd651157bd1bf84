"""References to rows, written and read."""

import pytest
from django.db.models import F

from outbox.models import Message
from outbox.refs import Ref
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("ref", "text"),
    [(Ref("delegate", 7), "delegate/7"), (Ref("point", 0), "point/0"), (Ref("notice", 5, 2), "notice/5/2")],
)
def test_a_reference_is_read_as_it_was_written(ref, text):
    assert str(ref) == text
    assert Ref.parse(text) == ref


@pytest.mark.parametrize(
    "text",
    ["", "own_page", "delegate", "delegate/", "delegate/x", "/7", "delegate/-7", "delegate/٧", "delegate/" + "9" * 19,
     "notice/5/", "notice/5/x", "rule/5/2/1"],
)  # fmt: skip
def test_what_is_no_reference_is_not_read(text):
    assert Ref.parse(text) is None


@pytest.mark.django_db
def test_the_database_writes_a_reference_as_python_does():
    message = Message.objects.create(key="k", channel="email", address="a@vidu.example", due_at=NOW, created_at=NOW)
    found = Message.objects.annotate(ref=Ref.expression("message", "pk"), number=F("pk")).get()
    assert found.ref == str(Ref("message", message.pk))
