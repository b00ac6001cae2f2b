"""
Xero's refusals in the reader's words, beside the field they concern (R-25, F-12, xero-api §4.5).

Xero's sentences are matched loosely, because they change; one that is not recognised is shown as
it is. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

CONTACT = "contact"
LINES = "lines"
# Beside the line that is linked to the item whose code Xero named.
ITEM = "item"

_RULES: tuple[tuple[str, str, str | Promise], ...] = (
    (
        r"already assigned to another contact|contact name must be unique",
        CONTACT,
        _("Xero already has an active contact with this name. Link to that contact instead."),
    ),
    (
        r"archived contact|contact.*archived",
        CONTACT,
        _("This contact is archived in Xero. Restore it there, or choose another contact."),
    ),
    (
        r"contact.*(not found|could not be found|does not exist|not valid)",
        CONTACT,
        _("Xero does not know this contact any more. Choose a contact again."),
    ),
    (
        r"TaxType code '(?P<code>[^']*)' cannot be used with account",
        "tax_rate",
        _("This tax rate does not fit the account of its line. Change one of them."),
    ),
    (
        r"TaxType code '(?P<code>[^']*)'",
        "tax_rate",
        _("Xero does not take this tax rate. Choose another one."),
    ),
    (
        r"account code '(?P<code>[^']*)'",
        "account",
        _("Xero does not take this account on an invoice. Choose another one."),
    ),
    (
        r"item code '?(?P<code>[^']*)'?.* not set up to be sold",
        ITEM,
        _("Xero does not sell this item any more. Link the line to another one."),
    ),
    (
        r"item code '?(?P<code>[^']*)'?.* (not valid|not found|does not exist)",
        ITEM,
        _("Xero does not know this item any more. Link the line again."),
    ),
    (
        r"line items? must be specified",
        LINES,
        _("Xero wants at least one line with an amount. Add one."),
    ),
    (
        r"description must be specified",
        LINES,
        _("Xero wants a description on each line. Fill in those that are empty."),
    ),
    (
        r"total cannot be less than zero|total.*(negative|below zero)",
        LINES,
        _("The lines come to less than zero, which Xero takes as a credit note only."),
    ),
    (
        r"branding ?theme",
        "theme",
        _("Xero does not have this template any more. Choose another one."),
    ),
    (
        r"contact name cannot be empty",
        "to",
        _("Xero wants a name for the contact. Fill it in."),
    ),
    (
        r"country may contain letters only|country.*(letters|digits)",
        "country",
        _("Xero takes letters only in a country. Change it."),
    ),
    (
        r"contact must be specified",
        CONTACT,
        _("Xero wants a contact on the invoice. Choose one."),
    ),
    (
        r"lock(ed)?[ -]?(date|period)|period.*locked",
        "issue_date",
        _("The books are locked in Xero for this day. Choose a later issue date."),
    ),
    (r"due ?date", "due_date", _("Xero does not take this due date. Choose another one.")),
    (
        r"currency",
        "currency",
        _("Xero does not take this currency. Enable it in Xero, or change it here."),
    ),
    (
        r"invoice # must be unique",
        "",
        _("Xero says that this invoice number is taken. Look in Xero before you send again."),
    ),
    (
        r"limit of e-?mails",
        "",
        _("Your Xero organisation has used up its emails for today. Nothing was sent."),
    ),
    (
        r"not have an e-?mail address",
        "",
        _("The contact has no email address in Xero. Add one there first. Nothing was sent."),
    ),
    (
        r"before it is emailed",
        "",
        _("Xero emails an invoice once it was submitted or approved. Nothing was sent."),
    ),
    (r"e-?mail", "email", _("Xero does not take this email address.")),
    (r"tax ?number", "tax_number", _("Xero does not take this tax number.")),
    (r"reference", "reference", _("Xero does not take this reference.")),
    (
        r"limit of invoices you can approve",
        "",
        _("Your Xero plan's limit for approving invoices is reached. The invoice is unchanged."),
    ),
    (
        r"permission to approve",
        "",
        _(
            "The Xero user who connected the organisation may not approve invoices there. "
            "The invoice is unchanged."
        ),
    ),
    (
        r"payments? or credit notes? allocated",
        "",
        _(
            "Payments or credits are applied to this invoice in Xero. Remove them there first. "
            "The invoice is unchanged."
        ),
    ),
    (
        r"not of valid status",
        "",
        _("The invoice has another status in Xero by now. Refresh to see it."),
    ),
    (
        r"account code or id must be specified",
        "account",
        _("A line has no account. Choose one in Xero, then approve again."),
    ),
    (
        r"tax type must be specified",
        "tax_rate",
        _("A line has no tax rate. Choose one in Xero, then approve again."),
    ),
    (
        r"discount",
        LINES,
        _("Xero does not take a discount of these lines. Check their discounts."),
    ),
)
_UNTOLD = _("Xero gave a reason that may name amounts. Ask a colleague who may see them.")
_UNKNOWN = _("Xero's reason, in its own words: “{message}”")
_COMPILED = [(re.compile(pattern, re.IGNORECASE), field, text) for pattern, field, text in _RULES]


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    One reason that Xero gave. `field` is the dialog's name of it, "" when it concerns the whole;
    `code` is the account, tax rate or item that Xero named; `text` quotes Xero when not recognised.
    """

    field: str
    text: str | Promise
    original: str
    code: str = ""
    is_known: bool = True


def explain(messages: Iterable[str], *, sees_amounts: bool) -> list[Refusal]:
    """
    Return Xero's messages in order, each with its field and words for people.

    :param sees_amounts: False leaves out Xero's own words, which may name amounts
    """
    found = [_explain(str(message)) for message in messages]
    return found if sees_amounts else [_without_original(each) for each in found]


def _without_original(each: Refusal) -> Refusal:
    text = each.text if each.is_known else _UNTOLD
    return replace(each, text=text, original="")


def _explain(message: str) -> Refusal:
    for pattern, field, text in _COMPILED:
        found = pattern.search(message)
        if found:
            return Refusal(field, text, message, found.groupdict().get("code") or "")
    own_words = format_lazy(_UNKNOWN, message=message)
    return Refusal("", own_words, message, is_known=False)
