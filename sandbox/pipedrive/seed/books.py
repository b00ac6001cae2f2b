"""A short way to write a company's invented data down."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.core import clock
from sandbox.pipedrive import pricing
from sandbox.pipedrive.models import (
    Company,
    Currency,
    Deal,
    DealDiscount,
    DealInstallment,
    DealProduct,
    Field,
    Note,
    Organization,
    Person,
    Product,
    ProductVariation,
    User,
)
from sandbox.pipedrive.seed import builtin_fields
from sandbox.pipedrive.wire import storable

CustomFields = dict[str, list[tuple[str, str, list[str] | None]]]

CURRENCIES = {
    "GBP": ("British Pound", "£"),
    "EUR": ("Euro", "€"),
    "USD": ("US Dollar", "$"),
    "TRY": ("Turkish Lira", "₺"),
    "NZD": ("New Zealand Dollar", "NZ$"),
}


class Books:
    """Adds rows to one company; numbers are given, or follow the order of the calls."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.now = clock.now().replace(microsecond=0)
        self._last_line = 0
        self._last_installment = 0

    def code(self, entity: str, name: str) -> str:
        """The 40-hex code of a custom field: fixed, and different in every company."""
        return hashlib.sha256(f"{self.company.pk}/{entity}/{name}".encode()).hexdigest()[:40]

    def custom(self, entity: str, **values: Any) -> dict[str, Any]:
        """Custom values under their codes; field names are written with underscores."""
        return {self.code(entity, name.replace("_", " ")): v for name, v in values.items()}

    def add_fields(self, custom: CustomFields) -> None:
        """Add the built-in fields and these custom ones: (name, type, option labels)."""
        for entity, builtin in builtin_fields.FIELDS.items():
            for code, name, kind, options in builtin:
                self._field(entity, code, name, kind, options, is_custom=False)
            for name, kind, labels in custom.get(entity, []):
                made = [{"id": n, "label": text} for n, text in enumerate(labels or (), start=1)]
                self._field(
                    entity, self.code(entity, name), name, kind, made or None, is_custom=True
                )

    def _field(
        self, entity: str, code: str, name: str, kind: str, options: Any, *, is_custom: bool
    ) -> None:
        Field.objects.create(
            company=self.company,
            entity=entity,
            code=code,
            name=name,
            field_type=kind,
            options=options,
            is_custom=is_custom,
        )

    def add_currencies(self, *codes: str, custom: tuple[str, str, str] | None = None) -> None:
        """Add known currencies, and perhaps a custom one: (code, name, symbol)."""
        named = [(code, *CURRENCIES[code], False) for code in codes]
        if custom:
            named.append((*custom, True))
        for number, (code, name, symbol, is_custom) in enumerate(named, start=1):
            Currency.objects.create(
                company=self.company,
                number=number,
                code=code,
                name=name,
                symbol=symbol,
                is_custom=is_custom,
            )

    def organization(self, number: int, name: str, owner: User, **values: Any) -> Organization:
        """Add an organization."""
        times = self._times(400 - number)
        return Organization.objects.create(
            company=self.company, number=number, name=name, owner=owner, **times | values
        )

    def person(
        self,
        number: int,
        first_name: str,
        last_name: str,
        owner: User,
        *emails: str,
        primary: int = 0,
        **values: Any,
    ) -> Person:
        """Add a person; `primary` says which of the e-mail addresses comes first in life."""
        listed = [
            {"value": email, "primary": place == primary, "label": "work" if place == 0 else "home"}
            for place, email in enumerate(emails)
        ]
        return Person.objects.create(
            company=self.company,
            number=number,
            first_name=first_name,
            last_name=last_name,
            owner=owner,
            emails=listed,
            **self._times(390 - number) | values,
        )

    def product(
        self, number: int, code: str, name: str, owner: User, tax: str, **prices: str
    ) -> Product:
        """Add a product with prices by currency."""
        return Product.objects.create(
            company=self.company,
            number=number,
            code=code,
            name=name,
            owner=owner,
            tax=Decimal(tax),
            prices=price_list(prices),
            **self._times(420 - number),
        )

    def variation(self, number: int, product: Product, name: str, **prices: str) -> None:
        """Add a variation of a product."""
        ProductVariation.objects.create(
            product=product, number=number, name=name, prices=price_list(prices)
        )

    def deal(
        self,
        number: int,
        title: str,
        owner: User,
        currency: str,
        *,
        days_ago: int,
        status: str = "open",
        lines: Sequence[dict[str, Any]] = (),
        discounts: Sequence[tuple[str, str, str]] = (),
        installments: Sequence[tuple[str, str, int]] = (),
        note: str = "",
        **values: Any,
    ) -> Deal:
        """Add a deal with its lines, discounts (text, kind, amount), installments and a note."""
        times = self._times(days_ago)
        closed = times["update_time"] if status in ("won", "lost") else None
        deal = Deal.objects.create(
            company=self.company,
            number=number,
            title=title,
            owner=owner,
            creator=owner,
            currency=currency,
            status=status,
            is_deleted=status == "deleted",
            stage_change_time=times["add_time"],
            won_time=closed if status == "won" else None,
            lost_time=closed if status == "lost" else None,
            close_time=closed,
            **times | values,
        )
        self._attach(deal, lines, discounts, installments)
        if note:
            Note.objects.create(
                company=self.company,
                number=number,
                user=owner,
                content=note,
                deal=deal,
                **self._times(days_ago),
            )
        return deal

    def _attach(
        self,
        deal: Deal,
        lines: Sequence[dict[str, Any]],
        discounts: Sequence[tuple[str, str, str]],
        installments: Sequence[tuple[str, str, int]],
    ) -> None:
        for order, line in enumerate(lines, start=1):
            self._last_line += 1
            DealProduct.objects.create(
                deal=deal,
                number=self._last_line,
                order_nr=order,
                add_time=deal.add_time,
                update_time=deal.update_time,
                **line,
            )
        for order, (text, kind, amount) in enumerate(discounts):
            DealDiscount.objects.create(
                id=uuid5(NAMESPACE_URL, f"{self.company.pk}/{deal.number}/discount/{order}"),
                deal=deal,
                description=text,
                kind=kind,
                amount=Decimal(amount),
                created_at=deal.add_time,
                created_by=deal.owner,
            )
        for text, amount, in_days in installments:
            self._last_installment += 1
            DealInstallment.objects.create(
                deal=deal,
                number=self._last_installment,
                description=text,
                amount=Decimal(amount),
                billing_date=self.today() + timedelta(days=in_days),
            )
        if lines:
            deal.value = pricing.deal_value(deal)
            deal.save(update_fields=["value"])

    def today(self) -> date:
        """The day the data is made."""
        return self.now.date()

    def _times(self, days_ago: int) -> dict[str, Any]:
        then = self.now - timedelta(days=days_ago)
        return {"add_time": then - timedelta(days=9), "update_time": then}


def price_list(prices: dict[str, str]) -> list[dict[str, Any]]:
    """Prices as the API holds them."""
    return [
        {
            "price": storable(Decimal(price)),
            "currency": currency,
            "cost": 0,
            "direct_cost": None,
            "notes": "",
        }
        for currency, price in prices.items()
    ]


def line(
    product: Product, quantity: str, price: str, tax: str = "20", **values: Any
) -> dict[str, Any]:
    """A deal line; the tax is added to the price unless `tax_method` says otherwise."""
    return {
        "product_number": product.number,
        "name": product.name,
        "quantity": Decimal(quantity),
        "item_price": Decimal(price),
        "tax": Decimal(tax),
        "tax_method": "exclusive",
    } | values


def address(street: str, city: str, postal_code: str, country: str, **more: str) -> dict[str, Any]:
    """An address that was looked up on a map, so that all its parts are known."""
    number, _, route = street.partition(" ")
    whole = f"{street}, {city} {postal_code}, {country}"
    return {
        "value": whole,
        "street_number": number,
        "route": route,
        "locality": city,
        "postal_code": postal_code,
        "country": country,
        "formatted_address": whole,
    } | more
