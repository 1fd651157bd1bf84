"""Loading the demo into an empty database; what it holds then stands in test_demo.py."""

import pytest
import time_machine
from django.core.management import CommandError

from accounts.models import User
from conference.models import Conference
from demo import load
from lists import samples
from lists.models import ImportJob
from tests.demo.test_demo import NOW, demo
from tests.support.lists import checked, verdicts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_now(demo_site):
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_demo_loads_only_where_it_is_meant(settings):
    settings.DEMO = settings.DEBUG = False
    with pytest.raises(CommandError, match="DEMO=1"):
        demo()
    with pytest.raises(CommandError):
        demo("--reset")
    assert not User.objects.exists()


def test_the_sign_ins_are_printed():
    printed = demo()
    for email, _name in (load.ORGANISER, load.COORDINATOR, load.REGISTRANT, load.ADMINISTRATOR):
        assert email in printed
    assert load.PASSWORD in printed


def test_the_sample_of_a_list_of_people_changes_nobody_in_the_demo():
    demo()
    for conference in Conference.objects.all():
        points = conference.bridge_points.order_by("position").values_list("name", flat=True)
        job = checked(conference, b"".join(samples.sample(ImportJob.Kind.PEOPLE, points)))
        assert verdicts(job) == ["new", "new"]


def test_a_demo_that_fails_halfway_leaves_nothing_behind(monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("halfway")

    monkeypatch.setattr(load, "_example_connection", broken)
    with pytest.raises(RuntimeError):
        demo()
    assert not Conference.objects.exists()
    assert not User.objects.exists()
