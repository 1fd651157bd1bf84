"""Addresses of registering and of the registrant's own page."""

from django.urls import path

from registrations import views

app_name = "registrations"
urlpatterns = [
    path("accounts/registrations/", views.mine, name="mine"),
    path("r/<str:token>/", views.registration_page, name="registration"),
    path("r/<str:token>/cancel/", views.cancel, name="cancel"),
    path("r/<str:token>/resend/", views.resend, name="resend"),
    path("r/<str:token>/calendar.ics", views.calendar_file, name="calendar"),
    path("<slug:slug>/register/", views.register, name="register"),
]
