"""After a test that commits nothing of it is left, and on PostgreSQL only what has rows is touched for that."""

import pytest
from django.core.management.color import no_style
from django.db import connection

from bridges.models import Province
from bridges.provinces import rows
from conference.models import Conference
from outbox.models import Message
from tests.support.factories import BridgePointFactory


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_only_tables_with_rows_are_emptied_whatever_refers_to_what():
    BridgePointFactory()
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    statements = connection.ops.sql_flush(no_style(), tables, reset_sequences=False, allow_cascade=False)
    assert f'DELETE FROM "{Conference._meta.db_table}"' in statements
    assert not any(Message._meta.db_table in statement for statement in statements)
    connection.ops.execute_sql_flush(statements)
    assert not Conference.objects.exists()


@pytest.mark.django_db
def test_what_migrations_have_put_there_stays_for_the_tests_after_one_that_commits():
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    BridgePointFactory()
    connection.ops.execute_sql_flush(
        connection.ops.sql_flush(no_style(), tables, reset_sequences=False, allow_cascade=False)
    )
    assert Province.objects.count() == len(list(rows()))
    assert not Conference.objects.exists()
