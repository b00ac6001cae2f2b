"""What lives in API v1 only: users, currencies, notes (fact sheet §1.6, §3.9, §4)."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction
from django.db.models import Max, QuerySet

from sandbox.core import clock
from sandbox.pipedrive import api, paging, validation
from sandbox.pipedrive.models import Currency, Deal, Note, Organization, Person, User
from sandbox.pipedrive.wire import instant_v1

PERMISSIONS = (
    "can_add_custom_fields",
    "can_add_products",
    "can_add_prospects_as_leads",
    "can_bulk_edit_items",
    "can_change_visibility_of_items",
    "can_convert_deals_to_leads",
    "can_create_own_workflow",
    "can_delete_activities",
    "can_delete_custom_fields",
    "can_delete_deals",
    "can_edit_custom_fields",
    "can_edit_deals_closed_date",
    "can_edit_products",
    "can_edit_shared_filters",
    "can_export_data_from_lists",
    "can_follow_other_users",
    "can_merge_deals",
    "can_merge_organizations",
    "can_merge_people",
    "can_modify_labels",
    "can_see_company_wide_statistics",
    "can_see_deals_list_summary",
    "can_see_hidden_items_names",
    "can_see_other_users",
    "can_see_other_users_statistics",
    "can_see_security_dashboard",
    "can_share_filters",
    "can_share_insights",
    "can_use_api",
    "can_use_email_tracking",
    "can_use_import",
)
OF_EVERYONE = (
    "can_add_prospects_as_leads",
    "can_convert_deals_to_leads",
    "can_follow_other_users",
    "can_see_deals_list_summary",
    "can_see_other_users",
    "can_use_api",
)
PAGES = {"start": validation.parse_integer, "limit": validation.parse_limit(500)}
NOTES = PAGES | {
    "user_id": validation.parse_integer,
    "deal_id": validation.parse_integer,
    "person_id": validation.parse_integer,
    "org_id": validation.parse_integer,
    "sort": str,
}
FLAG = validation.one_of(0, 1)
NEW_NOTE = {
    "content": validation.text(100_000, least=1),
    "deal_id": validation.identifier,
    "person_id": validation.identifier,
    "org_id": validation.identifier,
    "user_id": validation.identifier,
    "pinned_to_deal_flag": FLAG,
    "pinned_to_person_flag": FLAG,
    "pinned_to_organization_flag": FLAG,
}


def get_me(call: api.Call) -> api.Found:
    """The user the token belongs to, with their company and language."""
    company = call.user.company
    return api.Found(
        _user(call.user, call.user)
        | {
            "company_id": company.pk,
            "company_name": company.name,
            "company_domain": company.domain,
            "company_country": company.country,
            "company_industry": "Other",
            "language": {
                "language_code": call.user.language,
                "country_code": call.user.country,
            },
        }
    )


def list_users(call: api.Call) -> api.Found:
    """Everyone in the company."""
    rows = _colleagues(call.user).order_by("pk")
    return api.Found([_user(row, call.user) for row in rows])


def get_user(call: api.Call, user_id: int) -> api.Found:
    """One colleague."""
    return api.Found(_user(_find_user(call.user, user_id), call.user))


def get_permissions(call: api.Call, user_id: int) -> api.Found:
    """What a colleague may do."""
    row = _find_user(call.user, user_id)
    return api.Found({name: row.is_admin or name in OF_EVERYONE for name in PERMISSIONS})


def list_currencies(call: api.Call) -> api.Found:
    """The company's currencies, custom ones too."""
    term = call.query.get("term", "").lower()
    rows = Currency.objects.filter(company=call.user.company_id).order_by("number")
    return api.Found(
        [
            {
                "id": row.number,
                "code": row.code,
                "name": row.name,
                "decimal_points": row.decimal_points,
                "symbol": row.symbol,
                "active_flag": True,
                "is_custom_flag": row.is_custom,
            }
            for row in rows
            if term in row.code.lower() or term in row.name.lower()
        ]
    )


def list_notes(call: api.Call) -> api.Found:
    """Notes, oldest first, on what this user may see."""
    columns = {
        "user_id": "user",
        "deal_id": "deal__number",
        "person_id": "person__number",
        "org_id": "organization__number",
    }
    chosen = {columns[key]: value for key, value in call.query.items() if key in columns}
    found, additional = paging.v1_page(_notes(call.user).filter(**chosen), call.query)
    return api.Found([_note(row, call.user) for row in found], {"additional_data": additional})


def get_note(call: api.Call, number: int) -> api.Found:
    """One note."""
    row = _notes(call.user).filter(number=number).first()
    if row is None:
        raise api.not_found("Note")
    return api.Found(_note(row, call.user))


def add_note(call: api.Call) -> api.Found:
    """Write a note on a deal, a person or an organization; answers 200, as v1 does (§4)."""
    body, now = call.body, clock.now()
    targets = {
        "deal": _target(Deal, call.user, body.get("deal_id")),
        "person": _target(Person, call.user, body.get("person_id")),
        "organization": _target(Organization, call.user, body.get("org_id")),
    }
    if not any(targets.values()):
        raise api.Refused(400, "Note must be associated with a deal, person or organization.")
    with transaction.atomic():
        rows = Note.objects.filter(company=call.user.company_id)
        last = rows.aggregate(last=Max("number"))["last"]
        row = Note.objects.create(
            company_id=call.user.company_id,
            number=(last or 0) + 1,
            user=call.user,
            content=body["content"],
            is_pinned_to_deal=bool(body.get("pinned_to_deal_flag")),
            add_time=now,
            update_time=now,
            **targets,
        )
    return api.Found(_note(row, call.user))


def _target(model: Any, user: User, number: int | None) -> Any:
    if number is None:
        return None
    row = model.objects.visible_to_user(user).filter(number=number).first()
    if row is None:
        raise api.not_found(model.__name__)
    return row


def _notes(user: User) -> QuerySet[Note]:
    rows = Note.objects.filter(company=user.company_id).select_related(
        "deal", "person", "organization", "user"
    )
    if not user.sees_only_own:
        return rows
    return rows.filter(user=user) | rows.filter(deal__owner=user)


def _note(row: Note, me: User) -> dict[str, Any]:
    """Keys without a value are left out: the published schema knows no null here."""
    shaped: dict[str, Any] = {
        "id": row.number,
        "active_flag": True,
        "add_time": instant_v1(row.add_time),
        "update_time": instant_v1(row.update_time),
        "content": row.content,
        "user_id": row.user_id,
        "last_update_user_id": row.user_id,
        "pinned_to_lead_flag": False,
        "pinned_to_deal_flag": row.is_pinned_to_deal,
        "pinned_to_organization_flag": False,
        "pinned_to_person_flag": False,
        "pinned_to_project_flag": False,
        "user": {
            "email": row.user.email,
            "icon_url": "",
            "is_you": row.user_id == me.pk,
            "name": row.user.name,
        },
    }
    if row.deal:
        shaped |= {"deal_id": row.deal.number, "deal": {"title": row.deal.title}}
    if row.person:
        shaped |= {"person_id": row.person.number, "person": {"name": row.person.name}}
    if row.organization:
        shaped |= {
            "org_id": row.organization.number,
            "organization": {"name": row.organization.name},
        }
    return shaped


def _colleagues(user: User) -> QuerySet[User]:
    return User.objects.filter(company=user.company_id).select_related("company")


def _find_user(me: User, user_id: int) -> User:
    row = _colleagues(me).filter(pk=user_id).first()
    if row is None:
        raise api.Refused(404, "User not found or not accessible.")
    return row


def _user(row: User, me: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "default_currency": row.company.default_currency,
        "locale": row.locale,
        "lang": 1,
        "email": row.email,
        "phone": None,
        "activated": True,
        "last_login": "2026-11-02 08:45:56",
        "created": "2024-03-04 09:16:26",
        "modified": None,
        "has_created_company": row.is_admin,
        "access": [
            {
                "app": app,
                "admin": row.is_admin,
                "permission_set_id": str(uuid5(NAMESPACE_URL, f"sandbox/{app}/{row.is_admin}")),
            }
            for app in ("sales", "global", "account_settings")
        ],
        "active_flag": True,
        "timezone_name": row.company.time_zone,
        "timezone_offset": "+00:00",
        "role_id": 1,
        "icon_url": None,
        "is_you": row.pk == me.pk,
        "is_deleted": False,
    }


USERS = ("users:read",)
READ_NOTES = ("deals:read", "deals:full", "contacts:read", "contacts:full")
views = {
    "me": api.view(GET=api.Route(get_me, ("base",), 2, is_strict=False)),
    "users": api.view(GET=api.Route(list_users, USERS, 20, is_strict=False)),
    "user": api.view(GET=api.Route(get_user, USERS, 2, is_strict=False)),
    "permissions": api.view(GET=api.Route(get_permissions, USERS, 10, is_strict=False)),
    "currencies": api.view(
        GET=api.Route(list_currencies, ("base",), 20, {"term": str}, is_strict=False)
    ),
    "notes": api.view(
        GET=api.Route(list_notes, READ_NOTES, 20, NOTES, is_strict=False),
        POST=api.Route(
            add_note,
            ("deals:full", "contacts:full"),
            10,
            body=NEW_NOTE,
            body_required=("content",),
        ),
    ),
    "note": api.view(GET=api.Route(get_note, READ_NOTES, 2, is_strict=False)),
}
