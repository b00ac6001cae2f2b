"""What support may see and do in the admin."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from constance.utils import get_values
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import localize

from connections import demo
from connections.admin_lists import list_for_staff
from connections.models import User, XeroAuthorisation
from connections.templatetags import display
from invoices.models import Invoice, InvoiceEvent, LineItem, Operation, OperationEvent
from invoices.tests import rows
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

    page = client.get(address).content.decode()

    assert "<p>No</p>" in page and "<p>False</p>" not in page
    assert "Constance" not in page


def test_support_opens_every_row_with_what_hangs_on_it(connected: Connected) -> None:
    client = support()
    invoice = rows_of_an_invoice(connected)

    for model in admin.site._registry:
        if model._meta.app_label in OURS:
            for row in list_for_staff(model)[:3]:
                name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
                answer = client.get(reverse(name, args=[row.pk]))
                assert answer.status_code == 200, (name, row)
    page = reverse("admin:invoices_invoice_change", args=[invoice.pk])
    assert "Oak desk" not in client.get(page).content.decode()
    client.post(reverse("admin:invoices_invoice_reveal", args=[invoice.pk]), {"reason": "Asked"})
    assert "Oak desk" in client.get(page).content.decode()


def rows_of_an_invoice(connected: Connected) -> Invoice:
    """Store an invoice with a line, an event and the operation that made it."""
    now = timezone.now()
    common = {"company": connected.company}
    invoice = rows.keep_draft(connected.connection, now, number="INV-0001")
    LineItem.objects.create(**common, invoice=invoice, position=1, description="Oak desk")
    InvoiceEvent.objects.create(
        **common,
        invoice=invoice,
        source="created",
        xero_status="DRAFT",
        amount_due=1,
        xero_updated_at=now,
        at=now,
    )
    operation = Operation.objects.create(
        **common,
        connection=connected.connection,
        kind="create",
        submission_id=uuid4(),
        state="done",
        invoice=invoice,
        state_changed_at=now,
        next_attempt_at=now,
    )
    OperationEvent.objects.create(
        **common, operation=operation, to_state="ready", generation=1, at=now
    )
    return invoice


@pytest.mark.parametrize(
    ("name", "typed"), [("RESEND_WAITS", "soon"), ("POLL_SECONDS", "-1"), ("POLL_SECONDS", "1e9")]
)
def test_a_slip_of_the_hand_in_the_settings_is_refused(
    connected: Connected, name: str, typed: str
) -> None:
    # Constance's type is made on first use, here in a transaction that an earlier test undid.
    ContentType.objects.clear_cache()
    client = support()
    address = reverse("admin:constance_config_changelist")
    version = client.get(address).context["form"]["version"].value()
    settings = {key: value for key, value in get_values().items() if value is not False}

    refused = client.post(address, settings | {"version": version, name: typed})
    kept = get_values()[name]
    taken = client.post(address, settings | {"version": version, "POLL_SECONDS": "600"})

    assert refused.status_code == 200
    assert str(kept) != typed
    assert taken.status_code == 302
    assert get_values()["POLL_SECONDS"] == 600


@pytest.mark.parametrize("odd", ["x", "", "9" * 30, "-1", "\0"])
def test_what_was_ticked_has_to_be_an_id(connected: Connected, odd: str) -> None:
    client = support()
    client.raise_request_exception = False
    address = reverse("admin:connections_securitystatement_changelist")

    answer = client.post(
        address, {"action": "revoke", "reason": "A test", "_selected_action": [odd]}
    )

    assert answer.status_code in {302, 400}
    connected.company.refresh_from_db()
    assert connected.company.is_security_stated


def test_support_reads_invoices_in_the_words_of_the_product(connected: Connected) -> None:
    client = support()
    invoice = rows_of_an_invoice(connected)
    Invoice.objects.for_company(connected.company).filter(pk=invoice.pk).update(
        xero_status="AUTHORISED", total="3475.2", amount_due=0, currency_code="GBP"
    )
    address = reverse("admin:invoices_invoice_changelist")

    listed = client.get(address).content.decode()
    kept, left_out = (
        client.get(address, {"xero_status": each}).content.decode()
        for each in ("AUTHORISED", "PAID")
    )

    for words in ("Awaiting payment", "£3,475.20", "£0.00", "1 result"):
        assert words in listed, words
    assert "AUTHORISED</td>" not in listed
    assert "INV-0001" in kept and "INV-0001" not in left_out


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "20 Mar 2025", "20 Mar 2025, 14:05\N{NO-BREAK SPACE}UTC"),
        ("tr", "20.03.2025", "20.03.2025 14:05\N{NO-BREAK SPACE}UTC"),
    ],
)
def test_dates_of_the_admin_are_written_as_on_every_page(
    language: str, day: str, moment: str
) -> None:
    instant = datetime(2025, 3, 20, 14, 5, tzinfo=UTC)

    with translation.override(language):
        assert (localize(instant.date()), localize(instant)) == (day, moment)
        assert (display.day(instant.date()), display.moment(instant)) == (day, moment)
