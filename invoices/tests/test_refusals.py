"""Xero's sentences in the reader's words, each beside the field it concerns (R-25, F-12)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from invoices import refusals
from invoices.models import Operation
from invoices.tests.dialog_page import DialogPage
from tests.vendors import Connected

REFIT = 1


def test_what_xero_never_said_before_is_quoted_in_a_sentence_of_the_readers_language() -> None:
    (reason,) = refusals.explain(["The moon is {full}"], sees_amounts=True)

    with translation.override("tr"):
        assert str(reason.text).endswith("“The moon is {full}”")
        assert not str(reason.text).startswith("The moon")


def test_what_may_name_amounts_is_not_quoted_to_who_may_not_see_them() -> None:
    (reason,) = refusals.explain(["The total of 5.00 is too small"], sees_amounts=False)

    assert "5.00" not in f"{reason.text}{reason.original}"


@pytest.mark.django_db
def test_a_refused_invoice_opens_with_the_reasons_at_their_places_and_xeros_own_words(
    connected: Connected, client: Client
) -> None:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    page = DialogPage(client, REFIT).link_all("er").press("contact:0")
    code = "CHAIR-ERG"
    page.fill(p2__account="200").press("create")
    operation = Operation.objects.for_company(connected.company).get()
    said = [
        f"Item code '{code}' is not set up to be sold",
        "Account code '200' is not a valid code for this document.",
        "The moon is full",
    ]
    operation.state, operation.error_messages = Operation.State.REFUSED, said
    operation.save(update_fields=["state", "error_messages"])

    again = DialogPage(client, REFIT, f"?again={operation.pk}")

    assert again.errors_of("p2-account") == [
        "Xero does not take this account on an invoice. Choose another one."
    ]
    assert again.errors_of("p1-item") == [
        "Xero does not sell this item any more. Link the line to another one."
    ]
    assert "Xero&#x27;s reason, in its own words: “The moon is full”" in again.text
    assert "<summary>What Xero said</summary>" in again.text
    assert all(each.replace("'", "&#x27;") in again.text for each in said)
