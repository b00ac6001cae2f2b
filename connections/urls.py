"""Addresses of the connections pages."""

from django.urls import path

from connections import (
    invitation_views,
    people_views,
    personal_views,
    sign_on_views,
    views,
    xero_views,
)
from connections.converters import RowIdConverter as RowIdConverter
from connections.webhooks import views as webhook_views

app_name = "connections"
urlpatterns = [
    path("settings/connections/", views.overview, name="overview"),
    path("settings/connections/mend/", views.mend, name="mend"),
    path("settings/company/", views.turn_to_company, name="turn_to_company"),
    path("settings/connections/native/", views.register_native, name="register_native"),
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
    path("settings/people/invite/", invitation_views.invite, name="invite"),
    path(
        "settings/people/invitations/<row_id:invitation_id>/again/",
        invitation_views.invite_again,
        name="invite_again",
    ),
    path(
        "settings/people/invitations/<row_id:invitation_id>/withdraw/",
        invitation_views.withdraw_invitation,
        name="withdraw_invitation",
    ),
    path("invitation/open/", invitation_views.open_invitation, name="open_invitation"),
    path("invitation/", invitation_views.invitation, name="invitation"),
    path("settings/sign-on/", sign_on_views.settings_page, name="sign_on"),
    path("settings/sign-on/require/", sign_on_views.require, name="require_sign_on"),
    path("settings/sign-on/remove/", sign_on_views.remove, name="remove_sign_on"),
    # The address that names a company, where its people sign in through its own provider.
    path("sign-in/<slug:slug>/", sign_on_views.company_sign_on, name="company_sign_on"),
    path(
        "sign-in/<slug:slug>/callback/",
        sign_on_views.company_sign_on_callback,
        name="company_sign_on_callback",
    ),
    path("settings/my-xero/link/", personal_views.link_own, name="link_own_xero"),
    path("settings/my-xero/unlink/", personal_views.unlink_own, name="unlink_own_xero"),
    # Pipedrive's Installation URL: a person arrives here first, so that a state always exists.
    path("install/", views.overview, name="install"),
    path("webhooks/xero", webhook_views.xero, name="webhook_xero"),
    path("webhooks/pipedrive/<str:address>", webhook_views.pipedrive, name="webhook_pipedrive"),
]
