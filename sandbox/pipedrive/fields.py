"""Field definitions of the four entities, and new deal fields (fact sheet §3.7)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from sandbox.pipedrive import api, paging, shapes, validation
from sandbox.pipedrive.models import Field, User

CREATABLE = (
    "varchar",
    "varchar_auto",
    "text",
    "double",
    "monetary",
    "phone",
    "date",
    "daterange",
    "time",
    "timerange",
    "set",
    "enum",
    "address",
    "org",
    "people",
    "user",
)
INCLUDABLE = validation.parse_words("ui_visibility", "important_fields", "required_fields")
LIST: dict[str, validation.Checker] = {
    "limit": validation.parse_limit(500),
    "cursor": str,
    "include_fields": INCLUDABLE,
}
NEW = {
    "field_name": validation.text(255, least=1),
    "field_type": validation.one_of(*CREATABLE),
    "options": validation.list_of(validation.mapping),
    "description": validation.nullable(validation.text()),
    "ui_visibility": validation.mapping,
    "important_fields": validation.mapping,
    "required_fields": validation.mapping,
}


def _list(entity: str) -> Callable[[api.Call], api.Found]:
    def list_fields(call: api.Call) -> api.Found:
        rows = Field.objects.filter(company=call.user.company_id, entity=entity)
        found, cursor = paging.page(rows, call.query, id_column="pk")
        include = call.query.get("include_fields", ())
        return api.page_of([shapes.field(row, include) for row in found], cursor)

    return list_fields


def _get(entity: str) -> Callable[..., api.Found]:
    def get_field(call: api.Call, code: str) -> api.Found:
        rows = Field.objects.filter(company=call.user.company_id, entity=entity, code=code)
        row = rows.first()
        if row is None:
            raise api.not_found("Field")
        return api.Found(shapes.field(row, call.query.get("include_fields", ())))

    return get_field


def _create(call: api.Call) -> api.Found:
    if not call.user.is_admin:
        raise api.Refused(403, "You do not have permission to add custom fields")
    row = create(
        user=call.user,
        entity="deal",
        name=call.body["field_name"],
        field_type=call.body["field_type"],
        labels=_labels(call.body),
        description=call.body.get("description"),
    )
    return api.Found(shapes.field(row))


def create(
    *,
    user: User,
    entity: str,
    name: str,
    field_type: str,
    labels: list[str] | None,
    description: str | None = None,
) -> Field:
    """Make a custom field with a code of its own."""
    options = [{"id": n, "label": text} for n, text in enumerate(labels or (), start=1)]
    return Field.objects.create(
        company_id=user.company_id,
        entity=entity,
        code=secrets.token_hex(20),
        name=name,
        field_type=field_type,
        options=options or None,
        description=description,
        is_custom=True,
    )


def delete(*, company_id: int, entity: str, code: str) -> bool:
    """Delete a custom field; built-in ones stay. Returns whether there was one."""
    rows = Field.objects.filter(company=company_id, entity=entity, code=code, is_custom=True)
    return rows.delete()[0] > 0


def _labels(body: dict[str, Any]) -> list[str] | None:
    has_options = body["field_type"] in ("enum", "set")
    if has_options != bool(body.get("options")):
        problem = "Required" if has_options else "Options are for enum and set only"
        raise validation.Invalid("options", problem)
    if not has_options:
        return None
    labels = [option.get("label") for option in body["options"]]
    if not all(isinstance(label, str) and label for label in labels):
        raise validation.Invalid("options", "label is required")
    return labels


def _views(entity: str, scopes: tuple[str, ...], **more: api.Route) -> dict[str, Any]:
    one = {"include_fields": INCLUDABLE}
    views: dict[str, Callable[..., HttpResponse]] = {
        "list": api.view(GET=api.Route(_list(entity), scopes, 10, LIST), **more),
        "one": api.view(GET=api.Route(_get(entity), scopes, 1, one)),
    }
    return views


CONTACTS = ("contacts:read", "contacts:full", "contact-fields:full", "admin")
views = {
    "deal": _views(
        "deal",
        ("deals:read", "deals:full", "deal-fields:full", "admin"),
        POST=api.Route(
            _create,
            ("deal-fields:full", "admin"),
            5,
            body=NEW,
            body_required=("field_name", "field_type"),
        ),
    ),
    "person": _views("person", CONTACTS),
    "organization": _views("organization", CONTACTS),
    "product": _views("product", ("products:read", "products:full", "product-fields:full")),
}
