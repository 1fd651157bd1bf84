"""Rows made quickly are the rows that their models make."""

import pytest
from django.db.models.signals import post_init

from bridges.models import BridgePoint
from common import new_rows
from common.new_rows import new_row
from outbox.models import Message
from registrations.models import Answer, Delegate, Interest, Organisation, Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered

#: New for each row.
OWN = {"uid", "token_hash", "_token", "number"}


def what_it_holds(row):
    return {name: value for name, value in vars(row).items() if name not in OWN | {"_state"}}


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Organisation, {"name": "HTX", "kind": "cooperative"}),
        (Registration, {"contact_name": "Na", "contact_phone": "+84912345678", "created_at": NOW, "seats": 2}),
        (Registration, {"bridge_point": BridgePoint(pk=7), "conference_id": 3, "number": "ABCD-EFGH"}),
        (Delegate, {"registration": Registration(pk=5), "full_name": "Na", "is_contact": True}),
        (Message, {"key": "k", "channel": "email", "due_at": NOW, "created_at": NOW}),
        (Answer, {"question_id": 4, "value": "x"}),
        (Interest, {"side": "sells", "certificates": ["vietgap"]}),
        (Interest, {}),
    ],
)
def test_a_row_holds_what_its_model_would_have_given_it(model, values):
    quick, usual = new_row(model, **values), model(**values)
    assert what_it_holds(quick) == what_it_holds(usual)
    assert vars(quick).keys() == vars(usual).keys()
    assert (quick._state.adding, quick._state.db) == (usual._state.adding, usual._state.db)
    assert quick._state.fields_cache == usual._state.fields_cache


def test_each_row_has_what_is_its_own():
    first, second = new_row(Interest), new_row(Interest)
    first.certificates.append("organic")
    assert second.certificates == []
    one, other = new_row(Delegate), new_row(Delegate)
    assert one.uid != other.uid
    assert one.token_hash != other.token_hash
    assert one.token != other.token


@pytest.mark.django_db
def test_such_a_row_can_be_stored():
    registration = registered(BridgePointFactory(), now=NOW)
    row = new_row(Delegate, registration=registration, full_name="Trần Thị Na")
    row.save()
    assert Delegate.objects.get(pk=row.pk).token == row.token


def test_a_model_to_whose_rows_somebody_listens_is_not_made_so():
    def listen(**signal):
        raise AssertionError

    new_rows._plan.cache_clear()
    post_init.connect(listen, sender=Message)
    try:
        with pytest.raises(TypeError, match="outbox"):
            new_row(Message, key="k")
    finally:
        post_init.disconnect(listen, sender=Message)
        new_rows._plan.cache_clear()


def test_a_name_that_is_no_field_is_refused_as_by_the_model():
    with pytest.raises(TypeError, match="nmae"):
        new_row(Organisation, nmae="HTX Na")
