"""Products for the Invoice tab, which are Xero's items (contract §3.5)."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from connections import errors
from connections.models import XeroConnection
from connections.xero.drafts import ItemFields
from invoices import line_fields
from invoices.models import Operation
from invoices.native import answers, door, listing, running, storing
from invoices.native.door import Call
from invoices.native.failures import invalid, not_found
from invoices.native.reading import Fields
from mappings import queries, reference
from mappings.models import ReferenceList, XeroItem

MOST = 50
MAX_NAME, MAX_CODE, MAX_DESCRIPTION = 50, 30, 4000
_LONGEST_ID = 64


def get_one(call: Call, product_id: str) -> dict[str, Any]:
    """getProduct: of the copied list, else as Xero has it now."""
    return _show(_find(call, product_id), call.connection)


def search(call: Call) -> list[dict[str, Any]]:
    """getSearchProducts: by part of the name, or by the very code when that is forced."""
    listing.copy_missing(call)
    said = Fields(call.query.dict())
    rows = XeroItem.objects.for_company(call.company).filter(
        connection=call.connection, is_sold=True
    )
    if said.text("forceCodeSearch", longest=16).lower() == "true":
        rows = rows.filter(code__iexact=said.text("code", longest=255, is_needed=True))
    else:
        # Letter case and accents do not count, Turkish ones included.
        rows = queries.items_named(rows, said.text("name", longest=255))
    return [_show(row, call.connection) for row in rows.order_by("code")[:MOST]]


def create(call: Call) -> dict[str, Any]:
    """postProduct: an item in Xero. Without a code it gets one: Xero knows an item by it."""
    key = running.fingerprint(call.company, "postProduct", call.body)
    operation = running.find(call.company, key, now=call.now)
    if operation is None:
        connection = call.check_may_write()
        fields = _read(call, is_new=True)
        code = fields.code or ""
        if code and _is_taken(call, code):
            raise Fields(call.body).wrong("code", _("Xero has an item with this code already."))
        operation = running.record(
            call.company,
            key,
            lambda: _record(call, connection, Operation.Kind.CREATE_ITEM, fields),
            now=call.now,
        )
    return _carry_out(call, operation)


def change(call: Call, product_id: str) -> dict[str, Any]:
    """putProduct: what is said of an item; what is left out stays."""
    connection = call.check_may_write()
    item = _find(call, product_id)
    # The same words later mean the same change anew: others may have changed it back.
    key = running.fingerprint(call.company, f"putProduct:{item.xero_item_id}", call.body)
    operation = running.find(call.company, key, keeps_done=False, now=call.now)
    if operation is None:
        fields = _read(call, is_new=False, item=item)
        operation = running.record(
            call.company,
            key,
            lambda: _record(call, connection, Operation.Kind.UPDATE_ITEM, fields),
            keeps_done=False,
            now=call.now,
        )
    return _carry_out(call, operation)


def _carry_out(call: Call, operation: Operation) -> dict[str, Any]:
    done = running.carry_out(operation, runtime=call.runtime)
    return _show(_find(call, done.summary["xero_item_id"]), call.connection)


def _find(call: Call, product_id: str) -> XeroItem:
    wanted = door.read_id(product_id)
    rows = XeroItem.objects.for_company(call.company).filter(
        connection=call.connection, xero_item_id=wanted
    )
    found: XeroItem | None = rows.first()
    if found is None:
        item = door.ask_xero(call, lambda xero: xero.get_item(str(wanted)))
        reference.store_one(call.connection, ReferenceList.Kind.ITEMS, item)
        found = rows.first()
    if found is None:
        # Xero answered with another one than was asked for: what looked like an id was a code.
        raise not_found()
    return found


def _is_taken(call: Call, code: str) -> bool:
    """Whether Xero has an item of this code now; only then may who has it later be ours."""

    def ask(xero: Any) -> bool:
        try:
            return bool(xero.get_item(code).code.casefold() == code.casefold())
        except errors.NotFound:
            return False

    return bool(door.ask_xero(call, ask))


def _read(call: Call, *, is_new: bool, item: XeroItem | None = None) -> ItemFields:
    listing.copy_missing(call)
    said, lists = Fields(call.body), queries.lists_for(call.connection)
    currency = said.text("currency", longest=_LONGEST_ID)
    if currency and currency != call.connection.base_currency:
        raise said.wrong(
            "currency",
            _("Xero keeps prices of items in %(currency)s.")
            % {"currency": call.connection.base_currency},
        )
    account = said.text("accountId", longest=_LONGEST_ID)
    if account and account not in {each.code for each in lists.accounts}:
        raise said.unknown("accountId")
    rate = said.text("taxRateId", longest=_LONGEST_ID)
    if rate and rate not in {each.tax_type for each in lists.tax_rates}:
        raise said.unknown("taxRateId")
    code = said.text("code", longest=MAX_CODE)
    if "/" in code or "?" in code:
        raise said.wrong("code", _("A code takes no slash and no question mark."))
    name = said.text("name", longest=MAX_NAME, is_needed=is_new)
    description = said.text("description", longest=MAX_DESCRIPTION, has_lines=True)
    return ItemFields(
        # An item is changed by its id, and Xero wants its code beside it.
        code=code or (item.code if item else None),
        name=name or None,
        description=description if said.has("description") else None,
        unit_price=said.number("unitPrice", least=Decimal(0), most=line_fields.MAX_UNIT_PRICE),
        account_code=account or None,
        tax_type=rate or None,
        item_id=str(item.xero_item_id) if item else None,
    )


def _record(call: Call, connection: XeroConnection, kind: str, fields: ItemFields) -> Operation:
    operation_id = uuid.uuid4()
    if fields.code is None:
        fields = _with_code(fields, f"IB-{operation_id.hex[:16].upper()}")
    if not (fields.name or fields.item_id):
        raise invalid(_("%(field)s is missing.") % {"field": "name"})
    return storing.store(
        call,
        connection,
        kind,
        event=f"item.{kind}.requested",
        operation_id=operation_id,
        body=fields.to_json(),
        summary={"xero_item_id": fields.item_id} if fields.item_id else {},
    )


def _with_code(fields: ItemFields, code: str) -> ItemFields:
    return ItemFields(
        code=code,
        name=fields.name,
        description=fields.description,
        unit_price=fields.unit_price,
        account_code=fields.account_code,
        tax_type=fields.tax_type,
    )


def _show(row: XeroItem, connection: XeroConnection) -> dict[str, Any]:
    has_price = row.unit_price is not None
    optional = {
        "description": row.description,
        "code": row.code,
        "accountId": row.account_code,
        "taxRateId": row.tax_type,
        "unitPrice": row.unit_price,
        "currency": connection.base_currency if has_price else None,
    }
    return {
        "id": str(row.xero_item_id),
        "name": row.name or row.code,
        **answers.without_empty(optional),
    }
