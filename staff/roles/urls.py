"""Who may do what in a conference."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
