"""The Items endpoints: read, created (PUT) and changed (POST), one code for one item."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse

from sandbox.xero import dates, envelopes, gate, problems, reference_api, scopes
from sandbox.xero.models import Entry, new_guid

_LONGEST = {"Code": 30, "Name": 50, "Description": 4000}
_SALES = ("UnitPrice", "AccountCode", "TaxType")


@gate.api("GET", "PUT", "POST", opened_by=scopes.ITEMS)
def collection(request: HttpRequest, call: gate.Call) -> HttpResponse:
    """List the items, create some (PUT), or create and update (POST)."""
    if request.method == "GET":
        return reference_api.respond(request, call, "Items", "")

    def write(element: dict[str, Any]) -> dict[str, Any]:
        known = _find(call, element) if request.method == "POST" else None
        return _create(call, element) if known is None else _change(call, known, element)

    return envelopes.write_elements(request, call, "Items", write, _echo)


@gate.api("GET", "POST", opened_by=scopes.ITEMS)
def single(request: HttpRequest, call: gate.Call, name: str) -> HttpResponse:
    """Give one item by id or code, or change it."""
    if request.method == "GET":
        return reference_api.respond(request, call, "Items", name)
    known = _find(call, {"ItemID": name, "Code": name})
    if known is None:
        raise problems.not_found()

    def write(element: dict[str, Any]) -> dict[str, Any]:
        return _change(call, known, element)

    return envelopes.write_elements(request, call, "Items", write, _echo)


def _rows(call: gate.Call) -> Any:
    return Entry.objects.filter(organisation=call.organisation, resource="Items")


def _find(call: gate.Call, element: dict[str, Any]) -> Entry | None:
    by_id = _rows(call).filter(entry_id=str(element.get("ItemID", "")).lower()).first()
    return by_id or _rows(call).filter(code=str(element.get("Code", ""))).first()


def _create(call: gate.Call, element: dict[str, Any]) -> dict[str, Any]:
    code = element.get("Code")
    if not isinstance(code, str) or not code.strip():
        raise problems.Invalid("Item Code must be specified")
    _check(call, element)
    if _rows(call).filter(code__iexact=code).exists():
        raise problems.Invalid(f"Price List Item with Code '{code}' already exists")
    item_id = new_guid()
    body: dict[str, Any] = {
        "ItemID": item_id,
        "Code": code,
        "PurchaseDetails": {},
        "SalesDetails": {},
        "IsTrackedAsInventory": False,
        "IsSold": True,
        "IsPurchased": False,
    }
    last = _rows(call).order_by("-position").values_list("position", flat=True).first() or 0
    row = Entry(
        organisation=call.organisation,
        resource="Items",
        entry_id=item_id,
        code=code,
        position=last + 1,
    )
    return _store(call, row, body, element)


def _change(call: gate.Call, row: Entry, element: dict[str, Any]) -> dict[str, Any]:
    _check(call, element)
    code = element.get("Code", row.code)
    if _rows(call).filter(code__iexact=code).exclude(pk=row.pk).exists():
        raise problems.Invalid(f"Price List Item with Code '{code}' already exists")
    return _store(call, row, dict(row.body), element)


def _store(
    call: gate.Call, row: Entry, body: dict[str, Any], element: dict[str, Any]
) -> dict[str, Any]:
    body |= {name: element[name] for name in _LONGEST if element.get(name) is not None}
    sales = element.get("SalesDetails") or {}
    said = {name: sales[name] for name in _SALES if sales.get(name) is not None}
    body["SalesDetails"] = {**(body.get("SalesDetails") or {}), **said}
    row.updated_ms = dates.to_ms(call.now)
    body["UpdatedDateUTC"] = dates.write_ms(row.updated_ms)
    row.code, row.body = body["Code"], body
    row.save()
    return body


def _check(call: gate.Call, element: dict[str, Any]) -> None:
    for name, longest in _LONGEST.items():
        if len(str(element.get(name) or "")) > longest:
            raise problems.Invalid(f"The {name} exceeds the maximum length of {longest}")
    sales = element.get("SalesDetails") or {}
    for resource, key, value in (
        ("Accounts", "Code", sales.get("AccountCode")),
        ("TaxRates", "TaxType", sales.get("TaxType")),
    ):
        bodies = Entry.objects.filter(organisation=call.organisation, resource=resource)
        if value and not any(entry.body.get(key) == value for entry in bodies):
            raise problems.Invalid(f"{key} '{value}' is not a valid code for this document.")
    price = sales.get("UnitPrice")
    if price is not None and not isinstance(price, Decimal | int):
        raise problems.bad_post_data("UnitPrice must be a number.")


def _echo(element: dict[str, Any], exc: problems.Invalid) -> dict[str, Any]:
    return element | {"ValidationErrors": [{"Message": message} for message in exc.messages]}
