"""What a worker does before it forks its processes."""

import pytest
from django.conf import settings

from messaging import message_kinds, rehearsal
from messaging.texts import defaults
from messaging.texts.render import compile_text

pytestmark = pytest.mark.django_db


def test_a_worker_takes_all_texts_of_ours_apart_before_it_forks_and_asks_nobody(django_assert_num_queries):
    compile_text.cache_clear()
    with django_assert_num_queries(0):
        rehearsal.rehearse()
    missed = compile_text.cache_info().misses
    for kind, _label in message_kinds.TEMPLATED:
        for language, _name in settings.LANGUAGES:
            text = defaults.default(kind, "email", language)
            compile_text(text.subject, text.body, language, True)
    assert compile_text.cache_info().misses == missed > 0
