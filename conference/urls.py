"""The addresses of the whole site. Upper rooms are named as strings only, so that the layers hold."""

from django.conf import settings
from django.urls import include, path

from conference import views

urlpatterns = [
    # Bounces and deliveries by webhook: only with a secret, since without it anybody could report them.
    *([path("anymail/", include("anymail.urls"))] if settings.ANYMAIL.get("WEBHOOK_SECRET") else []),
    path("admin/", include("staff.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/setlang/", views.set_language, name="set_language"),
    path("healthz", views.healthz, name="healthz"),
    path("", include("outbox.urls")),
    *([path("", include("demo.urls"))] if settings.DEMO else []),
    path("", include("attendance.urls")),
    path("", include("messaging.urls")),
    path("", include("registrations.urls")),
    path("", include("conference.public_urls")),
    path("", include("bridges.urls")),
]
