"""The product catalogue, read only (fact sheet §3.6)."""

from __future__ import annotations

from sandbox.pipedrive import api, custom_fields, paging, shapes, validation
from sandbox.pipedrive.models import Product, ProductVariation, User

LIST = paging.QUERY | {
    "filter_id": validation.parse_integer,
    "ids": validation.parse_ids,
    "owner_id": validation.parse_integer,
    "updated_since": validation.instant,
    "custom_fields": validation.parse_codes,
    "sort_by": validation.one_of("id", "name", "add_time", "update_time"),
}
FILTERS = {"ids": "number__in", "owner_id": "owner", "updated_since": "update_time__gte"}
VARIATIONS = {key: paging.QUERY[key] for key in ("limit", "cursor")}


def list_all(call: api.Call) -> api.Found:
    """Products that are not deleted. The catalogue is open to every user."""
    if "filter_id" in call.query:
        raise api.not_found("Filter")
    chosen = {FILTERS[key]: value for key, value in call.query.items() if key in FILTERS}
    rows = Product.objects.filter(company=call.user.company_id, is_deleted=False, **chosen)
    found, cursor = paging.page(rows, call.query)
    custom = custom_fields.Written(call.user.company_id, "product", call.query)
    return api.page_of([shapes.product(row, custom) for row in found], cursor)


def get_one(call: api.Call, number: int) -> api.Found:
    """One product; a deleted one is gone (§3.6), though deals may still hold it."""
    custom = custom_fields.Written(call.user.company_id, "product", call.query)
    return api.Found(shapes.product(_find(call.user, number), custom))


def list_variations(call: api.Call, number: int) -> api.Found:
    """The variations of one product."""
    product = _find(call.user, number)
    rows = ProductVariation.objects.filter(product=product).select_related("product")
    found, cursor = paging.page(rows, call.query)
    return api.page_of([shapes.variation(row) for row in found], cursor)


def _find(user: User, number: int) -> Product:
    rows = Product.objects.filter(company=user.company_id, number=number, is_deleted=False)
    product = rows.first()
    if product is None:
        raise api.not_found("Product")
    return product


READ = ("products:read", "products:full")
views = {
    "list": api.view(GET=api.Route(list_all, READ, 10, LIST)),
    "one": api.view(GET=api.Route(get_one, READ, 1)),
    "variations": api.view(GET=api.Route(list_variations, READ, 10, VARIATIONS)),
}
