"""Organizations and persons, read only (fact sheet §3.2, §3.3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from sandbox.pipedrive import api, custom_fields, paging, shapes, validation, webhooks
from sandbox.pipedrive.models import Organization, Person, User
from sandbox.pipedrive.wire import storable

COUNTS = (
    "activities_count",
    "closed_deals_count",
    "done_activities_count",
    "email_messages_count",
    "files_count",
    "followers_count",
    "lost_deals_count",
    "notes_count",
    "open_deals_count",
    "people_count",
    "participant_closed_deals_count",
    "participant_open_deals_count",
    "related_closed_deals_count",
    "related_lost_deals_count",
    "related_open_deals_count",
    "related_won_deals_count",
    "undone_activities_count",
    "won_deals_count",
)
STATUSES = {
    "open_deals_count": ("open",),
    "closed_deals_count": ("won", "lost"),
    "won_deals_count": ("won",),
    "lost_deals_count": ("lost",),
}
ONE = {
    "include_fields": validation.parse_words(
        *COUNTS,
        "doi_status",
        "last_activity_id",
        "last_incoming_mail_time",
        "last_outgoing_mail_time",
        "marketing_status",
        "next_activity_id",
        "smart_bcc_email",
    ),
    "custom_fields": validation.parse_codes,
    "include_option_labels": validation.parse_boolean,
    "include_labels": validation.parse_boolean,
}
LIST = (
    paging.QUERY
    | ONE
    | {
        "filter_id": validation.parse_integer,
        "ids": validation.parse_ids,
        "owner_id": validation.parse_integer,
        "updated_since": validation.instant,
        "updated_until": validation.instant,
    }
)
LIST_PERSONS = LIST | {
    "org_id": validation.parse_integer,
    "deal_id": validation.parse_integer,
}
FILTERS = {
    "ids": "number__in",
    "owner_id": "owner",
    "org_id": "organization__number",
    "deal_id": "deal__number",
    "updated_since": "update_time__gte",
    "updated_until": "update_time__lt",
}


def list_organizations(call: api.Call) -> api.Found:
    """Organizations that are not deleted."""
    return _list(call, organizations(call.user), "organization", shapes.organization)


def get_organization(call: api.Call, number: int) -> api.Found:
    """One organization."""
    return _one(call, organizations(call.user), number, "organization", shapes.organization)


def list_persons(call: api.Call) -> api.Found:
    """Persons that are not deleted."""
    return _list(call, persons(call.user), "person", shapes.person)


def get_person(call: api.Call, number: int) -> api.Found:
    """One person."""
    return _one(call, persons(call.user), number, "person", shapes.person)


def organizations(user: User) -> QuerySet[Organization]:
    """The organizations this user may see."""
    return Organization.objects.visible_to_user(user)


def persons(user: User) -> QuerySet[Person]:
    """The persons this user may see."""
    return Person.objects.visible_to_user(user).select_related("organization")


def apply(row: Organization | Person, changes: dict[str, Any], *, now: datetime) -> None:
    """Write checked changes to an organization or a person.

    :raises validation.Invalid: a key belongs to the other kind, or a custom field is not there
    """
    before, values = webhooks.picture(row), dict(changes)
    given = custom_fields.read(
        values.pop("custom_fields", {}),
        company_id=row.company_id,
        entity=type(row).__name__.lower(),
    )
    merged = row.custom_fields | storable(given)
    row.custom_fields = {code: value for code, value in merged.items() if value is not None}
    columns = {column.name for column in row._meta.concrete_fields}
    for name, value in values.items():
        if name not in columns:
            raise validation.Invalid(name, f"Parameter '{name}' is not allowed")
        setattr(row, name, value)
    row.update_time = now
    row.save()
    webhooks.announce(row, before)


def _list(call: api.Call, rows: QuerySet, entity: str, shape: Any) -> api.Found:
    if "filter_id" in call.query:
        raise api.not_found("Filter")
    chosen = {FILTERS[key]: value for key, value in call.query.items() if key in FILTERS}
    found, cursor = paging.page(rows.filter(is_deleted=False, **chosen), call.query)
    custom = custom_fields.Written(call.user.company_id, entity, call.query)
    return api.page_of([shape(row, custom) | _extras(row, call.query) for row in found], cursor)


def _one(call: api.Call, rows: QuerySet, number: int, entity: str, shape: Any) -> api.Found:
    row = rows.filter(number=number).first()
    if row is None:
        raise api.not_found(entity.capitalize())
    custom = custom_fields.Written(call.user.company_id, entity, call.query)
    return api.Found(shape(row, custom) | _extras(row, call.query))


def _extras(row: Organization | Person, query: dict[str, Any]) -> dict[str, Any]:
    extras: dict[str, Any] = {"labels": []} if query.get("include_labels") else {}
    for name in query.get("include_fields", ()):
        extras[name] = _extra(row, name)
    return extras


def _extra(row: Organization | Person, name: str) -> int | None:
    if name in STATUSES:
        return row.deal_set.filter(status__in=STATUSES[name]).count()
    if name == "people_count":
        return row.person_set.count() if isinstance(row, Organization) else 0
    return 0 if name in COUNTS else None


READ = ("contacts:read", "contacts:full")
views = {
    "organizations": api.view(GET=api.Route(list_organizations, READ, 10, LIST)),
    "organization": api.view(GET=api.Route(get_organization, READ, 1, ONE)),
    "persons": api.view(GET=api.Route(list_persons, READ, 10, LIST_PERSONS)),
    "person": api.view(GET=api.Route(get_person, READ, 1, ONE)),
}
