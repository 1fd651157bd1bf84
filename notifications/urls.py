"""Addresses of the demo's mailbox, and where providers report."""

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("callbacks/<slug:channel>/<str:secret>/", views.callback, name="callback"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<int:pk>/", views.mailbox_item, name="mailbox_item"),
    path("mailbox/<int:pk>/html/", views.mailbox_html, name="mailbox_html"),
    path("mailbox/<int:pk>/file/<int:number>/", views.mailbox_file, name="mailbox_file"),
]
