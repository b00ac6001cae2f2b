"""Line items: defaults from item and account, checks, amounts and tax."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.xero import money, problems, reading
from sandbox.xero.models import Entry, Organisation, new_guid

_AMOUNT_FIELDS = ("Quantity", "UnitAmount", "LineAmount", "AccountCode", "AccountID", "ItemCode")
_CLASS_FLAGS = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}


class Books:
    """The reference lists of an organisation, read once for a request."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self._lists: dict[str, list[dict[str, Any]]] = {}

    def find(self, resource: str, **wanted: str) -> dict[str, Any] | None:
        """Return the first entry whose fields have these values, case ignored."""
        for body in self.list(resource):
            if all(str(body.get(k, "")).lower() == v.lower() for k, v in wanted.items()):
                return body
        return None

    def list(self, resource: str) -> list[dict[str, Any]]:
        """Return every entry of a reference list."""
        if resource not in self._lists:
            rows = Entry.objects.filter(organisation=self.organisation, resource=resource)
            self._lists[resource] = [body for (body,) in rows.values_list("body")]
        return self._lists[resource]


def read_lines(
    given: list[Any],
    *,
    books: Books,
    line_amount_types: str,
    places: int,
    is_approved: bool,
    is_sale: bool,
    known: Mapping[str, dict[str, Any]],
) -> list[dict[str, Any]]:
    """
    Return lines in the API's shape from what a client sent.

    :param places: decimal places that UnitAmount is cut to, 2 or 4
    :param known: the invoice's present lines by LineItemID, whose values stand where none is sent
    :raises problems.Invalid: a line breaks a rule
    """
    if not isinstance(given, list):
        raise problems.bad_post_data("LineItems must be a list.")
    messages: list[str] = []
    lines = []
    for element in given:
        if not isinstance(element, dict):
            raise problems.bad_post_data("LineItems must hold objects.")
        before = known.get(str(element.get("LineItemID", "")).lower(), {})
        try:
            line = _read_line(
                element, books=books, line_amount_types=line_amount_types,
                places=places, is_approved=is_approved, is_sale=is_sale,
            )  # fmt: skip
        except problems.Invalid as exc:
            messages += exc.messages
            continue
        line["LineItemID"] = before.get("LineItemID") or new_guid()
        lines.append(line)
    if messages:
        raise problems.Invalid(*dict.fromkeys(messages))
    return lines


def retotal(lines: list[dict[str, Any]], *, books: Books, line_amount_types: str) -> None:
    """Work out the tax of present lines anew after the amount type of the invoice changed."""
    for line in lines:
        if "LineAmount" not in line:
            continue
        rate = _rate(books.find("TaxRates", TaxType=str(line.get("TaxType", ""))))
        line["TaxAmount"] = money.tax_amount(line["LineAmount"], rate, line_amount_types)


def _read_line(
    element: dict[str, Any],
    *,
    books: Books,
    line_amount_types: str,
    places: int,
    is_approved: bool,
    is_sale: bool,
) -> dict[str, Any]:
    line: dict[str, Any] = {}
    description = reading.text(element, "Description", most=4000)
    if description and all(element.get(name) in (None, "") for name in _AMOUNT_FIELDS):
        return {
            "Description": description,
            "TaxAmount": Decimal("0.00"),
            "LineAmount": Decimal("0.00"),
            "Tracking": [],
        }
    item = _find_item(element, books, is_sale)
    details = (item or {}).get("SalesDetails", {})
    description = description or (item or {}).get("Description") or (item or {}).get("Name")
    if not description:
        raise problems.Invalid("Description must be specified.")
    line["Description"] = description
    quantity = reading.number(element, "Quantity")
    quantity = Decimal(1) if quantity is None else money.to_places(quantity, 4)
    unit = reading.number(element, "UnitAmount")
    given_amount = reading.number(element, "LineAmount")
    if unit is None and given_amount is not None and quantity:
        unit = given_amount / quantity
    if unit is None:
        unit = Decimal(details.get("UnitPrice", 0))
    unit = money.to_places(unit, places)
    rate, discount = _read_discount(element, is_sale)
    amount = money.line_amount(quantity, unit, discount_rate=rate, discount_amount=discount)
    if given_amount is not None and money.to_places(given_amount, 2) != amount:
        raise problems.Invalid(
            f"The line total {money.to_places(given_amount, 2)} does not match the expected "
            f"line total {amount}"
        )
    account = _find_account(element, details, books, is_approved)
    tax_rate = _find_tax_rate(element, details, account, books, line_amount_types)
    line["UnitAmount"] = money.to_places(unit, 4)
    if tax_rate is not None:
        line["TaxType"] = tax_rate["TaxType"]
    given_tax = reading.number(element, "TaxAmount")
    line["TaxAmount"] = (
        money.to_places(given_tax, 2)
        if given_tax is not None and line_amount_types != "NoTax"
        else money.tax_amount(amount, _rate(tax_rate), line_amount_types)
    )
    line["LineAmount"] = amount
    if rate:
        line["DiscountRate"] = rate
    if discount:
        line["DiscountAmount"] = money.to_places(discount, 2)
    if account is not None:
        line["AccountCode"] = account.get("Code", "")
    if item is not None:
        line["Item"] = {"ItemID": item["ItemID"], "Name": item["Name"], "Code": item["Code"]}
    line["Tracking"] = _read_tracking(element)
    line["Quantity"] = quantity.quantize(Decimal("0.0001"))
    if item is not None:
        line["ItemCode"] = item["Code"]
    if account is not None:
        line["AccountID"] = account["AccountID"]
    return line


def _find_item(element: dict[str, Any], books: Books, is_sale: bool) -> dict[str, Any] | None:
    code = reading.text(element, "ItemCode", most=30)
    if not code:
        return None
    item = books.find("Items", Code=code)
    if item is None:
        raise problems.Invalid(f"Item code '{code}' is not valid")
    if is_sale and not item.get("IsSold", True):
        raise problems.Invalid(f"Item code '{code}' is not set up to be sold")
    return item


def _read_discount(element: dict[str, Any], is_sale: bool) -> tuple[Decimal | None, Decimal | None]:
    rate = reading.number(element, "DiscountRate")
    amount = reading.number(element, "DiscountAmount")
    if (rate or amount) and not is_sale:
        raise problems.Invalid("Discounts are only supported on sales invoices and quotes")
    if rate and amount:
        raise problems.Invalid("Only one of DiscountRate and DiscountAmount can be specified")
    if rate is not None and not 0 <= rate <= 100:
        raise problems.Invalid("The DiscountRate must be between 0 and 100")
    return rate, amount


def _find_account(
    element: dict[str, Any], details: dict[str, Any], books: Books, is_approved: bool
) -> dict[str, Any] | None:
    code = reading.text(element, "AccountCode", most=10)
    account_id = reading.text(element, "AccountID", most=36)
    code = code or (None if account_id else details.get("AccountCode"))
    if code:
        account = books.find("Accounts", Code=code)
    elif account_id:
        account = books.find("Accounts", AccountID=account_id)
    else:
        if is_approved:
            raise problems.Invalid("Account code or ID must be specified")
        return None
    if (
        account is None
        or account["Status"] != "ACTIVE"
        or account["Type"] == "BANK"
        or account.get("SystemAccount") in ("DEBTORS", "CREDITORS")
    ):
        raise problems.Invalid(
            f"Account code '{code or account_id}' is not a valid code for this document."
        )
    return account


def _find_tax_rate(
    element: dict[str, Any],
    details: dict[str, Any],
    account: dict[str, Any] | None,
    books: Books,
    line_amount_types: str,
) -> dict[str, Any] | None:
    asked = reading.text(element, "TaxType", most=50)
    if line_amount_types == "NoTax":
        return books.find("TaxRates", TaxType="NONE") or {"TaxType": "NONE", "EffectiveRate": 0}
    tax_type = asked or details.get("TaxType") or (account or {}).get("TaxType")
    if not tax_type:
        return None
    tax_rate = books.find("TaxRates", TaxType=tax_type)
    if tax_rate is None or tax_rate["Status"] != "ACTIVE":
        raise problems.Invalid(f"The TaxType code '{tax_type}' is not valid")
    if account is not None and not tax_rate.get(_CLASS_FLAGS[account["Class"]], True):
        raise problems.Invalid(
            f"The TaxType code '{tax_type}' cannot be used with account code "
            f"'{account.get('Code', '')}'."
        )
    return tax_rate


def _read_tracking(element: dict[str, Any]) -> list[Any]:
    tracking = element.get("Tracking") or []
    if not isinstance(tracking, list) or len(tracking) > 2:
        raise problems.Invalid("A line item can have at most two tracking categories")
    return tracking


def _rate(tax_rate: Mapping[str, Any] | None) -> Decimal:
    return Decimal((tax_rate or {}).get("EffectiveRate", 0))
