"""What was confirmed against what Xero holds (P-4): differences are shown, never mended. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from connections.xero.types import Invoice, LineItem

# A difference as it is stored on the operation, in texts; "line" is 0 for the whole invoice.
Difference = dict[str, Any]


def compare(request_body: str, summary: Mapping[str, Any], answer: Invoice) -> list[Difference]:
    """
    Return where Xero's invoice differs from the request and from the confirmed total.

    Only what was said is compared: a field left to Xero's defaults cannot differ.

    :param request_body: the exact text that was sent
    :param summary: may hold "total" (decimal text, in the invoice's currency)
    :return: dicts of line (counted from 1, 0 for the whole), field, confirmed, in_xero
    """
    asked = json.loads(request_body, parse_float=Decimal, parse_int=Decimal)["Invoices"][0]
    return [*_whole(asked, summary, answer), *_lines(asked["LineItems"], answer.line_items)]


def _whole(
    asked: Mapping[str, Any], summary: Mapping[str, Any], answer: Invoice
) -> Iterator[Difference]:
    total = summary.get("total")
    if total is not None and Decimal(total) != answer.total:
        yield _difference(0, "total", Decimal(total), answer.total)
    pairs = (
        (
            "currency",
            asked.get("CurrencyCode") or summary.get("currency_code"),
            answer.currency_code,
        ),
        ("contact", asked["Contact"]["ContactID"].lower(), answer.contact_id.lower()),
        ("tax_mode", asked.get("LineAmountTypes"), answer.line_amount_types),
    )
    for field, confirmed, in_xero in pairs:
        if confirmed and in_xero and confirmed != in_xero:
            yield _difference(0, field, confirmed, in_xero)


def _lines(asked: list[Mapping[str, Any]], answered: tuple[LineItem, ...]) -> Iterator[Difference]:
    if len(asked) != len(answered):
        yield _difference(0, "lines", len(asked), len(answered))
        return
    for number, (wanted, held) in enumerate(zip(asked, answered, strict=True), start=1):
        numbers = (
            ("quantity", wanted.get("Quantity"), held.quantity),
            ("unit_amount", wanted.get("UnitAmount"), held.unit_amount),
            ("discount_rate", wanted.get("DiscountRate"), held.discount_rate),
            ("discount_amount", wanted.get("DiscountAmount"), held.discount_amount),
        )
        for field, confirmed, in_xero in numbers:
            if confirmed is not None and confirmed != (in_xero or Decimal(0)):
                yield _difference(number, field, confirmed, in_xero or Decimal(0))
        texts = (
            ("tax_type", wanted.get("TaxType"), held.tax_type),
            ("account", wanted.get("AccountCode"), held.account_code),
        )
        for field, word, word_in_xero in texts:
            if word is not None and word != word_in_xero:
                yield _difference(number, field, word, word_in_xero)


def _difference(line: int, field: str, confirmed: object, in_xero: object) -> Difference:
    return {"line": line, "field": field, "confirmed": str(confirmed), "in_xero": str(in_xero)}
