"""Where providers report what became of a message."""

from django.urls import path

from outbox import views

app_name = "outbox"
urlpatterns = [
    path("callbacks/<slug:channel>/<str:secret>/", views.callback, name="callback"),
]
