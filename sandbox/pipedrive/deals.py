"""Deals: list, archived list, one, and change (fact sheet §3.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from sandbox.core import clock
from sandbox.pipedrive import api, custom_fields, paging, shapes, validation, webhooks
from sandbox.pipedrive.models import Deal, Organization, Person, User
from sandbox.pipedrive.wire import instant, storable

COUNTS = (
    "activities_count",
    "done_activities_count",
    "email_messages_count",
    "files_count",
    "followers_count",
    "participants_count",
    "undone_activities_count",
)
NEVER = ("last_activity_id", "last_incoming_mail_time", "last_outgoing_mail_time")
INCLUDE = (
    *COUNTS,
    *NEVER,
    "first_won_time",
    "next_activity_id",
    "notes_count",
    "products_count",
    "smart_bcc_email",
    "source_lead_id",
)
ONE = {
    "include_fields": validation.parse_words(*INCLUDE),
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
        "person_id": validation.parse_integer,
        "org_id": validation.parse_integer,
        "pipeline_id": validation.parse_integer,
        "stage_id": validation.parse_integer,
        "status": validation.parse_words("open", "won", "lost", "deleted"),
        "updated_since": validation.instant,
        "updated_until": validation.instant,
    }
)
BODY = {
    "title": validation.text(255, least=1),
    "owner_id": validation.identifier,
    "person_id": validation.nullable(validation.identifier),
    "org_id": validation.nullable(validation.identifier),
    "pipeline_id": validation.identifier,
    "stage_id": validation.identifier,
    "value": validation.decimal,
    "currency": validation.text(5, least=3),
    "is_deleted": validation.boolean,
    "is_archived": validation.boolean,
    "archive_time": validation.nullable(validation.instant),
    "status": validation.one_of("open", "won", "lost"),
    "probability": validation.nullable(validation.percent),
    "lost_reason": validation.nullable(validation.text(150)),
    "visible_to": validation.one_of(1, 3, 5, 7),
    "close_time": validation.nullable(validation.instant),
    "won_time": validation.nullable(validation.instant),
    "lost_time": validation.nullable(validation.instant),
    "expected_close_date": validation.nullable(validation.calendar_date),
    "label_ids": validation.list_of(validation.identifier),
    "custom_fields": validation.mapping,
}
FILTERS = {
    "ids": "number__in",
    "owner_id": "owner",
    "person_id": "person__number",
    "org_id": "organization__number",
    "pipeline_id": "pipeline_id",
    "stage_id": "stage_id",
    "status": "status__in",
    "updated_since": "update_time__gte",
    "updated_until": "update_time__lt",
}


def list_current(call: api.Call) -> api.Found:
    """Deals that are not archived; deleted ones only when asked for."""
    return _list(call, is_archived=False)


def list_archived(call: api.Call) -> api.Found:
    """Archived deals."""
    return _list(call, is_archived=True)


def get_one(call: api.Call, number: int) -> api.Found:
    """One deal, archived and deleted ones too."""
    return _show(call, find(call.user, number))


def change(call: api.Call, number: int) -> api.Found:
    """Merge the given keys into a deal; an archived deal can only be brought back (§2)."""
    with transaction.atomic():
        row = find(call.user, number)
        if row.is_archived and call.body.get("is_archived") is not False:
            raise api.Refused(400, "Archived deals cannot be updated")
        apply(row, call.body, by=call.user, now=clock.now())
    return _show(call, row)


def find(user: User, number: int) -> Deal:
    """A deal this user may see.

    :raises api.Refused: 404, it does not exist or is not theirs to see
    """
    row = _visible(user).filter(number=number).first()
    if row is None:
        raise api.not_found("Deal")
    return row


def apply(row: Deal, changes: dict[str, Any], *, by: User, now: datetime) -> None:
    """Write checked changes to a deal.

    :raises validation.Invalid: a person, organization, owner or custom field is not there
    """
    before, values = webhooks.picture(row), dict(changes)
    if "custom_fields" in values:
        given = custom_fields.read(
            values.pop("custom_fields"), company_id=row.company_id, entity="deal"
        )
        merged = row.custom_fields | storable(given)
        row.custom_fields = {code: value for code, value in merged.items() if value is not None}
    if "person_id" in values:
        row.person = _linked(Person, by, "person_id", values.pop("person_id"))
    if "org_id" in values:
        row.organization = _linked(Organization, by, "org_id", values.pop("org_id"))
    if "owner_id" in values:
        row.owner = _colleague(by, values.pop("owner_id"))
    if "is_archived" in values:
        row.archive_time = now if values["is_archived"] else None
    if values.get("is_deleted"):
        values["status"] = Deal.Status.DELETED
    if values.get("status") not in (None, row.status):
        _stamp(row, values["status"], now)
    for name, value in values.items():
        setattr(row, name, value)
    row.update_time = now
    row.save()
    webhooks.announce(row, before, by=by)


def create(changes: dict[str, Any], *, by: User, now: datetime) -> Deal:
    """Make a deal of checked values, owned by its maker unless they say otherwise.

    :raises validation.Invalid: a person, organization, owner or custom field is not there
    """
    last = Deal.objects.filter(company=by.company_id).aggregate(last=Max("number"))["last"]
    row = Deal(
        company=by.company,
        number=(last or 0) + 1,
        owner=by,
        creator=by,
        currency=by.company.default_currency,
        add_time=now,
        stage_change_time=now,
    )
    apply(row, changes, by=by, now=now)
    return row


def _stamp(row: Deal, status: str, now: datetime) -> None:
    row.won_time = now if status == Deal.Status.WON else None
    row.lost_time = now if status == Deal.Status.LOST else None
    row.close_time = None if status == Deal.Status.OPEN else now


def _linked(model: Any, by: User, key: str, number: int | None) -> Any:
    if number is None:
        return None
    row = model.objects.visible_to_user(by).filter(number=number, is_deleted=False).first()
    if row is None:
        raise validation.Invalid(key, f"{model.__name__} not found")
    return row


def _colleague(by: User, user_id: int) -> User:
    row = User.objects.filter(company=by.company_id, pk=user_id).first()
    if row is None:
        raise validation.Invalid("owner_id", "User not found")
    return row


def _visible(user: User) -> QuerySet[Deal]:
    return Deal.objects.visible_to_user(user).select_related("company", "person", "organization")


def _list(call: api.Call, *, is_archived: bool) -> api.Found:
    if "filter_id" in call.query:
        raise api.not_found("Filter")
    rows = _visible(call.user).filter(is_archived=is_archived)
    chosen = {FILTERS[key]: value for key, value in call.query.items() if key in FILTERS}
    rows = rows.filter(**chosen)
    if "status" not in call.query:
        rows = rows.filter(is_deleted=False)
    found, cursor = paging.page(rows, call.query)
    custom = custom_fields.Written(call.user.company_id, "deal", call.query)
    return api.page_of([_shape(row, custom, call.query) for row in found], cursor)


def _show(call: api.Call, row: Deal) -> api.Found:
    custom = custom_fields.Written(call.user.company_id, "deal", call.query)
    return api.Found(_shape(row, custom, call.query))


def _shape(row: Deal, custom: custom_fields.Written, query: dict[str, Any]) -> dict[str, Any]:
    shaped = shapes.deal(row, custom)
    if query.get("include_labels"):
        shaped["labels"] = []
    for name in query.get("include_fields", ()):
        shaped[name] = _extra(row, name)
    return shaped


def _extra(row: Deal, name: str) -> Any:
    if name == "products_count":
        return row.lines.count()
    if name == "notes_count":
        return row.notes.count()
    if name == "first_won_time":
        return instant(row.won_time)
    if name == "smart_bcc_email":
        return f"{row.company_id}+deal{row.number}@sandbox.example"
    return 0 if name in COUNTS else None


READ = ("deals:read", "deals:full")
FULL = ("deals:full",)
views = {
    "list": api.view(GET=api.Route(list_current, READ, 10, LIST)),
    "archived": api.view(
        GET=api.Route(
            list_archived,
            READ,
            20,
            {k: v for k, v in LIST.items() if k not in ("include_option_labels", "include_labels")},
        )
    ),
    "one": api.view(
        GET=api.Route(get_one, READ, 1, ONE),
        PATCH=api.Route(change, FULL, 5, body=BODY),
    ),
}
