"""Addresses of registering and of the registrant's own page."""

from django.urls import path

from registrations import own_page_views, views

app_name = "registrations"
urlpatterns = [
    path("accounts/registrations/", views.mine, name="mine"),
    path("i/<str:token>/", views.invitation_page, name="invitation"),
    path("g/<str:sealed>/", views.guest_link, name="guest"),
    path("r/erased/", own_page_views.erasure_done, name="erased"),
    path("r/<str:token>/", own_page_views.registration_page, name="registration"),
    path("r/<str:token>/correct/", own_page_views.correct, name="correct"),
    path("r/<str:token>/people/", own_page_views.people, name="people"),
    path("r/<str:token>/move/", own_page_views.move, name="move"),
    path("r/<str:token>/cancel/", own_page_views.cancel, name="cancel"),
    path("r/<str:token>/resend/", own_page_views.resend, name="resend"),
    path("r/<str:token>/erase/", own_page_views.erase, name="erase"),
    path("r/<str:token>/data.json", own_page_views.data_file, name="data"),
    path("r/<str:token>/calendar.ics", own_page_views.calendar_file, name="calendar"),
    path("<slug:slug>/register/", views.register, name="register"),
    path("<slug:slug>/find/", views.find, name="find"),
]
