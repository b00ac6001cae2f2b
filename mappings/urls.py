"""Addresses of the preferences page and its live parts."""

from django.urls import path

from mappings import views

app_name = "mappings"

urlpatterns = [
    path("settings/preferences/", views.preferences, name="preferences"),
    path("settings/preferences/example/", views.example, name="example"),
    path("settings/preferences/due-example/", views.due_example, name="due_example"),
]
