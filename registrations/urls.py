"""Addresses of registering and of the registrant's own page."""

from django.urls import path

from registrations.public import own_changes, own_files, own_page, register

app_name = "registrations"
urlpatterns = [
    # In the order of how often they are asked for.
    path("<slug:slug>/register/", register.register, name="register"),
    path("r/erased/", own_changes.erasure_done, name="erased"),
    path("r/<str:token>/", own_page.registration_page, name="registration"),
    path("accounts/registrations/", register.mine, name="mine"),
    path("i/<str:token>/", register.invitation_page, name="invitation"),
    path("g/<str:sealed>/", register.guest_link, name="guest"),
    path("r/<str:token>/correct/", own_changes.correct, name="correct"),
    path("r/<str:token>/people/", own_changes.people, name="people"),
    path("r/<str:token>/move/", own_changes.move, name="move"),
    path("r/<str:token>/cancel/", own_changes.cancel, name="cancel"),
    path("r/<str:token>/resend/", own_changes.resend, name="resend"),
    path("r/<str:token>/erase/", own_changes.erase, name="erase"),
    path("r/<str:token>/data.json", own_files.data_file, name="data"),
    path("r/<str:token>/calendar.ics", own_files.calendar_file, name="calendar"),
    path("<slug:slug>/find/", register.find, name="find"),
]
