"""App configuration: an app for its template tags and commands; there are no models here."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
