"""The dialog's form from elsewhere: without its CSRF token, signed out, of another organisation."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import XeroConnection
from invoices.models import Operation
from invoices.tests.dialog_page import DialogPage
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
REFIT = 1


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    return client


def test_a_press_without_its_csrf_token_is_refused(connected: Connected, emma: Client) -> None:
    fields = DialogPage(emma, REFIT).link_all("er").press("contact:0").fields
    elsewhere = Client(enforce_csrf_checks=True)
    elsewhere.force_login(connected.user)

    answer = elsewhere.post(f"/deals/{REFIT}/invoices/new/", {**fields, "action": "create"})

    assert answer.status_code == 403
    assert Operation.objects.for_company(connected.company).count() == 0


def test_a_press_after_the_session_ended_leads_to_sign_in(
    connected: Connected, emma: Client
) -> None:
    page = DialogPage(emma, REFIT).link_all("er").press("contact:0")
    emma.logout()

    page.press("create")

    assert page.response.status_code == 302
    assert page.response.headers["Location"] == f"/accounts/login/?next={page.address}"
    assert Operation.objects.for_company(connected.company).count() == 0


@pytest.mark.parametrize("cookie", ['"\\000aaaaaaaaa"', "x" * 3000, "%00", "\xff\xfe"])
def test_a_session_cookie_that_nobody_gave_is_no_session(db: None, cookie: str) -> None:
    sent = "; ".join(f"{name}={cookie}" for name in ("ib_session", "ib_csrf", "ib_language"))

    answer = Client(raise_request_exception=False).get("/deals/", headers={"cookie": sent})

    assert answer.status_code == 302


def test_what_one_organisation_refused_is_corrected_for_the_other_with_its_own_contact(
    connected: Connected, emma: Client
) -> None:
    page = DialogPage(emma, REFIT).link_all("er").press("contact:0").press("create")
    operation = Operation.objects.for_company(connected.company).get()
    Operation.objects.for_company(connected.company).update(state=Operation.State.REFUSED)
    XeroConnection.objects.for_company(connected.company).update(
        state=XeroConnection.State.ENDED, state_changed_at=timezone.now()
    )
    XeroConnection.objects.create(
        company=connected.company,
        authorisation=connected.connection.authorisation,
        xero_connection_id=uuid.uuid4(),
        tenant_id=uuid.uuid4(),
        organisation_name="Brightside NZ",
        state_changed_at=timezone.now(),
    )

    page = DialogPage(emma, REFIT, f"?again={operation.pk}")

    assert page.response.status_code == 200
    assert page.fields["contact"] == [""]
    assert not page.can_create()
