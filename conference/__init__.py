"""The project package and the room of the conference itself: what, when and with whom."""

from conference.celery import app as celery_app

__all__ = ["celery_app"]
