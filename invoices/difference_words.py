"""
What Xero holds otherwise than somebody confirmed or saw, in words (reliability P-4, P-5, F-25).

Pure: a difference is stored as texts without a language (`comparing`, `version_check`) and written
here in the reader's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.templatetags import display
from invoices.comparing import Difference
from invoices.models import Invoice, Operation
from mappings.models import TaxMode

_LABELS: Final[Mapping[str, str | Promise]] = {
    "status": gettext_lazy("Status"),
    "total": gettext_lazy("Total"),
    "amount_due": gettext_lazy("Amount due"),
    "amount_paid": gettext_lazy("Amount paid"),
    "amount_credited": gettext_lazy("Amount credited"),
    "due_date": gettext_lazy("Due date"),
    "currency": gettext_lazy("Currency"),
    "contact": gettext_lazy("Contact"),
    "tax_mode": gettext_lazy("Amounts are"),
    "quantity": gettext_lazy("Quantity"),
    "unit_amount": gettext_lazy("Unit price"),
    "account": gettext_lazy("Account"),
    "tax_type": gettext_lazy("Tax rate"),
    "discount_rate": gettext_lazy("Discount"),
    "discount_amount": gettext_lazy("Discount"),
    "lines": gettext_lazy("Number of lines"),
}
_MONEY: Final = frozenset(
    {"total", "amount_due", "amount_paid", "amount_credited", "unit_amount", "discount_amount"}
)
_WITHOUT_AMOUNTS: Final = frozenset(
    {"status", "due_date", "currency", "contact", "tax_mode", "account", "tax_type", "lines"}
)
_WRITTEN: Final[Mapping[str, Callable[[str], str]]] = {
    "status": lambda text: str(dict(Invoice.Status.choices).get(text, text)),
    "tax_mode": lambda text: str(dict(TaxMode.choices).get(text, text)),
    "due_date": lambda text: display.day(date.fromisoformat(text)),
    "quantity": lambda text: display.number(Decimal(text)),
    "lines": lambda text: display.number(Decimal(text)),
    "discount_rate": lambda text: display.percent(Decimal(text)),
}


def of_creation(operation: Operation, invoice: Invoice, *, sees_amounts: bool) -> tuple[str, ...]:
    """
    Return what Xero made otherwise than it was confirmed, a sentence each.

    :param invoice: what was made
    """
    asked = operation.summary.get("currency_code") or invoice.currency_code
    currencies = (asked, invoice.currency_code)
    return tuple(
        _contact(operation, invoice)
        if each["field"] == "contact"
        else _confirmed(each, currencies, sees_amounts)
        for each in operation.differences
    )


def since_seen(operation: Operation, *, sees_amounts: bool) -> tuple[str, ...]:
    """
    Return what had changed in Xero when an action was refused for that, a sentence each; the last
    says by when. Empty for an action that was refused for something else, or not at all.
    """
    if operation.error_code != "changed_in_xero":
        return ()
    currency = operation.summary.get("currency_code", "")
    changes = [each for each in operation.differences if each["field"] != "updated_at"]
    found = [_seen(each, (currency, currency), sees_amounts) for each in changes]
    for each in operation.differences:
        if each["field"] == "updated_at" and each["in_xero"]:
            at = display.moment(datetime.fromisoformat(each["in_xero"]))
            found.append(_("Last changed in Xero: %(at)s.") % {"at": at})
    return tuple(found)


def _seen(each: Difference, currencies: tuple[str, str], sees_amounts: bool) -> str:
    if _is_hidden(each, sees_amounts):
        return _hidden(each)
    return _("%(field)s: you saw %(confirmed)s, Xero has %(in_xero)s.") % _values(each, currencies)


def _confirmed(each: Difference, currencies: tuple[str, str], sees_amounts: bool) -> str:
    if _is_hidden(each, sees_amounts):
        return _hidden(each)
    values = _values(each, currencies)
    if each["line"]:
        return (
            _("Line %(line)s, %(field)s: you confirmed %(confirmed)s, Xero has %(in_xero)s.")
            % values
        )
    return _("%(field)s: you confirmed %(confirmed)s, Xero has %(in_xero)s.") % values


def _contact(operation: Operation, invoice: Invoice) -> str:
    # Stored are ids, which say nothing to anybody and outlive an erased name.
    confirmed = operation.summary.get("contact_name", "")
    if confirmed == invoice.contact_name:
        return _("Xero has the invoice on another contact of the same name.")
    values = {"confirmed": confirmed or display.NOTHING, "in_xero": invoice.contact_name}
    return _("Contact: you confirmed %(confirmed)s, Xero has %(in_xero)s.") % values


def _is_hidden(each: Difference, sees_amounts: bool) -> bool:
    return not sees_amounts and each["field"] not in _WITHOUT_AMOUNTS


def _hidden(each: Difference) -> str:
    return _("%(field)s: Xero has something else.") % {"field": _label(each["field"])}


def _label(field: str) -> str:
    return str(_LABELS.get(field, field))


def _values(each: Difference, currencies: tuple[str, str]) -> dict[str, Any]:
    return {
        "field": _label(each["field"]),
        "line": each["line"],
        "confirmed": each.get("confirmed_name")
        or _write(each["field"], each["confirmed"], currencies[0]),
        "in_xero": each.get("in_xero_name")
        or _write(each["field"], each["in_xero"], currencies[1]),
    }


def _write(field: str, text: str, currency: str) -> str:
    if not text:
        return display.NOTHING
    if field in _MONEY:
        return display.money(Decimal(text), currency)
    return _WRITTEN.get(field, str)(text)
