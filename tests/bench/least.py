"""The least that Django can do over HTTP: an empty page, and a page that inserts one row. For gunicorn."""

import os

import django
import environ
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1", "diemcau.example"],
    DATABASES={"default": {**environ.Env.db_url_config(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 600}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    ROOT_URLCONF=__name__,
    SECRET_KEY="only-for-the-benchmark",
    USE_TZ=True,
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402


class Least(models.Model):
    """One row."""

    name = models.CharField(max_length=200)

    class Meta:
        app_label = "least"
        db_table = "least"

    def __str__(self) -> str:
        return self.name


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def insert(request: HttpRequest) -> HttpResponse:
    Least.objects.create(name=request.POST["name"])
    return HttpResponse("")


urlpatterns = [path("empty", empty), path("insert", insert)]
application = get_wsgi_application()
