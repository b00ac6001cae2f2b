"""Control calls of the pretend Pipedrive, mounted at /_sandbox/ on both ports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path

from sandbox.core import clock, codec
from sandbox.core.control import BadRequest, control_call
from sandbox.pipedrive import (
    api,
    contacts,
    crowd,
    custom_fields,
    deal_products,
    deals,
    fields,
    grants,
    limits,
    merging,
    oauth,
    pricing,
    shapes,
    uninstalling,
    validation,
    webhooks,
)
from sandbox.pipedrive.models import Company, Deal, Organization, Person, Product, User

CONTACT_BODY = {
    "name": validation.text(255, least=1),
    "first_name": validation.text(120, least=1),
    "last_name": validation.text(120),
    "address": validation.nullable(validation.address),
    "website": validation.nullable(validation.text(255)),
    "emails": validation.list_of(validation.mapping),
    "phones": validation.list_of(validation.mapping),
    "visible_to": validation.one_of(1, 3, 5, 7),
    "is_deleted": validation.boolean,
    "custom_fields": validation.mapping,
}

PRODUCT_BODY = {
    "name": validation.text(255, least=1),
    "prices": validation.list_of(validation.mapping),
    "is_deleted": validation.boolean,
}


def _call(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A control view on a company's data: one transaction, refusals as JSON."""

    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                # The decorator has put the parsed body there.
                return view(request, body=request.json, **kwargs)  # type: ignore[attr-defined]
        except (validation.Invalid, api.Refused) as problem:
            raise BadRequest(str(problem)) from problem
        except Http404:
            return codec.respond({"error": "There is no such thing."}, 404)

    return control_call("POST")(answer)


def connect(request: HttpRequest, body: Any) -> HttpResponse:
    """Install the app for a user without the consent page."""
    user = get_object_or_404(User, email=body.get("email"))
    scope = body.get("scope", grants.SCOPE)
    given = grants.install(user=user, redirect_uri="", scope=scope)
    return codec.respond(
        {
            "access_token": given.access_token,
            "refresh_token": given.refresh_token,
            "expires_in": given.expires_in,
            "scope": given.scope,
            "api_domain": oauth.api_domain(request),
            "company_id": user.company_id,
            "user_id": user.pk,
        }
    )


def make_crowd(request: HttpRequest, body: Any) -> HttpResponse:
    """Make many companies alike, for load."""
    return codec.respond({"company_ids": crowd.make(int(body.get("count", 1)))})


def create_deal(request: HttpRequest, body: Any, company_id: int) -> HttpResponse:
    """Make a deal; `products` may hold its lines."""
    given = dict(body)
    lines = given.pop("products", [])
    checked = validation.body(given, deals.BODY, required=("title",))
    deal = deals.create(checked, by=_admin(company_id), now=clock.now())
    for line in lines:
        _add_line(deal, line)
    return codec.respond(_show_deal(deal), 201)


def change_deal(request: HttpRequest, body: Any, company_id: int, number: int) -> HttpResponse:
    """Change a deal, archived ones too."""
    deal = get_object_or_404(_deals(company_id), number=number)
    changes = validation.body(body, deals.BODY)
    deals.apply(deal, changes, by=_admin(company_id), now=clock.now())
    return codec.respond(_show_deal(deal))


def add_line(request: HttpRequest, body: Any, company_id: int, number: int) -> HttpResponse:
    """Attach a product to a deal."""
    deal = get_object_or_404(_deals(company_id), number=number)
    _add_line(deal, body)
    return codec.respond(_show_deal(deal), 201)


def change_contact(
    request: HttpRequest, body: Any, company_id: int, kind: str, number: int
) -> HttpResponse:
    """Change an organization or a person."""
    row: Organization | Person
    if kind == "organization":
        row = get_object_or_404(Organization, company=company_id, number=number)
    else:
        row = get_object_or_404(Person, company=company_id, number=number)
    changes = validation.body(body, CONTACT_BODY)
    contacts.apply(row, changes, now=clock.now())
    custom = custom_fields.Written(company_id, kind, {})
    if isinstance(row, Person):
        return codec.respond(shapes.person(row, custom))
    return codec.respond(shapes.organization(row, custom))


def change_product(request: HttpRequest, body: Any, company_id: int, number: int) -> HttpResponse:
    """Rename, re-price or delete a product of the catalogue."""
    row = get_object_or_404(Product, company=company_id, number=number)
    before = webhooks.picture(row)
    for name, value in validation.body(body, PRODUCT_BODY).items():
        setattr(row, name, value)
    row.update_time = clock.now()
    row.save()
    webhooks.announce(row, before)
    return codec.respond(shapes.product(row, custom_fields.Written(company_id, "product", {})))


def merge(request: HttpRequest, body: Any, company_id: int, kind: str, number: int) -> HttpResponse:
    """Have a deal, an organization or a person become part of another one: `into`."""
    model = {"deal": Deal, "organization": Organization, "person": Person}[kind]
    rows = model.objects.filter(company=company_id)
    row = get_object_or_404(rows, number=number)
    into = get_object_or_404(rows, number=body.get("into"))
    merging.merge(row, into, by=_admin(company_id), now=clock.now())
    return codec.respond({"merged_into": into.number})


def delete_field(
    request: HttpRequest, body: Any, company_id: int, entity: str, code: str
) -> HttpResponse:
    """Delete a custom field."""
    if not fields.delete(company_id=company_id, entity=entity, code=code):
        raise BadRequest("There is no such custom field.")
    return codec.respond({})


@control_call("POST")
def uninstall(request: HttpRequest, company_id: int, user_id: int) -> HttpResponse:
    """Uninstall the app for a user, as they would on the Marketplace page."""
    user = User.objects.filter(company=company_id, pk=user_id).first()
    if user is None:
        raise BadRequest("There is no such user.")
    return codec.respond({"callback_status": uninstalling.uninstall(user)})


def describe_state() -> dict[str, Any]:
    """Everything a test may want to look at."""
    return {
        "companies": {
            company.pk: {
                "name": company.name,
                "domain": company.domain,
                "users": list(company.users.values("id", "name", "email", "is_admin")),
                "installed_users": list(
                    company.users.filter(installation__isnull=False).values_list("id", flat=True)
                ),
                "deals": [_show_deal(deal) for deal in _deals(company.pk)],
                "organizations": _describe(company, "organization"),
                "persons": _describe(company, "person"),
                "notes": list(
                    company.note_set.values("number", "content", "deal__number", "user_id")
                ),
            }
            for company in Company.objects.order_by("pk")
        }
    }


def _describe(company: Company, entity: str) -> list[dict[str, Any]]:
    custom = custom_fields.Written(company.pk, entity, {})
    if entity == "person":
        people = company.person_set.select_related("organization").order_by("number")
        return [shapes.person(row, custom) for row in people]
    rows = company.organization_set.order_by("number")
    return [shapes.organization(row, custom) for row in rows]


def rate_limited(problem: str, retry_after: int | None) -> HttpResponse:
    """Pipedrive's 429: the burst by its seconds left, the day by its budget at nothing (§5)."""
    refusal = api.Refused(429, "request over limit", "You have exceeded the rate limit.")
    response = codec.respond(refusal.payload, status=429)
    response["x-ratelimit-limit"] = "80"
    response["x-ratelimit-remaining"] = "0" if problem != "day" else "79"
    response["x-ratelimit-reset"] = str(2 if retry_after is None else retry_after)
    if problem == "day":
        response["x-daily-ratelimit-token-limit"] = "30000"
        response["x-daily-ratelimit-token-remaining"] = "0"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def forget() -> None:
    """Drop the counts kept in memory."""
    limits.forget()


def _admin(company_id: int) -> User:
    return get_object_or_404(
        User.objects.select_related("company"), company=company_id, is_admin=True
    )


def _deals(company_id: int) -> Any:
    rows = Deal.objects.filter(company=company_id).order_by("number")
    return rows.select_related("company", "person", "organization")


def _add_line(deal: Deal, given: dict[str, Any]) -> None:
    checked = validation.body(given, deal_products.BODY, required=deal_products.REQUIRED)
    deal_products.add_line(deal, checked, now=clock.now())


def _show_deal(deal: Deal) -> dict[str, Any]:
    shaped = shapes.deal(deal, custom_fields.Written(deal.company_id, "deal", {}))
    shaped["products"] = [
        shapes.deal_product(line, pricing.line_sum(line)) for line in deal.lines.all()
    ]
    return shaped


COMPANY = "pipedrive/<int:company_id>/"
urlpatterns = [
    path("pipedrive/connect", _call(connect)),
    path("pipedrive/crowd", _call(make_crowd)),
    path(f"{COMPANY}deals", _call(create_deal)),
    path(f"{COMPANY}deals/<int:number>", _call(change_deal)),
    path(f"{COMPANY}deals/<int:number>/products", _call(add_line)),
    path(f"{COMPANY}deals/<int:number>/merge", _call(merge), {"kind": "deal"}),
    path(f"{COMPANY}organizations/<int:number>/merge", _call(merge), {"kind": "organization"}),
    path(f"{COMPANY}persons/<int:number>/merge", _call(merge), {"kind": "person"}),
    path(f"{COMPANY}products/<int:number>", _call(change_product)),
    path(f"{COMPANY}organizations/<int:number>", _call(change_contact), {"kind": "organization"}),
    path(f"{COMPANY}persons/<int:number>", _call(change_contact), {"kind": "person"}),
    path(f"{COMPANY}fields/<str:entity>/<str:code>/delete", _call(delete_field)),
    path(f"{COMPANY}users/<int:user_id>/uninstall", uninstall),
]
