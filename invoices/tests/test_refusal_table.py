"""Each row of the table of refusals is reached from a message that the vendor really sends."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client
from django.utils import translation

from connections import refusal_table
from invoices import cards, refusals
from invoices.models import Operation
from invoices.tests.dialog_page import DialogPage
from tests.vendors import Connected

REFIT = 1
ANOTHER = (
    "The contact name Acme is already assigned to another contact. The contact name must be "
    "unique across all active contacts."
)
ARCHIVED = ("The specified contact details matched an archived contact. Archived contacts cannot "
            "currently be edited via the API.")  # fmt: skip
# Xero's words as it was heard to say them: the fact sheet (§4.5, §6), its SDKs' issues, and the
# help pages of other products that show them. The field, and what it names of a line.
XERO = [
    ("The contact number 12 is already assigned to another contact.", "contact", ""),
    ("Another contact has this contact number. Please enter a different contact number.",
     "contact", ""),
    (ANOTHER, "contact", ""),
    ("The contact name already exists. Please enter a different contact name", "contact", ""),
    (ARCHIVED, "contact", ""),
    (("The contact with the specified contact details has been archived. The contact must be "
      "un-archived before creating new invoices or credit notes."), "contact", ""),
    ("Contact requires a valid ContactId", "contact", ""),
    ("The contact could not be found", "contact", ""),
    ("A Contact must be specified for this type of transaction", "contact", ""),
    (("The Contact must contain at least 1 of the following elements to identify the contact: "
     "Name, ContactID, ContactNumber"), "contact", ""),
    ("The Contact Name cannot be empty.", "to", ""),
    ("The contact name exceeds the maximum length of 255 characters", "to", ""),
    ("Country may contain letters only.", "country", ""),
    ("The PostalCode field must not exceed 50 characters", "postal_code", ""),
    ("AddressLine1 must not exceed 500 characters", "address", ""),
    ("The City field must not exceed 255 characters", "city", ""),
    ("You have reached the limit of emails you can send today", "", ""),
    ("The daily email rate limit has been exceeded", "", ""),
    ("The contact does not have an email address", "", ""),
    ("Invoice must be submitted, approved or paid before it is emailed", "", ""),
    ("Email address must be valid.", "email", ""),
    ("The TaxNumber must not exceed 50 characters", "tax_number", ""),
    ("The TaxType code 'OUTPUT9' cannot be used with account code '200'.", "tax_rate", "OUTPUT9"),
    ("The TaxType code 'OUTPUT9' is not valid", "tax_rate", "OUTPUT9"),
    ("The TaxType code BASEXCLUDED is not valid", "tax_rate", "BASEXCLUDED"),
    ("TaxType field is mandatory", "tax_rate", ""),
    ("Tax type must be specified", "tax_rate", ""),
    ("Tax rate must be valid.", "tax_rate", ""),
    ("The tax amount cannot be greater than the line amount!", "lines", ""),
    ("Account code '999' is not a valid code for this document.", "account", "999"),
    (("Account code '310' has been archived, or deleted. Each line item must reference a valid "
      "account."), "account", "310"),
    ("Account code or ID must be specified", "account", ""),
    ("Account must be valid.", "account", ""),
    ("Account could not be found", "account", ""),
    ("Item code 'DESK' is not set up to be sold", "item", "DESK"),
    ("Item code 'DESK' is not valid", "item", "DESK"),
    ("The quantity on hand of item DESK is insufficient", "quantity", ""),
    ("The quantity value '-1.0000' is invalid. Quantity must not be less than zero.",
     "quantity", "-1.0000"),
    ("One or more line items must be specified", "lines", ""),
    ("The line total 1.00 does not match the expected line total 100.00", "lines", ""),
    ("Description must be specified.", "description", ""),
    ("The Description field must not exceed 4000 characters", "description", ""),
    ("Discounts are only supported on sales invoices and quotes", "discount", ""),
    ("The DiscountRate must be between 0 and 100", "discount", ""),
    ("The invoice total cannot be less than zero", "lines", ""),
    ("The BrandingThemeID does not exist", "theme", ""),
    ("The document date cannot be before the period lock date, currently set at 30-Nov-2018",
     "issue_date", ""),
    ("The document date cannot be before the end of year lock date, currently set at 31-Jul-2013",
     "issue_date", ""),
    ("The document date falls in a locked period.", "issue_date", ""),
    ("The document DueDate field must be specified", "due_date", ""),
    ("The DueDate cannot be before the issue date", "due_date", ""),
    ("Invoice date is not a valid date", "issue_date", ""),
    ("Organisation is not subscribed to currency EUR", "currency", ""),
    ("LineAmountTypes must be Exclusive, Inclusive or NoTax", "tax_mode", ""),
    ("The Reference must not exceed 255 characters", "reference", ""),
    ("Invoice # must be unique.", "", ""),
    ("You have reached the limit of invoices you can approve", "", ""),
    ("You do not have permission to approve invoices", "", ""),
    ("The User specified does not have the correct permissions to perform this action", "", ""),
    ("The organisation's subscription is not active", "", ""),
    (("The status VOIDED cannot be applied to the invoice because it has payments or credit notes "
     "allocated to it."), "", ""),
    ("This document cannot be edited as it has a payment or credit note allocated to it.", "", ""),
    ("Invoice not of valid status for modification", "", ""),
    ("Invoice not of valid type for creation", "", ""),
    ("Only Status accepted for updates.", "", ""),
    ("The payment is part of a batch payment", "", ""),
    ("Idempotency Key: 7f3a is used with a different request.", "", ""),
]  # fmt: skip
# Pipedrive's words: the fact sheet (§2) and the issues of its clients.
PIPEDRIVE = [
    "Scope and URL mismatch",
    "feature_capping_deals_limit",
    "The company account is not open",
    "Deal not found",
    "You do not have permission to view this deal",
    "Invalid cursor",
    "Validation failed: 3b71d5: Parameter '3b71d5' is not allowed for this request",
    "body/item_price must be number",
    "Webhooks limit reached",
]  # fmt: skip
SAID: list[tuple[refusal_table.Vendor, str, str, str]] = [
    *(("xero", *each) for each in XERO),
    *(("pipedrive", each, "", "") for each in PIPEDRIVE),
]
ROWS = [entry for rows in refusal_table.TABLE.values() for entry in rows]


def test_each_row_of_the_table_is_reached_from_a_message() -> None:
    reached = {
        found.entry.pattern.pattern
        for vendor, message, *_ in SAID
        if (found := refusal_table.find(vendor, message))
    }

    assert [row.pattern.pattern for row in ROWS if row.pattern.pattern not in reached] == []


@pytest.mark.parametrize(("vendor", "message", "field", "code"), SAID)
def test_what_a_vendor_is_known_to_say_has_its_field_and_words_in_both_languages(
    vendor: refusal_table.Vendor, message: str, field: str, code: str
) -> None:
    (reason,) = refusals.explain([message], sees_amounts=True, vendor=vendor)

    assert (reason.field, reason.code, reason.original) == (field, code, message)
    assert reason.is_known
    with translation.override("en"):
        english = str(reason.text)
    with translation.override("tr"):
        turkish = str(reason.text)
    assert message not in english
    assert english != turkish


@pytest.mark.parametrize("language", ["en", "tr"])
def test_each_text_says_the_cause_and_then_what_to_do(language: str) -> None:
    with translation.override(language):
        short = [
            str(row.text)
            for row in ROWS
            if len([each for each in str(row.text).split(".") if each.strip()]) < 2
        ]

    assert short == []


def test_a_card_names_each_field_of_the_table() -> None:
    assert {row.field for row in ROWS} - {""} <= set(cards.FIELD_LABELS)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "tr"])
def test_each_reason_is_shown_beside_its_field_in_the_dialog(
    connected: Connected, client: Client, language: str
) -> None:
    client.force_login(connected.user)
    client.cookies["ib_language"] = language
    page = DialogPage(client, REFIT).link_all("er").press("contact:0")
    page.fill(
        p2__account="200", p2__tax_rate="OUTPUT2", p2__quantity="-1", p2__discount="5",
        p1__account="", p1__tax_rate="",
    )  # fmt: skip
    page.press("create")
    page.fill(p2__quantity="2").press("create")
    operation = Operation.objects.for_company(connected.company).get()
    told = [
        message.replace("OUTPUT9", "OUTPUT2").replace("'999'", "'200'").replace("-1.0000", "2.0000")
        for message, *_ in XERO
        if "'310'" not in message and "BASEXCLUDED" not in message
    ]
    told = [each.replace("'DESK'", "'CHAIR-ERG'") for each in told]
    operation.state, operation.error_messages = Operation.State.REFUSED, told
    operation.summary["typed"]["p1-description"] = [""]
    operation.save(update_fields=["state", "error_messages", "summary"])

    again = DialogPage(client, REFIT, f"?again={operation.pk}")

    text = unescape(again.text)
    with translation.override(language):
        for reason in refusals.explain(told, sees_amounts=True):
            assert str(reason.text) in text
            assert reason.original in text
            if reason.field in {"", "contact", "lines"}:
                continue
            names = [f"id_{reason.field}", *(f"{key}-{reason.field}" for key in again.keys)]
            beside = [said for name in names for said in again.errors_of(name)]
            assert str(reason.text) in beside, (reason.field, reason.original)
