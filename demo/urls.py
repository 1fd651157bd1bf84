"""Addresses of the demo's mailbox; they exist with DEMO=1 only."""

from django.urls import path

from demo import views

app_name = "demo"
urlpatterns = [
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<int:pk>/", views.mailbox_item, name="mailbox_item"),
    path("mailbox/<int:pk>/html/", views.mailbox_html, name="mailbox_html"),
    path("mailbox/<int:pk>/file/<int:number>/", views.mailbox_file, name="mailbox_file"),
]
