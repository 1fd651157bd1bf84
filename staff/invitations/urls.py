"""The invitations of a conference in the workspace."""

from django.urls import path

from staff.invitations import pages

urlpatterns = [
    path("invitations/", pages.overview, name="invitations"),
    path("invitations/new/", pages.add, name="invitation_new"),
    path("invitations/<int:pk>/", pages.invitation, name="invitation"),
    path("invitations/<int:pk>/settings/", pages.edit, name="invitation_settings"),
    path("invitations/<int:pk>/guests/", pages.guests, name="invitation_guests"),
    path("invitations/<int:pk>/paste/", pages.paste, name="invitation_paste"),
    path("invitations/<int:pk>/send/", pages.send, name="invitation_send"),
]
