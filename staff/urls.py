"""Addresses below ``/admin/``."""

from django.contrib import admin
from django.urls import include, path

from staff import views

urlpatterns = [
    # Django's shortcut shows any staff user the address of any object, a registrant's personal link too.
    path("r/<path:rest>", views.no_shortcut, name="no_shortcut"),
    path("", include("staff.messages.urls")),
    path("", include("staff.lists.urls")),
    path("", admin.site.urls),
]
