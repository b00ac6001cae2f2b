"""
What postInvoice was given, as the choices that every invoice here is made of (contract §3.2).

Where the contract says nothing, our planning rules do: due date, account, tax rate and template are
the company's own.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from connections.models import XeroConnection
from invoices import forms, line_fields
from invoices.native.door import read_uuid
from invoices.native.failures import invalid
from invoices.native.reading import Fields
from mappings import customer, planned_lines, planning, queries, totals
from mappings.customer import CustomerDetails, PostalAddress
from mappings.drafting import ChosenLine, InvoiceChoices
from mappings.models import TaxMode, XeroItem
from mappings.types import Item, Lists, Preferences

LONGEST_ADDRESS = customer.MAX_ADDRESS_LINES * (customer.MAX_ADDRESS_LINE + 1)
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """An invoice as it was asked for. `contact_id` is None for a contact yet to be found."""

    contact_id: uuid.UUID | None
    details: CustomerDetails
    choices: InvoiceChoices
    # In the invoice's currency; without the tax of a line where Xero decides about it.
    amount: Decimal
    is_total_known: bool


def read(
    said: Fields, *, connection: XeroConnection, preferences: Preferences, today: date
) -> Wanted:
    """
    Return the invoice that was asked for.

    :raises Failure: something is missing, of the wrong type, or not in Xero's lists now
    """
    _refuse_what_we_do_not_announce(said)
    items = _items(said, connection)
    lists = queries.lists_for(connection)
    tax_mode = said.text("taxModeId", longest=_LONGEST_ID, is_needed=True)
    if tax_mode not in TaxMode.values:
        raise said.wrong("taxModeId", ", ".join(TaxMode.values))
    lines = tuple(
        _line(each, tax_mode, items, lists, preferences)
        for each in said.each("lineItems", most=forms.MAX_LINES)
    )
    if not any(line.quantity is not None for line in lines):
        raise said.wrong("lineItems", _("An invoice needs at least one line with an amount."))
    issue_date, due_date = _days(said, connection, preferences, today)
    choices = InvoiceChoices(
        tax_mode=tax_mode,
        currency_code=_currency(said, connection, lists),
        branding_theme_id=_theme(said, preferences, lists),
        issue_date=issue_date,
        due_date=due_date,
        reference="",
        lines=lines,
    )
    contact_id = _contact_id(said)
    amount, is_total_known = _amount(choices, lists)
    return Wanted(
        contact_id=contact_id,
        details=read_details(said, is_name_needed=contact_id is None),
        choices=choices,
        amount=amount,
        is_total_known=is_total_known,
    )


def read_details(said: Fields, *, is_name_needed: bool) -> CustomerDetails:
    """
    Return whom the invoice is addressed to. Of a name of several lines the first is the name, the
    others belong to the address.

    :raises Failure: a part is missing, too long or of the wrong type
    """
    lines = said.text(
        "contactName", longest=LONGEST_ADDRESS, is_needed=is_name_needed, has_lines=True
    ).split("\n")
    filled = [line for line in lines if line]
    name = filled[0] if filled else ""
    if len(name) > customer.MAX_NAME:
        raise said.wrong(
            "contactName",
            _("A name has at most %(most)d characters.") % {"most": customer.MAX_NAME},
        )
    if "<" in name or ">" in name:
        raise said.wrong(
            "contactName", _("Xero does not take the signs < and > in a contact name.")
        )
    address = said.text("address", longest=LONGEST_ADDRESS, has_lines=True).split("\n")
    return CustomerDetails(
        to=name,
        address=PostalAddress(lines=fit_lines([*filled[1:], *address])),
        email=said.email("email"),
        tax_number=said.text("taxNumber", longest=customer.MAX_TAX_NUMBER),
    )


def fit_lines(lines: list[str]) -> tuple[str, ...]:
    """Return the filled lines in the four that Xero prints; what is over goes into the last."""
    filled = [line for line in map(customer.tidy, lines) if line]
    last = customer.MAX_ADDRESS_LINES - 1
    if len(filled) > customer.MAX_ADDRESS_LINES:
        filled[last:] = [", ".join(filled[last:])]
    return tuple(line[: customer.MAX_ADDRESS_LINE] for line in filled)


def _refuse_what_we_do_not_announce(said: Fields) -> None:
    if said.has("globalDiscount"):
        raise said.wrong(
            "globalDiscount",
            _("Xero has no discount on a whole invoice. Give the lines their discounts instead."),
        )
    if said.text("invoiceNumber", longest=255):
        raise said.wrong("invoiceNumber", _("Xero numbers the invoices. Leave it empty."))


def _contact_id(said: Fields) -> uuid.UUID | None:
    text = said.text("contactId", longest=_LONGEST_ID)
    if not text:
        return None
    found = read_uuid(text)
    if found is None:
        raise said.unknown("contactId")
    return found


def _days(
    said: Fields, connection: XeroConnection, preferences: Preferences, today: date
) -> tuple[date, date]:
    issued = said.day("issueDate", connection, is_needed=True) or today
    locked = max(
        filter(None, (connection.period_lock_date, connection.end_of_year_lock_date)), default=None
    )
    if locked is not None and issued <= locked:
        raise said.wrong(
            "issueDate",
            _("The books are locked up to %(day)s in Xero. Choose a later date.")
            % {"day": locked.isoformat()},
        )
    due = said.day("dueDate", connection)
    if due is None:
        due = planning.due_date_after(issued, preferences.due_days)
    if due < issued:
        raise said.wrong("dueDate", _("The due date is before the issue date."))
    return issued, due


def _currency(said: Fields, connection: XeroConnection, lists: Lists) -> str:
    code = said.text("currencyId", longest=_LONGEST_ID) or connection.base_currency
    if code not in {each.code for each in lists.currencies}:
        raise said.wrong(
            "currencyId",
            _("Xero has no %(value)s: enable it in Xero or choose another currency.")
            % {"value": code},
        )
    return code


def _theme(said: Fields, preferences: Preferences, lists: Lists) -> uuid.UUID | None:
    text = said.text("templateId", longest=_LONGEST_ID)
    offered = [each.branding_theme_id for each in lists.branding_themes]
    if text:
        chosen = read_uuid(text)
        if chosen not in offered:
            raise said.unknown("templateId")
        return chosen
    if preferences.branding_theme_id in offered:
        return preferences.branding_theme_id
    return offered[0] if offered else None


def _items(said: Fields, connection: XeroConnection) -> Mapping[str, Item]:
    """Return the items that the lines name, by id and by code, by one query."""
    ids: set[uuid.UUID] = set()
    codes: set[str] = set()
    for line in said.each("lineItems", most=forms.MAX_LINES):
        chosen = read_uuid(line.text("productId", longest=_LONGEST_ID))
        if chosen is not None:
            ids.add(chosen)
        codes.add(line.text("productCode", longest=255))
    rows = XeroItem.objects.for_company(connection.company).filter(
        connection=connection, is_sold=True, code__in=codes
    )
    known = [*ids, *rows.values_list("xero_item_id", flat=True)] if codes - {""} else list(ids)
    found = queries.items_for(connection, known).values()
    return {key: each for each in found for key in (str(each.xero_item_id), f"code:{each.code}")}


def _line(
    said: Fields,
    tax_mode: str,
    items: Mapping[str, Item],
    lists: Lists,
    preferences: Preferences,
) -> ChosenLine:
    item = _item(said, items)
    description = said.text(
        "description", longest=planned_lines.MAX_DESCRIPTION, has_lines=True
    ) or (item.description or item.name if item else "")
    quantity = said.number("quantity", most=line_fields.MAX_QUANTITY)
    price = said.number("unitPrice", most=line_fields.MAX_UNIT_PRICE)
    discount = said.number("discountRate", least=Decimal(0), most=Decimal(100))
    own_rate = item.tax_type if item else ""
    account, tax_type = _account(said, item, lists, preferences), _rate(said, lists)
    if not description:
        raise said.missing("description")
    if quantity is None and price is None:
        return ChosenLine(description=description)
    if quantity is None or price is None:
        raise said.missing("quantity" if quantity is None else "unitPrice")
    if quantity <= 0:
        raise said.wrong("quantity", _("The quantity must be more than 0."))
    return ChosenLine(
        description=description,
        quantity=quantity,
        unit_amount=price,
        item_code=item.code if item else "",
        # None and 0 are the same discount: nothing is said of it.
        discount_rate=discount or None,
        account_code=account,
        tax_type=""
        if tax_mode == totals.NO_TAX
        else tax_type or planned_lines.tax_type_or_default(own_rate, preferences, lists),
    )


def _item(said: Fields, items: Mapping[str, Item]) -> Item | None:
    by_id = said.text("productId", longest=_LONGEST_ID)
    code = said.text("productCode", longest=255)
    if by_id:
        found = items.get(by_id.lower())
        if found is None:
            raise said.unknown("productId")
        return found
    if not code:
        return None
    found = items.get(f"code:{code}")
    if found is None:
        raise said.unknown("productCode")
    return found


def _account(said: Fields, item: Item | None, lists: Lists, preferences: Preferences) -> str:
    chosen = said.text("accountId", longest=_LONGEST_ID)
    if not chosen:
        own = item.account_code if item else ""
        return planned_lines.account_or_default(own, preferences, lists)
    if chosen not in {each.code for each in lists.accounts}:
        raise said.unknown("accountId")
    return chosen


def _rate(said: Fields, lists: Lists) -> str:
    chosen = said.text("taxRateId", longest=_LONGEST_ID)
    if chosen and chosen not in {each.tax_type for each in lists.tax_rates}:
        raise said.unknown("taxRateId")
    return chosen


def _amount(choices: InvoiceChoices, lists: Lists) -> tuple[Decimal, bool]:
    """Return what the lines come to, and whether no tax is left for Xero to decide about."""
    priced = [line for line in choices.lines if line.quantity is not None]
    is_known = choices.tax_mode == totals.NO_TAX or all(line.tax_type for line in priced)
    sums = totals.add_up(
        [
            totals.Line(
                quantity=line.quantity,
                unit_amount=line.unit_amount,
                tax_rate=lists.rate_of(line.tax_type),
                tax_type=line.tax_type,
                discount_rate=line.discount_rate,
            )
            for line in priced
        ],
        choices.tax_mode,
    )
    if is_known and sums.total < 0:
        raise invalid(
            _("lineItems come to less than zero, which Xero takes as a credit note only.")
        )
    return sums.total, is_known
