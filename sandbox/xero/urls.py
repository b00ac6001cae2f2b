"""Addresses on Xero's port. API paths ignore case, as Xero's do."""

from django.urls import include, path, re_path

from sandbox.xero import (
    connections_api,
    contacts_api,
    invoices_api,
    oauth,
    payments_api,
    reference_api,
)

_NAME = r"(?P<name>[^/]+)"


def _api(pattern: str, view, **more: str):  # noqa: ANN001, ANN202
    return re_path(rf"(?i)^api\.xro/2\.0/{pattern}/?$", view, more)


urlpatterns = [
    path("identity/connect/authorize", oauth.authorise, name="authorise"),
    path("connect/token", oauth.token),
    path("connect/revocation", oauth.revoke),
    path("connect/userinfo", oauth.userinfo),
    path(".well-known/openid-configuration", oauth.discovery),
    path(".well-known/openid-configuration/jwks", oauth.keys),
    re_path(r"(?i)^connections/?$", connections_api.collection),
    re_path(rf"(?i)^connections/{_NAME}/?$", connections_api.single),
    _api("Invoices", invoices_api.collection),
    _api(f"Invoices/{_NAME}", invoices_api.single),
    _api(f"Invoices/{_NAME}/OnlineInvoice", invoices_api.online),
    _api(f"Invoices/{_NAME}/Email", invoices_api.email),
    _api(f"Invoices/{_NAME}/History", invoices_api.history),
    _api("Contacts", contacts_api.collection),
    _api(f"Contacts/{_NAME}", contacts_api.single),
    _api("Payments", payments_api.collection),
    _api(f"Payments/{_NAME}", payments_api.single),
    _api("Organisation", reference_api.organisation),
    _api("Organisation/Actions", reference_api.actions),
    _api("Users", reference_api.users),
    _api(f"Users/{_NAME}", reference_api.users),
    _api("Items", reference_api.items),
    _api(f"Items/{_NAME}", reference_api.items),
    *(
        _api(pattern, reference_api.entries, resource=resource)
        for resource in ("Accounts", "TaxRates", "BrandingThemes", "Currencies")
        for pattern in (resource, f"{resource}/{_NAME}")
    ),
    path("", include("sandbox.core.urls")),
]
