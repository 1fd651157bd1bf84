"""Addresses of the day itself."""

from django.urls import path

from attendance import views

app_name = "attendance"
urlpatterns = [path("j/<str:token>/", views.join, name="join")]
