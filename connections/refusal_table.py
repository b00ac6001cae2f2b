"""
What Xero and Pipedrive are known to refuse with: which field it concerns, the cause and the cure.

The one table of it (R-25, F-12, xero-api §4.5, pipedrive-api §2). Each text says first what is
wrong and then what to do; the vendor's own words are shown beside it as "details". Messages are
matched loosely, because vendors reword them; the first row that fits counts, so a narrow row stands
above a wide one. What no row knows is counted (`unknown_refusals`) for the table to grow by.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Vendor = Literal["xero", "pipedrive"]
# Which lines of an invoice a message means that names none: those that leave the field empty, or
# those that fill it.
Lines = Literal["empty", "filled", ""]


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One row. `field` is the dialog's name of it, "" when it concerns the whole; the pattern's group
    `code` catches what the vendor names of a line.
    """

    pattern: re.Pattern[str]
    field: str
    text: Promise
    lines: Lines = ""


def _row(pattern: str, field: str, text: Promise, lines: Lines = "") -> Entry:
    return Entry(re.compile(pattern, re.IGNORECASE), field, text, lines)


XERO: Final[tuple[Entry, ...]] = (
    # The contact
    _row(r"contact number.*already assigned|another contact has this contact number", "contact",
        _("Xero has this customer already, under our number. Link to that contact instead.")),
    _row(
        r"already assigned to another contact|contact name (must be unique|already exists)",
        "contact",
        _("Xero already has an active contact with this name. Link to that contact instead.")),
    _row(r"archived contact|contact.*(un-?)?archived", "contact",
        _("This contact is archived in Xero. Restore it there, or choose another contact.")),
    _row(
        r"contact.*(not found|could not be found|does not exist|not valid|valid contactid)",
        "contact",
        _("Xero does not know this contact any more. Choose a contact again.")),
    _row(r"contact must (be specified|contain at least)", "contact",
        _("Xero wants a contact on the invoice. Choose one.")),
    _row(r"name cannot be empty", "to",
        _("Xero wants a name for the contact. Fill it in.")),
    _row(r"contact name.*(length|long|characters)", "to",
        _("This name is too long for Xero. Shorten it to 255 characters.")),
    _row(r"country may contain letters only|country.*(letters|digits)", "country",
        _("Xero takes letters only in a country. Change it.")),
    _row(r"postal ?code", "postal_code",
        _("Xero does not take this postal code. Shorten or change it.")),
    _row(r"address ?line|addressline", "address",
        _("Xero does not take this address. Use at most four lines of 500 characters.")),
    _row(r"\bcity\b", "city",
        _("Xero does not take this city. Shorten or change it.")),
    # Emailing, before the address itself
    _row(r"limit of e-?mails|e-?mail.*(daily|limit)", "",
        _("Your Xero organisation has used up its emails for today. Nothing was sent.")),
    _row(r"not have an e-?mail address", "",
        _("The contact has no email address in Xero. Add one there first. Nothing was sent.")),
    _row(r"before it is emailed", "",
        _("Xero emails an invoice once it was submitted or approved. Nothing was sent.")),
    _row(r"e-?mail", "email",
        _("Xero does not take this email address. Correct it, or leave it empty.")),
    _row(r"tax ?number", "tax_number",
        _("Xero does not take this tax number. Correct it, or leave it empty.")),
    # The lines
    _row(r"tax ?type code '?(?P<code>[^' ]*)'? cannot be used with account", "tax_rate",
        _("This tax rate does not fit the account of its line. Change one of them.")),
    _row(
        r"tax ?type (code )?'(?P<code>[^']*)'|tax ?type code (?P<code2>\S+) is not valid",
        "tax_rate",
        _("Xero does not take this tax rate. Choose another one.")),
    _row(r"tax ?type (field )?(must be specified|is mandatory)", "tax_rate",
        _("A line has no tax rate. Choose one, then send it again."),
        "empty"),
    _row(r"tax rate must be valid", "tax_rate",
        _("Xero does not know a tax rate of these lines any more. Choose them again."),
        "filled"),
    _row(r"tax amount cannot be greater", "lines",
        _("The tax of a line is larger than its amount. Check its price and tax rate.")),
    _row(r"account code '?(?P<code>[^' ]*)'? (is not|is no|has been (archived|deleted))", "account",
        _("Xero does not take this account on an invoice. Choose another one.")),
    _row(
        r"account code or id must be specified|account (code )?(is required|must be specified)",
        "account",
        _("A line has no account. Choose one, then send it again."),
        "empty"),
    _row(
        r"account must be valid|account could not be found|account code.*(archived|invalid)",
        "account",
        _("Xero does not know an account of these lines any more. Choose them again."),
        "filled"),
    _row(r"item code '?(?P<code>[^']*)'?.* not set up to be sold", "item",
        _("Xero does not sell this item any more. Link the line to another one.")),
    _row(r"item code '?(?P<code>[^']*)'?.* (not valid|not found|does not exist)", "item",
        _("Xero does not know this item any more. Link the line again.")),
    _row(
        r"(quantity|units).*(on hand|available|backorder)|insufficient.*(stock|quantity)",
        "quantity",
        _("Xero counts this item's stock and has too few. Lower the quantity, or add stock there."),
        "filled"),
    _row(r"quantity value '(?P<code>[^']*)'", "quantity",
        _("Xero does not take this quantity. Enter one of zero or more.")),
    _row(r"line items? must be specified", "lines",
        _("Xero wants at least one line with an amount. Add one.")),
    _row(r"line total.*does not match", "lines",
        _("Xero works out another amount for a line. Check quantity, price and discount.")),
    _row(r"description must be specified|description.*(required|cannot be empty)", "description",
        _("Xero wants a description on each line. Fill in those that are empty."),
        "empty"),
    _row(r"description.*(length|long|characters)", "description",
        _("A description is too long for Xero. Shorten it to 4,000 characters."),
        "filled"),
    _row(r"discount", "discount",
        _("Xero does not take a discount of these lines. Check their discounts."),
        "filled"),
    _row(r"total cannot be less than zero|total.*(negative|below zero)", "lines",
        _("The lines come to less than zero. Xero takes that as a credit note only: change them.")),
    # The invoice
    _row(r"branding ?theme", "theme",
        _("Xero does not have this template any more. Choose another one.")),
    _row(r"lock(ed)?[ -]?(date|period)|period.*locked", "issue_date",
        _("The books are locked in Xero for this day. Choose a later issue date.")),
    _row(r"due ?date.*must be specified", "due_date",
        _("Xero wants a due date. Enter one.")),
    _row(r"due ?date", "due_date",
        _("Xero does not take this due date. Choose another one.")),
    _row(r"(document|invoice) date|not a valid date", "issue_date",
        _("Xero does not take this issue date. Choose another one.")),
    _row(r"currency", "currency",
        _("Xero does not take this currency. Enable it in Xero, or change it here.")),
    _row(r"line ?amount ?types?", "tax_mode",
        _("Xero does not take this tax mode. Choose another one under “Amounts are”.")),
    _row(r"reference", "reference",
        _("Xero does not take this reference. Shorten or change it.")),
    _row(r"invoice (#|number) must be unique", "",
        _("Xero says that this invoice number is taken. Look in Xero before you send again.")),
    # What the organisation, its plan or its users may do
    _row(r"limit of invoices you can approve", "",
        _("Your Xero plan's limit for approving invoices is reached. The invoice is unchanged.")),
    _row(r"permission to approve", "",
        _(
            "The Xero user who connected the organisation may not approve invoices there. "
            "The invoice is unchanged."
        )),
    _row(r"correct permissions|not have permission|not permitted", "",
        _(
            "The Xero user in whose name this was sent may not do it there. Ask an adviser of your "
            "Xero organisation for the right. Nothing was changed."
        )),
    _row(r"subscription|demo company.*(expired|reset)|trial.*(expired|over)", "",
        _("Your Xero subscription does not allow this now. Renew it in Xero, then send again.")),
    # The moves of an invoice
    _row(r"payments? or credit notes? allocated|has a payment or credit note", "",
        _(
            "Payments or credits are applied to this invoice in Xero. Remove them there first. "
            "The invoice is unchanged."
        )),
    _row(r"not of valid status|not of valid type", "",
        _("The invoice has another status in Xero by now. Refresh to see it.")),
    _row(r"payment.*(reconciled|batch)|only status accepted", "",
        _(
            "A payment of this invoice is tied to the bank in Xero. Your accountant can take it "
            "off there. The invoice is unchanged."
        )),
    _row(r"used with a different request|idempotency", "",
        _("This press was sent with other contents before. Look in Xero, then create it anew.")),
)  # fmt: skip

PIPEDRIVE: Final[tuple[Entry, ...]] = (
    _row(r"scope and url mismatch", "",
        _(
            "Pipedrive gave InvoiceBridge fewer rights than it needs. Connect Pipedrive again and "
            "allow all that it lists."
        )),
    _row(
        r"feature_capping|usage cap|not (available|included) (in|on) your plan|upgrade your plan",
        "",
        _("Your Pipedrive plan does not include this. Ask whoever looks after Pipedrive.")),
    _row(
        r"account is not open|payment required|subscription|account.*(suspended|closed|expired)",
        "",
        _("Your Pipedrive account is closed or unpaid. Renew it in Pipedrive, then try again.")),
    _row(r"(deal|organi[sz]ation|person|product) not found|has been deleted", "",
        _("Pipedrive does not have this record any more, or hides it from you. Go back to Deals.")),
    _row(r"permission|forbidden|not allowed to|access denied", "",
        _("Your Pipedrive user may not see this. Ask your Pipedrive admin for the right.")),
    _row(r"cursor|parameter 'start'|pagination", "",
        _("Pipedrive does not know this page of deals any more. Go back to the first page.")),
    _row(
        r"validation failed|must be (a )?(number|integer|string|boolean)|is not allowed for this",
        "",
        _(
            "Pipedrive did not understand what we asked. Nothing was changed; our support sees "
            "this too."
        )),
    _row(r"webhooks? limit|too many webhooks|maximum.*webhooks", "",
        _("Pipedrive takes no more webhooks of your company. Remove unused ones in Pipedrive.")),
)  # fmt: skip

TABLE: Final[dict[Vendor, tuple[Entry, ...]]] = {"xero": XERO, "pipedrive": PIPEDRIVE}


@dataclass(frozen=True, slots=True)
class Found:
    """The row for a message, and what the vendor named of a line; "" for nothing."""

    entry: Entry
    code: str = ""


def find(vendor: Vendor, message: str) -> Found | None:
    """Return the table's row for a vendor's message, None when there is none yet."""
    for entry in TABLE[vendor]:
        match = entry.pattern.search(message)
        if match:
            named = (value for value in match.groupdict().values() if value)
            return Found(entry, next(named, ""))
    return None
