"""Addresses of messages for everybody."""

from django.urls import path

from messaging import views

app_name = "announcements"
urlpatterns = [path("s/<str:sealed>/", views.stop, name="stop")]
