"""The addresses of the whole site. Upper rooms are named as strings only, so that the layers hold."""

from django.contrib import admin
from django.urls import include, path

from conference import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", views.healthz, name="healthz"),
    path("", include("notifications.urls")),
    path("", include("attendance.urls")),
    path("", include("registrations.urls")),
    path("", include("conference.public_urls")),
    path("", include("bridges.urls")),
]
