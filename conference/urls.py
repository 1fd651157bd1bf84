"""The addresses of the whole site. Upper rooms are named as strings only, so that the layers hold."""

from django.conf import settings
from django.urls import include, path

from conference import views
from outbox import mail_webhooks

handler500 = "conference.database_away.server_error"

urlpatterns = [
    # Before others, which would be tried in vain for each of them: delegates and registrants come here most of all.
    path("", include("attendance.urls")),
    path("", include("registrations.urls")),
    # Bounces and deliveries, reported by the mail service in use.
    path("anymail/", include((mail_webhooks.addresses(), "anymail"))),
    path("admin/", include("staff.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/setlang/", views.set_language, name="set_language"),
    path("healthz", views.healthz, name="healthz"),
    path("", include("outbox.urls")),
    *([path("", include("demo.urls"))] if settings.DEMO else []),
    path("", include("control.urls")),
    path("", include("messaging.urls")),
    path("", include("conference.public_urls")),
    path("", include("bridges.urls")),
]
