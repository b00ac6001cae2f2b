"""A deal's lines, discounts and installments (fact sheet §3.4, §3.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Max

from sandbox.core import clock
from sandbox.pipedrive import api, deals, paging, pricing, shapes, validation, webhooks
from sandbox.pipedrive.models import (
    Deal,
    DealDiscount,
    DealInstallment,
    DealProduct,
    Product,
    ProductVariation,
    User,
)

FREQUENCIES = ("one-time", "annually", "semi-annually", "quarterly", "monthly", "weekly")
BODY = {
    "product_id": validation.identifier,
    "item_price": validation.amount,
    "quantity": validation.amount,
    "tax": validation.percent,
    "comments": validation.text(),
    "discount": validation.amount,
    "is_enabled": validation.boolean,
    "tax_method": validation.one_of("exclusive", "inclusive", "none"),
    "discount_type": validation.one_of("percentage", "amount"),
    "product_variation_id": validation.nullable(validation.identifier),
    "billing_frequency": validation.one_of(*FREQUENCIES),
    "billing_frequency_cycles": validation.nullable(validation.identifier),
    "billing_start_date": validation.nullable(validation.calendar_date),
}
REQUIRED = ("product_id", "item_price", "quantity")
LINES = paging.QUERY | {
    "sort_by": validation.one_of("id", "add_time", "update_time", "order_nr"),
}
LINES_OF_MANY = LINES | {
    "deal_ids": validation.parse_ids,
    "sort_by": validation.one_of("id", "deal_id", "add_time", "update_time", "order_nr"),
}
INSTALLMENTS = paging.QUERY | {
    "deal_ids": validation.parse_ids,
    "sort_by": validation.one_of("id", "billing_date", "deal_id"),
}


def list_lines(call: api.Call, number: int) -> api.Found:
    """The lines of one deal, disabled ones too."""
    rows = DealProduct.objects.filter(deal=deals.find(call.user, number)).select_related("deal")
    return _lines(rows, call)


def list_lines_of_many(call: api.Call) -> api.Found:
    """The lines of up to 100 deals; deals this user may not see are skipped."""
    seen = Deal.objects.visible_to_user(call.user).filter(number__in=call.query["deal_ids"])
    rows = DealProduct.objects.filter(deal__in=seen).select_related("deal")
    return _lines(rows, call)


def _lines(rows: Any, call: api.Call) -> api.Found:
    found, cursor = paging.page(rows, call.query)
    return api.page_of([_shape(row) for row in found], cursor)


def _shape(row: DealProduct) -> dict[str, Any]:
    return shapes.deal_product(row, pricing.line_sum(row))


def add(call: api.Call, number: int) -> api.Found:
    """Attach a product to a deal."""
    with transaction.atomic():
        deal = _editable(call.user, number)
        line = add_line(deal, call.body, now=clock.now())
    return api.Found(_shape(line), status=201)


def change(call: api.Call, number: int, line_number: int) -> api.Found:
    """Change a line; its tax method is then the method of all lines of the deal (§3.4)."""
    with transaction.atomic():
        line = find_line(_editable(call.user, number), line_number)
        change_line(line, call.body, now=clock.now())
    return api.Found(_shape(line))


def remove(call: api.Call, number: int, line_number: int) -> api.Found:
    """Take a line off a deal."""
    with transaction.atomic():
        remove_line(find_line(_editable(call.user, number), line_number), now=clock.now())
    return api.Found({"id": line_number})


def add_line(deal: Deal, values: dict[str, Any], *, now: datetime) -> DealProduct:
    """Attach a product, checked values given.

    :raises validation.Invalid: the product or its variation is not there
    """
    product = _product(deal, values["product_id"])
    last = deal.lines.aggregate(last=Max("order_nr"))["last"] or 0
    method = deal.lines.values_list("tax_method", flat=True).first()
    line = DealProduct(
        deal=deal,
        number=pricing.next_line_number(deal),
        name=product.name,
        order_nr=last + 1,
        tax=product.tax,
        tax_method=method or "exclusive",
        billing_frequency=product.billing_frequency,
        add_time=now,
    )
    _write(line, values, product, now)
    return line


def change_line(line: DealProduct, values: dict[str, Any], *, now: datetime) -> None:
    """Change a line, checked values given.

    :raises validation.Invalid: the product or its variation is not there
    """
    product = _product(line.deal, values["product_id"]) if "product_id" in values else None
    if product is not None:
        line.name = product.name
    _write(line, values, product, now)


def remove_line(line: DealProduct, *, now: datetime) -> None:
    """Take a line off its deal."""
    deal = line.deal
    line.delete()
    recount(deal, now=now)


def recount(deal: Deal, *, now: datetime) -> None:
    """Bring the deal's value in line with its lines; without lines the value stays."""
    before = webhooks.picture(deal)
    if deal.lines.exists():
        deal.value = pricing.deal_value(deal)
    deal.update_time = now
    deal.save(update_fields=["value", "update_time"])
    webhooks.announce(deal, before)


def _write(
    line: DealProduct, values: dict[str, Any], product: Product | None, now: datetime
) -> None:
    given = {key: value for key, value in values.items() if key != "product_variation_id"}
    line.product_number = given.pop("product_id", line.product_number)
    if "product_variation_id" in values:
        line.variation_number = values["product_variation_id"]
        _check_variation(line)
    for name, value in given.items():
        setattr(line, name, value)
    line.update_time = now
    line.save()
    if "tax_method" in given:
        line.deal.lines.update(tax_method=given["tax_method"])
    recount(line.deal, now=now)


def _check_variation(line: DealProduct) -> None:
    if (
        line.variation_number is not None
        and not ProductVariation.objects.filter(
            product__company=line.deal.company_id,
            product__number=line.product_number,
            number=line.variation_number,
        ).exists()
    ):
        raise validation.Invalid("product_variation_id", "Product variation not found")


def _product(deal: Deal, number: int) -> Product:
    product = Product.objects.filter(
        company=deal.company_id, number=number, is_deleted=False
    ).first()
    if product is None:
        raise validation.Invalid("product_id", "Product not found")
    return product


def _editable(user: User, number: int) -> Deal:
    deal = deals.find(user, number)
    if deal.is_archived or deal.is_deleted:
        raise api.Refused(400, "Archived or deleted deals cannot be updated")
    return deal


def find_line(deal: Deal, line_number: int) -> DealProduct:
    """A line of a deal by its attachment id.

    :raises api.Refused: 404, the deal has no such line
    """
    line = deal.lines.select_related("deal").filter(number=line_number).first()
    if line is None:
        raise api.not_found("Deal product")
    return line


def list_discounts(call: api.Call, number: int) -> api.Found:
    """The discounts on one deal; this list has no pages (§2)."""
    deal = deals.find(call.user, number)
    return api.Found([shapes.discount(row) for row in deal.discounts.select_related("deal")])


def add_discount(call: api.Call, number: int) -> api.Found:
    """Put a discount on a deal; its value falls."""
    with transaction.atomic():
        deal, now = _editable(call.user, number), clock.now()
        row = DealDiscount.objects.create(
            id=uuid4(),
            deal=deal,
            description=call.body["description"],
            kind=call.body["type"],
            amount=call.body["amount"],
            created_at=now,
            created_by=call.user,
        )
        recount(deal, now=now)
    return api.Found(shapes.discount(row), status=201)


def list_installments(call: api.Call) -> api.Found:
    """The installments of up to 100 deals."""
    seen = Deal.objects.visible_to_user(call.user).filter(number__in=call.query["deal_ids"])
    rows = DealInstallment.objects.filter(deal__in=seen).select_related("deal")
    found, cursor = paging.page(rows, call.query)
    return api.page_of([shapes.installment(row) for row in found], cursor)


READ = ("deals:read", "deals:full", "products:read", "products:full")
FULL = ("deals:full", "products:full")
DEALS = ("deals:read", "deals:full")
views = {
    "lines": api.view(
        GET=api.Route(list_lines, READ, 10, LINES),
        POST=api.Route(add, FULL, 5, body=BODY, body_required=REQUIRED),
    ),
    "line": api.view(
        PATCH=api.Route(change, FULL, 5, body=BODY),
        DELETE=api.Route(remove, FULL, 3),
    ),
    "lines_of_many": api.view(
        GET=api.Route(list_lines_of_many, READ, 10, LINES_OF_MANY, query_required=("deal_ids",))
    ),
    "discounts": api.view(
        GET=api.Route(list_discounts, DEALS, 10),
        POST=api.Route(
            add_discount,
            ("deals:full",),
            5,
            body={
                "description": validation.text(255, least=1),
                "amount": validation.positive,
                "type": validation.one_of("percentage", "amount"),
            },
            body_required=("description", "amount", "type"),
        ),
    ),
    "installments": api.view(
        GET=api.Route(list_installments, DEALS, 10, INSTALLMENTS, query_required=("deal_ids",))
    ),
}
