"""Addresses of the connections pages."""

from django.urls import path

from connections import people_views, personal_views, views, xero_views
from connections.converters import RowIdConverter as RowIdConverter
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
    path("settings/connections/security/", views.state_security, name="state_security"),
    path("settings/connections/xero/", xero_views.connect, name="connect_xero"),
    path(
        "settings/connections/xero/organisation/",
        xero_views.choose_organisation,
        name="choose_organisation",
    ),
    path("settings/connections/xero/check/", xero_views.check_again, name="check_xero"),
    path("settings/connections/xero/disconnect/", xero_views.disconnect, name="disconnect_xero"),
    path("settings/people/", people_views.people, name="people"),
    path("settings/people/<row_id:member_id>/", people_views.member, name="member"),
    path(
        "settings/people/<row_id:member_id>/remove/",
        people_views.remove_member,
        name="remove_member",
    ),
    path(
        "settings/people/<row_id:member_id>/restore/",
        people_views.restore_member,
        name="restore_member",
    ),
    path("settings/my-xero/link/", personal_views.link_own, name="link_own_xero"),
    path("settings/my-xero/unlink/", personal_views.unlink_own, name="unlink_own_xero"),
    # Pipedrive's Installation URL: a person arrives here first, so that a state always exists.
    path("install/", views.overview, name="install"),
    path("webhooks/xero", webhook_views.xero, name="webhook_xero"),
    path("webhooks/pipedrive/<str:address>", webhook_views.pipedrive, name="webhook_pipedrive"),
]
