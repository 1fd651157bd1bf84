"""Pages of the administration about messages that belong to no single row."""

from django.urls import URLPattern

app_name = "messaging"
urlpatterns: list[URLPattern] = []
