"""What support may see and do in the admin."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from connections import demo
from connections.models import User, XeroAuthorisation
from tests.vendors import Connected

pytestmark = pytest.mark.django_db

OURS = ("connections", "mappings", "invoices")


def support() -> Client:
    demo.seed()
    client = Client()
    client.force_login(User.objects.get(email="sam.porter@invoicebridge.example"))
    return client


def list_addresses(page: str) -> list[str]:
    return [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")
        for model in admin.site._registry
        if model._meta.app_label in OURS
    ]


def test_support_opens_every_list_and_searches_in_it(connected: Connected) -> None:
    client = support()

    for address in list_addresses("changelist"):
        assert client.get(address).status_code == 200, address
        for term in ("7001", "nobody", str(connected.connection.tenant_id), "'; --", "9" * 30):
            assert client.get(address, {"q": term}).status_code == 200, (address, term)


def test_support_finds_a_connection_by_tenant_and_by_pipedrive_company(
    connected: Connected,
) -> None:
    client = support()
    address = reverse("admin:connections_xeroconnection_changelist")

    for term in (str(connected.connection.tenant_id), "7001"):
        assert "Brightside Interiors Ltd" in client.get(address, {"q": term}).content.decode()
    assert "Brightside Interiors Ltd" not in client.get(address, {"q": "7002"}).content.decode()


def test_no_page_of_the_admin_shows_a_token(connected: Connected) -> None:
    client = support()
    row = XeroAuthorisation.objects.get()
    pages = [
        *list_addresses("changelist"),
        reverse("admin:connections_xeroauthorisation_change", args=[row.pk]),
    ]

    for page in pages:
        body = client.get(page).content.decode()
        assert row.access_token not in body
        assert row.refresh_token not in body


def test_support_changes_and_deletes_nothing_by_hand(connected: Connected) -> None:
    client = support()
    address = reverse("admin:connections_company_change", args=[connected.company.pk])

    answer = client.post(address, {"name": "Changed", "state": "PAUSED"})

    connected.company.refresh_from_db()
    assert answer.status_code == 403
    assert connected.company.name == "Brightside Interiors"
    for adding in list_addresses("add"):
        if "user" not in adding:
            assert client.get(adding).status_code == 403, adding


def test_members_of_a_company_do_not_get_into_the_admin(connected: Connected) -> None:
    client = Client()
    client.force_login(connected.user)

    for address in list_addresses("changelist"):
        assert client.get(address).status_code in {302, 403}, address


def test_support_changes_settings_and_the_change_is_kept(connected: Connected) -> None:
    client = support()
    address = reverse("admin:constance_config_changelist")

    assert client.get(address).status_code == 200
