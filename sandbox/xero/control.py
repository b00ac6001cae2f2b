"""The control calls of the pretend Xero."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from sandbox.core import clients, clock, codec
from sandbox.core.control import BadRequest, control_call
from sandbox.xero import (
    bulk,
    connections_api,
    contacts,
    crowd,
    grants,
    idempotency,
    invoices,
    limits,
    moves,
    problems,
    reading,
    render,
    webhooks,
)
from sandbox.xero.models import (
    Connection,
    Contact,
    Entry,
    Grant,
    Invoice,
    Membership,
    Organisation,
    Person,
    RefreshToken,
)

_SCOPES = (
    "openid profile email offline_access accounting.invoices accounting.contacts "
    "accounting.settings.read accounting.payments"
)
OWNER = invoices.Actor("Xero owner")

View = Callable[..., HttpResponse]


def rate_limited(problem: str, retry_after: int | None) -> HttpResponse:
    """Return Xero's 429."""
    return limits.refuse(problem, retry_after)


def forget() -> None:
    """Drop counters and locks kept in memory."""
    limits.forget()
    idempotency.forget()


def describe_state() -> dict[str, Any]:
    """Return everything the organisations hold, as the API would show it."""
    return {
        "organisations": {
            organisation.tenant_id: _describe(organisation)
            for organisation in Organisation.objects.order_by("slug")
        }
    }


def _describe(organisation: Organisation) -> dict[str, Any]:
    return {name: show(organisation) for name, show in HOLDS.items()}


def _show_invoices(organisation: Organisation) -> list[dict[str, Any]]:
    rows = organisation.invoices.select_related("contact__organisation")
    return [
        render.invoice(row, payments=row.payments.all(), whole_contact=True, places=4)
        for row in rows.prefetch_related("payments__invoice").order_by("updated_ms")
    ]


def _show_contacts(organisation: Organisation) -> list[dict[str, Any]]:
    rows = organisation.contacts.select_related("organisation").order_by("name")
    return [render.contact(row) for row in rows]


def _show_connections(organisation: Organisation) -> list[dict[str, Any]]:
    rows = organisation.connections.select_related("grant__person", "organisation")
    return [connections_api.describe(row) | {"email": row.grant.person.email} for row in rows]


HOLDS: dict[str, Callable[[Organisation], Any]] = {
    "name": lambda organisation: organisation.name,
    "slug": lambda organisation: organisation.slug,
    "invoices": _show_invoices,
    "contacts": _show_contacts,
    "items": lambda organisation: [e.body for e in organisation.entries.filter(resource="Items")],
    "users": lambda organisation: [
        render.user(row) for row in organisation.memberships.select_related("person")
    ],
    "connections": _show_connections,
    "outbox": lambda organisation: [
        {"invoice_id": row.invoice_id, "recipients": row.recipients}
        for row in organisation.outbox.order_by("pk")
    ],
}


@control_call("GET")
def show_part(request: HttpRequest, tenant_id: str, part: str) -> HttpResponse:
    """Show one part of what an organisation holds: reading all of all takes its time."""
    organisation = Organisation.objects.filter(tenant_id=tenant_id.lower()).first()
    if organisation is None or part not in HOLDS:
        raise BadRequest(f"An organisation of this tenant id, and one of {', '.join(HOLDS)}.")
    return codec.respond(HOLDS[part](organisation))


def _xero_call(view: View) -> View:
    """Wrap a POST control view: one transaction; Xero's refusals come back as 400."""

    @control_call("POST")
    @functools.wraps(view)
    def wrapper(request: HttpRequest, tenant_id: str = "", **kwargs: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                if not tenant_id:
                    return view(request, **kwargs)
                organisation = (
                    Organisation.objects.filter(tenant_id=tenant_id.lower()).first()
                    or Organisation.objects.filter(slug=tenant_id).first()
                )
                if organisation is None:
                    raise BadRequest("No organisation has this tenant id or slug.")
                return view(request, organisation, **kwargs)
        except problems.Invalid as exc:
            raise BadRequest(" ".join(exc.messages)) from exc
        except problems.ApiProblem as exc:
            return exc.response

    return wrapper


@_xero_call
def act_on_invoice(
    request: HttpRequest, organisation: Organisation, name: str, action: str
) -> HttpResponse:
    """Do to an invoice what its page offers."""
    rows = Invoice.objects.filter(organisation=organisation).select_related(
        "contact__organisation", "organisation"
    )
    invoice = rows.filter(invoice_id=name.lower()).first() or rows.filter(number=name).first()
    if invoice is None:
        raise BadRequest("No invoice has this id or number.")
    moves.act(invoice, action, request.json, actor=OWNER, now=clock.now())
    invoice.refresh_from_db()
    return codec.respond(
        render.invoice(invoice, payments=invoice.payments.all(), whole_contact=True)
    )


@_xero_call
def seed_invoices(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Make many invoices at once."""
    made = bulk.make_many(
        organisation,
        count=int(request.json.get("count", 1)),
        status=request.json.get("status", "AUTHORISED"),
        contact_id=request.json.get("contact"),
        now=clock.now(),
    )
    return codec.respond({"created": len(made), "invoice_ids": made})


@_xero_call
def touch_invoices(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Move UpdatedDateUTC of some invoices, oldest change first."""
    count = int(request.json.get("count", 1))
    touched = bulk.touch_many(organisation, count=count, now=clock.now())
    return codec.respond({"touched": touched})


@_xero_call
def act_on_contact(
    request: HttpRequest, organisation: Organisation, name: str, action: str
) -> HttpResponse:
    """Archive, restore, merge or edit a contact."""
    contact = _find_contact(organisation, name)
    now = clock.now()
    match action:
        case "archive":
            contacts.set_status(contact, "ARCHIVED", now=now)
        case "restore":
            contacts.set_status(contact, "ACTIVE", now=now)
        case "merge":
            into = _find_contact(organisation, str(request.json.get("into", "")))
            contacts.merge(contact, into, now=now)
        case "edit":
            contacts.update(contact, request.json, now=now)
        case _:
            raise BadRequest("Use archive, restore, merge or edit.")
    contact.refresh_from_db()
    return codec.respond(render.contact(contact))


@_xero_call
def act_on_item(
    request: HttpRequest, organisation: Organisation, code: str, action: str
) -> HttpResponse:
    """Delete an item, or change its fields."""
    item = Entry.objects.filter(organisation=organisation, resource="Items", code=code).first()
    if item is None:
        raise BadRequest("No item has this code.")
    if action == "delete":
        item.delete()
        return codec.respond({})
    if action != "edit":
        raise BadRequest("Use delete or edit.")
    moves.edit_item(item, request.json, now=clock.now())
    return codec.respond(item.body)


@_xero_call
def change_role(request: HttpRequest, organisation: Organisation, email: str) -> HttpResponse:
    """Give a user another role."""
    membership = Membership.objects.filter(
        organisation=organisation, person__email__iexact=email
    ).first()
    if membership is None:
        raise BadRequest("No user of this organisation has this e-mail address.")
    moves.change_role(membership, str(request.json["role"]), now=clock.now())
    return codec.respond(render.user(membership))


@_xero_call
def disconnect(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Disconnect the app as somebody does in Xero's settings."""
    deleted, _ = Connection.objects.filter(organisation=organisation).delete()
    return codec.respond({"disconnected": deleted})


@_xero_call
def change_organisation(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Set the lock date, or what is left of approvals and e-mails."""
    allowed = {"approvals_left", "emails_left"}
    values = {k: v for k, v in request.json.items() if k in allowed}
    if "period_lock_date" in request.json:
        values["period_lock_date"] = reading.day(request.json, "period_lock_date")
    Organisation.objects.filter(pk=organisation.pk).update(**values)
    return codec.respond(values | {"period_lock_date": str(values.get("period_lock_date"))})


@_xero_call
def change_webhooks(request: HttpRequest) -> HttpResponse:
    """Ask for webhooks, end them, or send a message of your own making."""
    subscription = webhooks.read()
    if "url" in request.json:
        subscription = dataclasses.replace(subscription, url=str(request.json["url"]))
    if request.json.get("state") in ("off", "checking", "enabled"):
        subscription = dataclasses.replace(subscription, state=request.json["state"])
    webhooks.write(subscription)
    if request.json.get("events"):
        webhooks.send(list(request.json["events"]))
    return codec.respond(dataclasses.asdict(webhooks.read()))


@_xero_call
def revoke(request: HttpRequest) -> HttpResponse:
    """End everything a person granted."""
    for grant in Grant.objects.filter(person__email__iexact=str(request.json["email"])):
        grants.end_grant(grant)
    return codec.respond({})


@_xero_call
def make_crowd(request: HttpRequest) -> HttpResponse:
    """Make many organisations alike, for load."""
    slugs = crowd.make(int(request.json.get("count", 1)), now=clock.now())
    return codec.respond({"slugs": slugs})


@_xero_call
def connect(request: HttpRequest) -> HttpResponse:
    """Make a grant without the pages, with the rows that the page would make."""
    person = Person.objects.filter(email__iexact=str(request.json.get("email", ""))).first()
    if person is None:
        raise BadRequest("Nobody has this e-mail address.")
    slugs = request.json.get("slugs", [])
    organisations = list(Organisation.objects.filter(slug__in=slugs, memberships__person=person))
    if len(organisations) != len(slugs):
        raise BadRequest("The person is no user of one of these organisations.")
    scope_text = request.json.get("scope", _SCOPES)
    now = clock.now()
    grant, event_id = grants.allow(
        person=person, organisations=organisations, scope_text=scope_text, now=now
    )
    # A newer consent replaces the usable tokens of an older one, as on the page.
    RefreshToken.objects.filter(grant=grant).delete()
    answer = grants.issue_tokens(
        grant,
        event_id=event_id,
        scope_text=scope_text,
        nonce="",
        issuer=f"{request.scheme}://{request.get_host()}",
        now=now,
    )
    rows = Connection.objects.filter(grant=grant).select_related("organisation")
    rows = rows.order_by("-updated_at")
    return codec.respond(
        answer
        | {
            "xero_userid": person.user_id,
            "client_id": clients.XERO.client_id,
            "connections": [connections_api.describe(row) for row in rows],
        }
    )


def _find_contact(organisation: Organisation, name: str) -> Contact:
    rows = Contact.objects.filter(organisation=organisation).select_related("organisation")
    contact = rows.filter(contact_id=name.lower()).first() or rows.filter(name=name).first()
    if contact is None:
        raise BadRequest("No contact has this id or name.")
    return contact


urlpatterns = [
    path("xero/connect", connect),
    path("xero/crowd", make_crowd),
    path("xero/revoke", revoke),
    path("xero/webhooks", change_webhooks),
    path("xero/<str:tenant_id>/holds/<str:part>", show_part),
    path("xero/<str:tenant_id>/invoices", seed_invoices),
    path("xero/<str:tenant_id>/invoices/touch", touch_invoices),
    path("xero/<str:tenant_id>/touch", touch_invoices),
    path("xero/<str:tenant_id>/invoices/<str:name>/<str:action>", act_on_invoice),
    path("xero/<str:tenant_id>/contacts/<str:name>/<str:action>", act_on_contact),
    path("xero/<str:tenant_id>/items/<str:code>/<str:action>", act_on_item),
    path("xero/<str:tenant_id>/users/<str:email>", change_role),
    path("xero/<str:tenant_id>/disconnect", disconnect),
    path("xero/<str:tenant_id>/settings", change_organisation),
]
