"""How much and how many: warned first, then stopped, at every way in; support raises it (S-30)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from constance import config
from constance.test import override_config
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections import staff
from connections.models import AuditEvent, Company, User
from connections.runtime import snapshot
from invoices import ceilings
from invoices.models import Operation
from invoices.native.tests.caller import Caller, copy_lists, order, refusal
from invoices.tests import world
from invoices.tests.dialog_page import DialogPage
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
# Three products: £3,475.20 in all.
REFIT = 1


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    return client


@pytest.fixture
def ready(emma: Client) -> DialogPage:
    """The dialog of the refit, all lines linked and the contact chosen."""
    return DialogPage(emma, REFIT).link_all("er").press("contact:0")


@pytest.fixture
def pipedrive(connected: Connected) -> Caller:
    copy_lists(connected, now=timezone.now())
    return Caller(connected)


@pytest.fixture
def contact_id(connected: Connected) -> str:
    contacts = world.holds(connected, "contacts")
    return next(str(each["ContactID"]) for each in contacts if each["ContactStatus"] == "ACTIVE")


@pytest.fixture
def small_hour() -> Iterator[None]:
    with override_config(INVOICES_HOUR_PERSON=2, INVOICES_HOUR_COMPANY=3):
        yield


def created(connected: Connected, by: User | None, *, minutes_ago: int = 0) -> None:
    """Note one invoice that was created."""
    now = timezone.now() - timedelta(minutes=minutes_ago)
    operation = Operation.objects.create(
        company=connected.company,
        connection=connected.connection,
        kind="create",
        submission_id=uuid4(),
        requested_by=by,
        state="refused",
        state_changed_at=now,
        next_attempt_at=now,
    )
    Operation.objects.for_company(connected.company).filter(pk=operation.pk).update(created_at=now)


def count(connected: Connected) -> int:
    return Operation.objects.for_company(connected.company).count()


def test_an_invoice_above_the_ceiling_is_said_beside_the_button_and_never_stored(
    ready: DialogPage, connected: Connected
) -> None:
    with override_config(INVOICE_CEILING=3000):
        ready.fill(reference="PO 77").press("preview")

        assert "An invoice above 3,000 is not created here." in ready.text
        assert not ready.can_create()
        ready.press("create")
    assert ready.response.status_code == 422
    assert "An invoice above 3,000 is not created here." in ready.text
    assert ready.fields["reference"] == ["PO 77"]
    assert count(connected) == 0


def test_a_large_invoice_is_looked_at_twice_and_created(
    ready: DialogPage, connected: Connected
) -> None:
    with override_config(INVOICE_NOTED_FROM=3000):
        ready.press("preview")

        assert "This invoice is above 3,000. Check quantities and prices once more." in ready.text
        ready.press("create")
    assert ready.response.status_code == 302
    assert count(connected) == 1


@pytest.mark.usefixtures("small_hour")
def test_a_person_is_warned_then_stopped_and_keeps_what_was_typed(
    ready: DialogPage, connected: Connected, emma: Client
) -> None:
    created(connected, connected.user)
    created(connected, connected.user)

    page = DialogPage(emma, REFIT)
    assert "Of the 2 invoices that you may create in an hour, you have created 2" in page.text
    ready.fill(reference="PO 77").press("create")

    assert ready.response.status_code == 429
    assert "You have created 2 invoices within an hour" in ready.text
    assert ready.fields["reference"] == ["PO 77"]
    assert ready.can_create()
    assert count(connected) == 2


@pytest.mark.usefixtures("small_hour")
def test_a_company_is_stopped_whoever_pressed(ready: DialogPage, connected: Connected) -> None:
    for _each in range(3):
        created(connected, None)

    ready.press("create")

    assert ready.response.status_code == 429
    assert "Your company has created 3 invoices within an hour" in ready.text
    assert count(connected) == 3


@pytest.mark.usefixtures("small_hour")
def test_what_is_older_than_an_hour_counts_no_more(ready: DialogPage, connected: Connected) -> None:
    for _each in range(3):
        created(connected, connected.user, minutes_ago=61)

    assert ready.press("create").response.status_code == 302


@pytest.mark.usefixtures("small_hour")
def test_the_same_form_again_is_the_first_invoice_and_no_second_one(
    ready: DialogPage, connected: Connected
) -> None:
    ready.press("create")
    created(connected, connected.user)

    assert ready.press("create").response.status_code == 302
    assert count(connected) == 2


def test_the_invoice_tab_is_told_of_the_ceiling(
    connected: Connected, pipedrive: Caller, contact_id: str
) -> None:
    with override_config(INVOICE_CEILING=20):
        answer = pipedrive.post("invoices", order(connected, contact_id))

    assert refusal(answer) == (409, "limit_amount")
    assert "An invoice above 20 is not created here." in answer.json()["message"]
    assert count(connected) == 0


def test_lines_whose_tax_xero_decides_about_count_for_the_ceiling(
    connected: Connected, pipedrive: Caller, contact_id: str
) -> None:
    said = order(connected, contact_id)
    said["lineItems"][0] |= {"taxRateId": None, "productId": None, "unitPrice": 10_000_000}

    answer = pipedrive.post("invoices", said)

    assert refusal(answer) == (409, "limit_amount")
    assert count(connected) == 0


@pytest.mark.usefixtures("small_hour")
def test_the_invoice_tab_is_told_of_the_hour(
    connected: Connected, pipedrive: Caller, contact_id: str
) -> None:
    for _each in range(3):
        created(connected, connected.user)

    answer = pipedrive.post("invoices", order(connected, contact_id))

    assert refusal(answer) == (409, "limit_company_hour")
    assert count(connected) == 3


def test_support_sees_the_limits_and_raises_them_with_a_reason(connected: Connected) -> None:
    staff.make_groups()
    sue = User.objects.create_user("sue@invoicebridge.example", is_staff=True)
    staff.add_to_group(sue, staff.SUPPORT)
    client = Client()
    client.force_login(sue)
    company = connected.company

    page = client.get(reverse("admin:connections_company_change", args=[company.pk]))
    assert "10,000,000" in page.content.decode()
    act(client, company, "raise_limits", reason="")
    company.refresh_from_db()
    assert company.limits_factor == 1
    act(client, company, "raise_limits")

    company.refresh_from_db()
    limits = ceilings.limits_of(company, snapshot())
    assert limits.amount == Decimal(2 * config.INVOICE_CEILING)
    assert limits.person_hour == 2 * config.INVOICES_HOUR_PERSON
    event = AuditEvent.objects.get(event="company.limits_raised")
    assert (event.before, event.after) == ({"limits_factor": 1}, {"limits_factor": 2})
    assert (event.actor, event.reason) == (sue, "Ticket 7")
    act(client, company, "reset_limits")
    company.refresh_from_db()
    assert company.limits_factor == 1


def test_limits_are_raised_64_times_at_most(connected: Connected) -> None:
    Company.objects.update(limits_factor=64)
    staff.make_groups()
    client = Client()
    lead = User.objects.create_superuser("lead@invoicebridge.example")
    client.force_login(lead)

    act(client, connected.company, "raise_limits")

    assert Company.objects.get().limits_factor == 64


def act(client: Client, company: Company, action: str, reason: str = "Ticket 7") -> Any:
    data = {"action": action, "_selected_action": str(company.pk), "reason": reason}
    return client.post(reverse("admin:connections_company_changelist"), data, follow=True)
