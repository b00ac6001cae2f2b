"""What Xero holds otherwise than somebody confirmed or saw, as a person reads it (P-4, P-5)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from invoices import difference_names, difference_words
from invoices.models import Invoice, Operation
from invoices.tests import pressing as p
from invoices.tests import world as w
from mappings import reference
from mappings.models import XeroTaxRate
from tests.vendors import Connected

GUID = "0a7a8f2e-95c4-4d6c-9d9c-0d5b1f3a7c11"


def _made(*differences: dict[str, Any], sees: bool = True, name: str = "Harbour Ltd") -> list[str]:
    operation = Operation(
        kind="create",
        state="done",
        summary={"currency_code": "EUR", "contact_name": "Harbour Ltd"},
        differences=list(differences),
    )
    invoice = Invoice(currency_code="GBP", contact_name=name)
    return list(difference_words.of_creation(operation, invoice, sees_amounts=sees))


def _one(field: str, confirmed: str, in_xero: str, line: int = 0) -> dict[str, Any]:
    return {"line": line, "field": field, "confirmed": confirmed, "in_xero": in_xero}


def test_amounts_are_written_with_their_currency_and_dates_by_language() -> None:
    differences = (
        _one("total", "1234.5000", "1234.5600"),
        _one("quantity", "2.5000", "3", line=2),
        _one("discount_rate", "7.5000", "0", line=2),
        _one("tax_mode", "Exclusive", "Inclusive"),
    )
    assert _made(*differences) == [
        "Total: you confirmed €1,234.50, Xero has £1,234.56.",
        "Line 2, Quantity: you confirmed 2.5, Xero has 3.",
        "Line 2, Discount: you confirmed 7.5%, Xero has 0%.",
        "Amounts are: you confirmed tax exclusive, Xero has tax inclusive.",
    ]
    with translation.override("tr"):
        assert "€1.234,50" in _made(*differences)[0]
        assert "%7,5" in _made(*differences)[2]


def test_a_contact_is_named_and_its_id_shown_to_nobody() -> None:
    other = _one("contact", GUID, GUID.replace("0a", "0b"))

    (named,), (same,) = _made(other, name="Harbour Dental GmbH"), _made(other)

    assert named == "Contact: you confirmed Harbour Ltd, Xero has Harbour Dental GmbH."
    assert same == "Xero has the invoice on another contact of the same name."


def test_who_may_not_see_amounts_learns_only_that_one_differs() -> None:
    told = _made(_one("total", "5", "7"), _one("account", "200", "310", line=1), sees=False)

    assert told == [
        "Total: Xero has something else.",
        "Line 1, Account: you confirmed 200, Xero has 310.",
    ]


@pytest.mark.django_db
def test_a_tax_rate_is_called_what_xeros_list_calls_it(connected: Connected) -> None:
    connection = connected.connection
    reference.refresh(connection, now=timezone.now())
    listed = XeroTaxRate.objects.for_company(connected.company).filter(connection=connection)
    rate = listed.exclude(name="").order_by("pk")[0]
    plain = _one("account", "200", "310", line=1)

    account, tax = difference_names.add(
        connection, [plain, _one("tax_type", rate.tax_type, "GONE", line=1)]
    )

    assert account == plain
    assert (tax["confirmed_name"], "in_xero_name" in tax) == (rate.name, False)
    assert _made(tax) == [f"Line 1, Tax rate: you confirmed {rate.name}, Xero has GONE."]


@pytest.mark.django_db
def test_a_refused_action_shows_what_changed_in_xero_and_by_when(
    connected: Connected, client: Client
) -> None:
    member = p.allow(connected)
    client.force_login(member.user)
    invoice = p.make(connected)
    was = invoice.total
    p.in_xero(connected, invoice, "edit", DueDate="2026-12-01")
    w.send(p.press("approve", connected, invoice, now=timezone.now()), now=timezone.now())

    for path in (f"/invoices/{invoice.pk}/card/", f"/invoices/{invoice.pk}/"):
        page = client.get(path).content.decode()
        assert "has changed in Xero since you looked" in page
        assert "Due date: you saw 20 Mar 2026, Xero has 1 Dec 2026." in page
        assert "Last changed in Xero:" in page
    assert p.row(invoice).total == was


def test_an_action_refused_for_something_else_has_no_such_list() -> None:
    lacking = Operation(
        kind="approve",
        state="refused",
        error_code="not_ready",
        differences=[_one("account", "", "", line=2)],
    )

    assert difference_words.since_seen(lacking, sees_amounts=True) == ()
