"""What the connections page says in each state, and to whom (product §4)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections import demo, security
from connections.models import (
    AuditEvent,
    Company,
    Membership,
    SecurityStatement,
    User,
    XeroAuthorisation,
    XeroConnection,
)
from connections.tests.test_connecting import OVERVIEW, connect_xero_as, said, sign_in
from tests.vendors import Connected, Vendors, connect_pipedrive

pytestmark = pytest.mark.django_db
EMMA = "emma.clarke@brightside.example"
SECURITY = f"{OVERVIEW}security/"


@pytest.fixture
def installed(vendors: Vendors) -> Client:
    """Emma has connected Pipedrive: nothing is stated and no Xero is connected."""
    connect_pipedrive(vendors, User.objects.create_user(EMMA), now=timezone.now())
    return sign_in(EMMA)


def rep(connected: Connected) -> Client:
    client = sign_in("mehmet.yilmaz@brightside.example")
    user = User.objects.get(email="mehmet.yilmaz@brightside.example")
    Membership.objects.create(company=connected.company, user=user, language="en")
    return client


def test_stating_is_one_press_with_method_and_tick(installed: Client) -> None:
    before = said(installed)

    answer = installed.post(SECURITY, {"method": "two_factor", "is_on": "yes"})
    installed.post(SECURITY, {"method": "two_factor", "is_on": "yes"})

    assert "Read-only until this is confirmed" in before
    assert answer.status_code == 302
    statement = SecurityStatement.objects.for_company(Company.objects.get()).get()
    assert (statement.method, str(statement.stated_by)) == ("two_factor", EMMA)
    page = said(installed)
    assert "Confirmed by" in page and "Two-factor authentication (2FA)" in page


@pytest.mark.parametrize(
    ("given", "words", "kept"),
    [
        ({}, "Choose how people sign in to Pipedrive.", ""),
        (
            {"method": "sso"},
            "Tick this once you have checked it in Pipedrive.",
            'value="sso" checked',
        ),
        (
            {"method": "password", "is_on": "yes"},
            "Choose how people sign in",
            'value="yes" checked',
        ),
        ({"method": "\x00" * 9, "is_on": "yes"}, "Choose how people sign in", ""),
        ({"method": "9" * 5000, "is_on": "no"}, "Choose how people sign in", ""),
    ],
)
def test_a_press_that_cannot_be_read_says_why_and_keeps_the_rest(
    installed: Client, given: dict[str, str], words: str, kept: str
) -> None:
    answer = installed.post(SECURITY, given)

    assert answer.status_code == 422
    assert words in answer.content.decode() and kept in answer.content.decode()
    assert not Company.objects.get().is_security_stated


def test_a_rep_reads_it_and_cannot_state_it(connected: Connected) -> None:
    client = rep(connected)
    security.revoke(
        SecurityStatement.objects.for_company(connected.company).get(),
        by=connected.user,
        reason="An audit found users without 2FA",
        now=timezone.now(),
    )

    page = said(client)
    refused = client.post(SECURITY, {"method": "sso", "is_on": "yes"})

    assert "An audit found users without 2FA" in page
    assert f"Only an admin of your company can change this: {EMMA}." in page
    assert SECURITY not in page
    assert refused.status_code == 403
    assert not Company.objects.get().is_security_stated


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("RECONNECT", "The Xero connection has ended"),
        ("DISCONNECTED", "The organisation was disconnected in Xero"),
        ("ROLE_REFUSED", "This Xero role cannot connect"),
    ],
)
def test_everybody_is_told_what_is_wrong_and_who_can_reconnect(
    connected: Connected, state: str, words: str
) -> None:
    XeroConnection.objects.for_company(connected.company).update(state=state)

    page = said(rep(connected))

    assert words in page
    assert f"Who can reconnect: {EMMA}." in page
    assert "Reconnect Xero" not in page


def test_a_consent_that_was_begun_and_not_finished_says_so_until_the_person_is_back(
    installed: Client, vendors: Vendors
) -> None:
    installed.post(f"{OVERVIEW}xero/")
    waiting = said(installed)

    connect_xero_as(installed, vendors, EMMA, "brightside")

    assert "You began to connect Xero (" in waiting
    assert "You began to connect Xero (" not in said(installed)


def test_a_first_connection_leads_to_the_preferences_once_all_is_confirmed(
    installed: Client, vendors: Vendors
) -> None:
    installed.post(SECURITY, {"method": "sso", "is_on": "yes"})

    back = connect_xero_as(installed, vendors, EMMA, "brightside")

    assert back.headers["Location"] == "/settings/preferences/"
    scopes = XeroAuthorisation.objects.get().scopes.split()
    assert "accounting.payments" in scopes


def test_a_connection_without_payments_says_what_it_lacks(connected: Connected) -> None:
    XeroAuthorisation.objects.update(scopes="accounting.invoices")
    lacking = said(sign_in(EMMA))
    XeroAuthorisation.objects.update(scopes="accounting.invoices accounting.payments")

    assert "Without access to payments" in lacking
    assert "Without access to payments" not in said(sign_in(EMMA))


def test_a_person_of_no_company_is_told_how_to_install(db: Any) -> None:
    client = sign_in("stranger@somewhere.example")

    page = said(client)

    assert "InvoiceBridge is not installed yet" in page
    assert "Install now" in page and "View on Marketplace" in page
    assert "Tools and apps > Invoicing" in page


def test_an_uninstalled_company_is_told_what_a_reinstall_finds(connected: Connected) -> None:
    client = sign_in(EMMA)
    Company.objects.update(state=Company.State.UNINSTALLED)
    XeroConnection.objects.for_company(connected.company).update(state="ENDED")
    connected.membership.company.pipedrive_authorisations.update(state="ENDED")

    page, deal = said(client), client.get("/deals/1/").content.decode()

    assert "InvoiceBridge was uninstalled" in page
    assert "Install now" in page and "Connect Xero" not in page
    assert "InvoiceBridge was uninstalled in Pipedrive." in deal


def test_the_pages_ask_the_database_little(connected: Connected) -> None:
    client = sign_in(EMMA)
    client.get("/")
    counts = {}

    for path in ("/", OVERVIEW):
        with CaptureQueriesContext(database) as asked:
            assert client.get(path).status_code == 200
        counts[path] = len(asked)

    # The connections page asks for the state of the native link as well.
    assert counts["/"] <= 7 and counts[OVERVIEW] <= 10, counts


def test_support_revokes_with_a_reason_in_the_admin_and_nobody_else(connected: Connected) -> None:
    client = support()
    statement = SecurityStatement.objects.for_company(connected.company).get()
    press = {"action": "revoke", "_selected_action": [str(statement.pk)]}
    address = "/admin/connections/securitystatement/"

    client.post(address, press)
    without_reason = company().is_security_stated
    client.post(address, press | {"reason": "No 2FA found"})

    assert without_reason
    assert not company().is_security_stated
    event = AuditEvent.objects.get(event="security.revoked")
    assert (event.actor, event.reason) == (User.objects.get(is_staff=True), "No 2FA found")
    assert sign_in(EMMA).post(address, press).status_code == 302


def test_support_accepts_an_unknown_role_in_the_admin(connected: Connected) -> None:
    client = support()
    rows = XeroConnection.objects.for_company(connected.company)
    rows.update(role="ADMINISTRATOR", state="ROLE_REFUSED")
    press = {"_selected_action": [str(rows.get().pk)], "reason": "Owner of the books"}
    address = "/admin/connections/xeroconnection/"

    client.post(address, press | {"action": "accept_role"})
    accepted = rows.get().is_role_overridden
    client.post(address, press | {"action": "withdraw_role"})

    assert accepted
    assert not rows.get().is_role_overridden
    assert AuditEvent.objects.get(event="xero.role_overridden").reason == "Owner of the books"


def support() -> Client:
    """Return the browser of a member of staff with the support group's rights."""
    demo.seed()
    client = Client()
    client.force_login(User.objects.get(email="sam.porter@invoicebridge.example"))
    return client


def company() -> Company:
    return Company.objects.get(pipedrive_company_id=7001)
