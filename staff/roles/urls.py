"""Who may do what in a conference, and what was done."""

from django.urls import path

from staff.roles import history, views

urlpatterns = [
    path("settings/roles/", views.roles_page, name="roles"),
    path("settings/roles/withdraw/", views.withdraw, name="withdraw"),
    path("settings/history/", history.history, name="history"),
    path("deputies/", views.deputies, name="deputies"),
    path("deputies/<int:pk>/withdraw/", views.withdraw_deputy, name="withdraw_deputy"),
]
