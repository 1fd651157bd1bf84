"""The addresses of the whole site. Upper rooms are named as strings only, so that the layers hold."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from conference import views

urlpatterns = [
    # Bounces and deliveries by webhook: only with a secret, since without it anybody could report them.
    *([path("anymail/", include("anymail.urls"))] if settings.ANYMAIL.get("WEBHOOK_SECRET") else []),
    # Django's shortcut shows any staff user the address of any object, a registrant's personal link too.
    path("admin/r/<path:rest>", views.no_shortcut, name="no_shortcut"),
    path("admin/", include("messaging.urls")),
    path("admin/", include("registrations.exchange_urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/setlang/", views.set_language, name="set_language"),
    path("healthz", views.healthz, name="healthz"),
    path("", include("notifications.urls")),
    path("", include("attendance.urls")),
    path("", include("registrations.urls")),
    path("", include("conference.public_urls")),
    path("", include("bridges.urls")),
]
