"""What ``manage.py serve`` starts."""

from conference.management.commands import serve


def test_messages_leave_without_celery_where_its_broker_may_go_away(settings):
    settings.REDIS_URL = "redis://localhost:6379/0"
    started = serve._processes("127.0.0.1", 8000, 2, dev=False)
    assert set(started) == {"web", "worker", "loop"}
    assert "deliver --loop" in started["loop"]


def test_without_redis_there_is_one_worker(settings):
    settings.REDIS_URL = ""
    assert set(serve._processes("127.0.0.1", 8000, 2, dev=False)) == {"web", "worker"}
