"""Search over deals, persons, organizations and products (fact sheet §3.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.pipedrive import api, contacts, paging, validation
from sandbox.pipedrive.models import Deal, Organization, Person, Product, User
from sandbox.pipedrive.wire import number

TYPES = ("deal", "person", "organization", "product")
OTHER_TYPES = ("lead", "file", "mail_attachment", "project")
FIELDS = {
    "deal": ("custom_fields", "notes", "title"),
    "person": ("custom_fields", "email", "notes", "phone", "name"),
    "organization": ("address", "custom_fields", "notes", "name"),
    "product": ("code", "custom_fields", "name"),
}
COMMON: dict[str, validation.Checker] = {
    "term": str,
    "exact_match": validation.parse_boolean,
    "limit": validation.parse_limit(100),
    "cursor": str,
}
ITEM_SEARCH = COMMON | {
    "item_types": validation.parse_words(*TYPES, *OTHER_TYPES),
    "fields": validation.parse_words(
        *sorted({field for fields in FIELDS.values() for field in fields} | {"description"})
    ),
    "search_for_related_items": validation.parse_boolean,
    "include_fields": validation.parse_words("deal.cc_email", "person.picture", "product.price"),
}
ENTITY_QUERIES: dict[str, dict[str, validation.Checker]] = {
    "deal": {
        "person_id": validation.parse_integer,
        "organization_id": validation.parse_integer,
        "status": validation.one_of("open", "won", "lost"),
        "include_fields": validation.parse_words("deal.cc_email"),
    },
    "person": {
        "organization_id": validation.parse_integer,
        "include_fields": validation.parse_words("person.picture"),
    },
    "organization": {},
    "product": {"include_fields": validation.parse_words("product.price")},
}


def search_items(call: api.Call) -> api.Found:
    """Search every kind of item, or those asked for."""
    found: list[dict[str, Any]] = []
    for entity in call.query.get("item_types", TYPES):
        if entity in TYPES:
            found += _matches(call, entity)
    return _answer(call, found)


def _search(entity: str) -> Callable[[api.Call], api.Found]:
    return lambda call: _answer(call, _matches(call, entity))


def _answer(call: api.Call, found: list[dict[str, Any]]) -> api.Found:
    found.sort(key=lambda hit: -hit["result_score"])
    items, cursor = paging.cut(found, call.query)
    data = {"items": items}
    if call.query.get("search_for_related_items"):
        data["related_items"] = []
    return api.Found(data, {"additional_data": {"next_cursor": cursor}})


def _matches(call: api.Call, entity: str) -> list[dict[str, Any]]:
    term = _fold(call.query["term"].strip())
    is_exact = call.query.get("exact_match", False)
    if len(term) < (1 if is_exact else 2):
        raise validation.Invalid("term", "String must contain at least 2 character(s)")
    fields = call.query.get("fields", FIELDS[entity])
    hits = []
    for item, texts in ITEMS[entity](call.user, call.query):
        words = [_fold(text) for name in fields for text in texts.get(name, ())]
        if any(word == term if is_exact else term in word for word in words):
            score = max(_score(word, term) for word in words)
            hits.append({"result_score": score, "item": item})
    return hits


Texts = dict[str, list[str]]


def _score(word: str, term: str) -> float:
    if word == term:
        return 1.2
    if word.startswith(term):
        return 0.8
    return 0.3 if term in word else 0


def _fold(text: str) -> str:
    """Lower case in which the four Turkish letters i are one, as the search index has it."""
    return text.replace("İ", "i").replace("ı", "i").casefold()


def _deals(user: User, query: dict[str, Any]) -> Iterable[tuple[dict[str, Any], Texts]]:
    rows = Deal.objects.visible_to_user(user).filter(is_deleted=False)
    rows = _narrow(rows, query, person_id="person__number", organization_id="organization__number")
    rows = _narrow(rows, query, status="status")
    for row in rows.select_related("person", "organization").prefetch_related("notes"):
        notes = [note.content for note in row.notes.all()]
        person, organization = row.person, row.organization
        item = {
            "id": row.number,
            "type": "deal",
            "title": row.title,
            "value": number(row.value),
            "currency": row.currency,
            "status": row.status,
            "visible_to": row.visible_to,
            "owner": {"id": row.owner_id},
            "stage": {"id": row.stage_id, "name": f"Stage {row.stage_id}"},
            "person": person and {"id": person.number, "name": person.name},
            "organization": organization and _short(organization),
            "custom_fields": _custom(row),
            "notes": notes,
            "is_archived": row.is_archived,
        }
        yield item, {"title": [row.title], "custom_fields": _custom(row), "notes": notes}


def _persons(user: User, query: dict[str, Any]) -> Iterable[tuple[dict[str, Any], Texts]]:
    rows = contacts.persons(user).filter(is_deleted=False)
    for row in _narrow(rows, query, organization_id="organization__number"):
        emails = [entry["value"] for entry in row.emails if entry["value"]]
        phones = [entry["value"] for entry in row.phones if entry["value"]]
        item = {
            "id": row.number,
            "type": "person",
            "name": row.name,
            "phones": phones,
            "emails": emails,
            "visible_to": row.visible_to,
            "owner": {"id": row.owner_id},
            "organization": row.organization and _short(row.organization),
            "custom_fields": _custom(row),
            "notes": [],
        }
        yield (
            item,
            {"name": [row.name], "email": emails, "phone": phones}
            | {"custom_fields": _custom(row)},
        )


def _organizations(user: User, query: dict[str, Any]) -> Iterable[tuple[dict[str, Any], Texts]]:
    for row in contacts.organizations(user).filter(is_deleted=False):
        address = _address(row)
        item = {
            "id": row.number,
            "type": "organization",
            "name": row.name,
            "address": address,
            "visible_to": row.visible_to,
            "owner": {"id": row.owner_id},
            "custom_fields": _custom(row),
            "notes": [],
        }
        texts = {"name": [row.name], "custom_fields": _custom(row)}
        yield item, texts | {"address": [address] if address else []}


def _products(user: User, query: dict[str, Any]) -> Iterable[tuple[dict[str, Any], Texts]]:
    for row in Product.objects.filter(company=user.company_id, is_deleted=False):
        item = {
            "id": row.number,
            "type": "product",
            "name": row.name,
            "code": row.code,
            "visible_to": row.visible_to,
            "owner": {"id": row.owner_id},
            "custom_fields": _custom(row),
        }
        yield item, {"name": [row.name], "code": [row.code], "custom_fields": _custom(row)}


def _narrow(rows: Any, query: dict[str, Any], **columns: str) -> Any:
    return rows.filter(**{columns[key]: query[key] for key in columns if key in query})


def _short(row: Organization) -> dict[str, Any]:
    return {"id": row.number, "name": row.name}


def _address(row: Organization) -> str | None:
    return row.address["value"] if row.address else None


def _custom(row: Deal | Person | Organization | Product) -> list[str]:
    return [value for value in row.custom_fields.values() if isinstance(value, str)]


ITEMS = {
    "deal": _deals,
    "person": _persons,
    "organization": _organizations,
    "product": _products,
}


def _view(entity: str, *scopes: str) -> Any:
    query = COMMON | ENTITY_QUERIES[entity] | {"fields": validation.parse_words(*FIELDS[entity])}
    return api.view(
        GET=api.Route(
            _search(entity),
            (*scopes, "search:read"),
            20,
            query,
            query_required=("term",),
            is_search=True,
        )
    )


views = {
    "items": api.view(
        GET=api.Route(
            search_items,
            ("search:read",),
            20,
            ITEM_SEARCH,
            query_required=("term",),
            is_search=True,
        )
    ),
    "deals": _view("deal", "deals:read", "deals:full"),
    "persons": _view("person", "contacts:read", "contacts:full"),
    "organizations": _view("organization", "contacts:read", "contacts:full"),
    "products": _view("product", "products:read", "products:full"),
}
