"""Addresses of the connections pages."""

from django.urls import path

from connections import views
from connections.webhooks import views as webhook_views

app_name = "connections"
urlpatterns = [
    path("settings/connections/", views.overview, name="overview"),
    path("settings/connections/pipedrive/", views.connect_pipedrive, name="connect_pipedrive"),
    path(
        "settings/connections/pipedrive/disconnect/",
        views.disconnect_pipedrive,
        name="disconnect_pipedrive",
    ),
    path("settings/connections/xero/", views.connect_xero, name="connect_xero"),
    path(
        "settings/connections/xero/organisation/",
        views.choose_organisation,
        name="choose_organisation",
    ),
    path("settings/connections/xero/disconnect/", views.disconnect_xero, name="disconnect_xero"),
    # Pipedrive's Installation URL: a person arrives here first, so that a state always exists.
    path("install/", views.overview, name="install"),
    path("webhooks/xero", webhook_views.xero, name="webhook_xero"),
    path("webhooks/pipedrive/<str:address>", webhook_views.pipedrive, name="webhook_pipedrive"),
]
