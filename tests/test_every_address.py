"""Every address of the product: who gets what, with another company's ids in it (P-10, S-10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from connections import invitations
from connections.models import AuditEvent, Company, Invitation, Membership
from connections.scoping import CustomerRow
from invoicebridge import frame_urls
from invoices import sending
from invoices.models import Operation
from invoices.tests import money, world
from invoices.tests.dialog_page import DialogPage
from invoices.tests.frame_world import Frame
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
REFIT = 1
ALLAUTHS = ("admin:", "account_", "mfa_", "socialaccount_", "pipedrive_", "openid_")
# Data for a script is no script; an empty one holds nothing.
_INLINE_SCRIPT = r"<script(?![^>]*(?:\bsrc=|application/json))[^>]*>(?!\s*</script>)"
# Where only signed-in members may be, and what another company's members get, by method.
SIGN_IN, HERE, GONE, NOT_SO, REFUSED = 302, 200, 404, 405, 403
UNSIGNED = 401
# Pipedrive holds these in its pages, and these only (S-10).
FRAMES = {"invoices:frame_panel", "invoices:frame_modal", "invoices:frame_settings"}
OURS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    # route: what a foreign admin gets by GET and POST, what a foreign rep gets
    "connections:overview": ((HERE, NOT_SO), (HERE, NOT_SO)),
    "connections:install": ((HERE, NOT_SO), (HERE, NOT_SO)),
    "connections:connect_pipedrive": ((NOT_SO, 302), (NOT_SO, 302)),
    # To their own connections, whatever the link was made for.
    "connections:mend": ((302, NOT_SO), (302, NOT_SO)),
    "connections:turn_to_company": ((NOT_SO, GONE), (NOT_SO, GONE)),
    "connections:register_native": ((NOT_SO, 302), (REFUSED, REFUSED)),
    "connections:connect_xero": ((NOT_SO, 302), (REFUSED, REFUSED)),
    "connections:choose_organisation": ((GONE, GONE), (REFUSED, REFUSED)),
    "connections:people": ((HERE, NOT_SO), (HERE, NOT_SO)),
    "connections:member": ((GONE, GONE), (REFUSED, REFUSED)),
    "connections:remove_member": ((NOT_SO, GONE), (REFUSED, REFUSED)),
    "connections:restore_member": ((NOT_SO, GONE), (REFUSED, REFUSED)),
    "connections:invite": ((NOT_SO, 422), (REFUSED, REFUSED)),
    "connections:invite_again": ((NOT_SO, GONE), (REFUSED, REFUSED)),
    "connections:withdraw_invitation": ((NOT_SO, GONE), (REFUSED, REFUSED)),
    "connections:sign_on": ((HERE, 422), (REFUSED, REFUSED)),
    "connections:require_sign_on": ((NOT_SO, 302), (REFUSED, REFUSED)),
    "connections:remove_sign_on": ((NOT_SO, 302), (REFUSED, REFUSED)),
    "account_sessions": ((HERE, NOT_SO), (HERE, NOT_SO)),
    "end_session": ((NOT_SO, 302), (NOT_SO, 302)),
    "end_other_sessions": ((NOT_SO, 302), (NOT_SO, 302)),
    "confirm_identity": ((302, NOT_SO), (302, NOT_SO)),
    "confirm_by_sign_on": ((NOT_SO, 302), (NOT_SO, 302)),
    "connections:link_own_xero": ((NOT_SO, 302), (NOT_SO, 302)),
    "connections:unlink_own_xero": ((NOT_SO, 302), (NOT_SO, 302)),
    "mappings:preferences": ((HERE, 422), (HERE, REFUSED)),
    "mappings:example": ((400, NOT_SO), (400, NOT_SO)),
    "mappings:due_example": ((HERE, NOT_SO), (HERE, NOT_SO)),
    "invoices:deals": ((HERE, NOT_SO), (HERE, NOT_SO)),
    "invoices:ledger": ((HERE, NOT_SO), (REFUSED, REFUSED)),
    "invoices:ledger_totals": ((HERE, NOT_SO), (REFUSED, REFUSED)),
    "invoices:ledger_charts": ((HERE, NOT_SO), (REFUSED, REFUSED)),
    # The currency in the form is none of theirs: back to the list, which says so.
    "invoices:ledger_export": ((NOT_SO, 302), (REFUSED, REFUSED)),
    # Deal numbers repeat: these have a deal 1 of their own, and see that one.
    "invoices:deal": ((HERE, NOT_SO), (HERE, NOT_SO)),
    "invoices:news": ((HERE, NOT_SO), (HERE, NOT_SO)),
    "invoices:refresh": ((NOT_SO, 302), (NOT_SO, 302)),
    "invoices:new": ((GONE, GONE), (GONE, GONE)),
    # The customer of their own deal 1 has no contact yet.
    "invoices:contact_invoices": ((HERE, NOT_SO), (HERE, NOT_SO)),
    "invoices:refresh_contact": ((NOT_SO, 302), (NOT_SO, 302)),
    "invoices:link_invoice": ((NOT_SO, GONE), (NOT_SO, GONE)),
    "invoices:unlink_invoice": ((NOT_SO, GONE), (NOT_SO, GONE)),
    "invoices:contact_sidebar": ((HERE, NOT_SO), (HERE, NOT_SO)),
    "invoices:link_contact": ((NOT_SO, GONE), (NOT_SO, GONE)),
    "invoices:unlink_contact": ((302, 302), (302, 302)),
    "invoices:card": ((GONE, NOT_SO), (GONE, NOT_SO)),
    "invoices:invoice": ((GONE, NOT_SO), (GONE, NOT_SO)),
    "invoices:invoice_part": ((GONE, NOT_SO), (GONE, NOT_SO)),
    "invoices:read_invoice": ((NOT_SO, GONE), (NOT_SO, GONE)),
    "invoices:act": ((GONE, GONE), (GONE, GONE)),
    "invoices:activity": ((HERE, NOT_SO), (REFUSED, REFUSED)),
    "invoices:guide": ((NOT_SO, 302), (NOT_SO, 302)),
    "invoices:own_link": ((HERE, NOT_SO), (HERE, NOT_SO)),
    "invoices:pdf": ((GONE, NOT_SO), (GONE, NOT_SO)),
    # Their Pipedrive has signed nothing.
    "invoices:frame_panel": ((UNSIGNED, NOT_SO), (UNSIGNED, NOT_SO)),
    "invoices:frame_modal": ((UNSIGNED, NOT_SO), (UNSIGNED, NOT_SO)),
    "invoices:frame_settings": ((UNSIGNED, NOT_SO), (UNSIGNED, NOT_SO)),
    "invoices:frame_token": ((NOT_SO, UNSIGNED), (NOT_SO, UNSIGNED)),
    # A word on sign-in without its tick: nothing is stored.
    "connections:state_security": ((NOT_SO, 422), (REFUSED, REFUSED)),
    "connections:check_xero": ((NOT_SO, 302), (REFUSED, REFUSED)),
    "connections:disconnect_xero": ((NOT_SO, 302), (REFUSED, REFUSED)),
    "connections:disconnect_pipedrive": ((NOT_SO, 302), (NOT_SO, 302)),
}
# What belongs to no company, with what anybody gets there by GET.
ANYBODYS = {
    "home": 302,
    "demo_sign_in": 405,
    "live": 200,
    "ready": 503,
    # Of developers (DEBUG), and nobody's otherwise.
    "styleguide": 404,
    "set_language": 302,
    "pipedrive_sign_in": 405,
    # Without a key of an invitation, and for a company that has no sign-on.
    "connections:open_invitation": 302,
    "connections:invitation": 410,
    "connections:company_sign_on": 404,
    "connections:company_sign_on_callback": 404,
    "connections:webhook_xero": 405,
    "connections:webhook_pipedrive": 405,
    # The native front: Pipedrive alone, by its own secret.
    **dict.fromkeys(
        (
            f"invoices:native_{name}"
            for name in (
                *("account", "connect_url", "invoices", "invoice_status", "invoice_email"),
                *("invoice_share_url", "invoice_pdf", "invoice_summary", "currencies"),
                *("tax_rates", "accounts", "templates", "products", "product"),
                *("contacts", "contact"),
            )
        ),
        401,
    ),
}


@dataclass(frozen=True)
class Route:
    """An address with its ids filled in."""

    name: str
    path: str


@dataclass(frozen=True)
class Theirs:
    """What the other company has: every id that an address or a form could carry."""

    connected: Connected
    operation: Operation
    invitation: Invitation
    form: dict[str, list[str]]


@pytest.fixture
def theirs(connected: Connected) -> Theirs:
    """Brightside with an invoice of its own, and a filled dialog that Emma has open."""
    operation = world.press(connected, deal_id=REFIT)
    sending.send(operation.pk, now=timezone.now())
    client = Client()
    client.force_login(connected.user)
    page = DialogPage(client, REFIT).link_all("er").press("contact:0")
    invitations.invite(
        by=connected.membership, email="new@brightside.example", role="rep", now=timezone.now()
    )
    invitation = Invitation.objects.for_company(connected.company).get()
    return Theirs(connected, world.fresh(operation), invitation, page.fields)


@pytest.fixture
def foreign(connected: Connected) -> Connected:
    return connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")


def list_routes(
    theirs: Theirs, resolver: Any = None, *, ids: dict[str, str] | None = None
) -> list[Route]:
    """Return the addresses with ids in them: the other company's, unless others are given."""
    operation = theirs.operation
    ids = ids or {
        "deal_id": str(REFIT),
        "member_id": str(theirs.connected.membership.pk),
        "invitation_id": str(theirs.invitation.pk),
        "operation_id": str(operation.pk),
        "invoice_id": str(operation.invoice_id),
        "provider_id": "xero",
        "code": "approve",
    }
    return [Route(name, _fill(pattern, ids)) for name, pattern in _walk(resolver or get_resolver())]


def _walk(resolver: Any, space: str = "", before: str = "") -> Iterator[tuple[str, str]]:
    for each in resolver.url_patterns:
        pattern = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(
                each, space + (f"{each.namespace}:" if each.namespace else ""), pattern
            )
        else:
            assert isinstance(each, URLPattern)
            yield space + (each.name or ""), pattern


def _fill(pattern: str, ids: dict[str, str]) -> str:
    text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", pattern)
    text = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids.get(found[1], "1"), text)
    return "/" + re.sub(r"[\^$]|\\Z", "", text)


def test_every_address_has_an_expectation(theirs: Theirs) -> None:
    names = {route.name for route in list_routes(theirs)}

    unknown = {
        name
        for name in names
        if name not in OURS
        and name not in ANYBODYS
        and not name.startswith(
            ("admin:", "account_", "mfa_", "socialaccount_", "pipedrive_", "openid_")
        )
    }

    assert unknown - {""} == set(), (
        "tests/test_every_address.py lacks a line for each of these: in OURS, if members of a "
        'company go there ("name": ((HERE, NOT_SO), (HERE, NOT_SO)), which is GET and POST of a '
        'foreign admin and rep), else in ANYBODYS ("name": 200).'
    )
    assert OURS.keys() <= names and ANYBODYS.keys() <= names


def test_nobody_gets_in_without_signing_in(theirs: Theirs) -> None:
    before = snapshot(theirs.connected.company)

    for route in list_routes(theirs):
        for method in ("get", "post"):
            answer = getattr(Client(), method)(route.path, theirs.form if method == "post" else {})
            check_headers(route, answer)
            assert answer.status_code < 500 or route.name == "ready", route
            if route.name in OURS:
                assert answer.status_code in {SIGN_IN, NOT_SO, UNSIGNED}, route
                assert (answer.status_code == UNSIGNED) <= ("frame_" in route.name), route
                if answer.status_code == SIGN_IN:
                    assert answer.headers["Location"].startswith("/accounts/login/"), route
            if route.name.startswith("admin:"):
                assert answer.status_code in {302, 404}, route
                assert "Harbour" not in answer.content.decode()

    assert snapshot(theirs.connected.company) == before


@pytest.mark.parametrize("role", ["admin", "rep"])
def test_another_companys_ids_are_not_found_and_change_nothing(
    theirs: Theirs, foreign: Connected, role: str
) -> None:
    email = "zeynep.kaya@anadolu.example" if role == "admin" else "can.demir@anadolu.example"
    visitor = foreign
    if role == "rep":
        visitor = connect(foreign.vendors, email, None, role=Membership.Role.REP)
    before = snapshot(theirs.connected.company)
    found = {}
    routes = sorted(
        (each for each in list_routes(theirs) if each.name in OURS),
        key=lambda each: [*OURS].index(each.name),
    )

    for route in routes:
        client = Client()
        client.force_login(visitor.user)
        got = client.get(route.path, {"again": str(theirs.operation.pk)})
        posted = client.post(
            route.path,
            {**theirs.form, "action": "create", "tenant_id": theirs.connected.connection.tenant_id},
        )
        for answer in (got, posted):
            check_headers(route, answer)
            for word in ("Brightside", "Harbour", "brightside.example"):
                assert word not in answer.content.decode().replace("<wbr>", ""), route
        found[route.path] = (route.name, (got.status_code, posted.status_code))

    expected = {route.path: (route.name, OURS[route.name][role == "rep"]) for route in routes}
    assert found == expected
    assert snapshot(theirs.connected.company) == before
    assert not Operation.objects.for_company(foreign.company).exists()


@pytest.mark.parametrize("role", ["admin", "rep"])
def test_a_frame_gives_another_companys_ids_no_more_than_our_site_does(
    theirs: Theirs, foreign: Connected, role: str
) -> None:
    visitor = foreign
    if role == "rep":
        visitor = connect(
            foreign.vendors, "can.demir@anadolu.example", None, role=Membership.Role.REP
        )
    before = snapshot(theirs.connected.company)
    inside = {"invoices:deal", *(f"invoices:{name}" for name in frame_urls.INVOICES)}
    inside |= {f"mappings:{name}" for name in frame_urls.MAPPINGS}
    expected, found = {}, {}

    for route in sorted(list_routes(theirs), key=lambda each: [*OURS, each.name].index(each.name)):
        if route.name not in OURS:
            continue
        allowed = OURS[route.name][role == "rep"]
        expected[route.path] = (route.name, allowed if route.name in inside else (GONE, GONE))
        frame = Frame(visitor.membership)
        path = f"/frames/app{route.path}"
        answers = (
            frame.get(path, {"again": str(theirs.operation.pk)}),
            frame.post(path, {**theirs.form, "action": "create"}),
        )
        found[route.path] = (route.name, tuple(each.status_code for each in answers))
        for answer in answers:
            check_headers(Route(route.name.replace("frame_", ""), path), answer)
            assert answer.headers["Referrer-Policy"] == "no-referrer", route
            assert not answer.cookies, route
            for word in ("Brightside", "Harbour", "brightside.example"):
                assert word not in answer.content.decode().replace("<wbr>", ""), route

    assert found == expected
    assert snapshot(theirs.connected.company) == before
    assert not Operation.objects.for_company(foreign.company).exists()


def test_a_page_answers_head_as_it_answers_get(theirs: Theirs) -> None:
    client = Client()
    client.force_login(theirs.connected.user)
    pages = 0

    for route in list_routes(theirs):
        got = client.get(route.path)
        if got.status_code != HERE:
            continue
        asked = client.head(route.path)
        pages += 1
        assert (asked.status_code, asked.content) == (HERE, b""), route
        assert asked.headers["Content-Type"] == got.headers["Content-Type"], route

    assert pages > 30


def test_reading_changes_nothing(theirs: Theirs) -> None:
    client = Client()
    client.force_login(theirs.connected.user)
    before = snapshot(theirs.connected.company)

    for route in list_routes(theirs):
        for method in (client.get, client.head, client.options):
            answer = method(route.path)
            check_headers(route, answer)
            assert answer.status_code < 500 or route.name == "ready", route

    assert snapshot(theirs.connected.company) == before
    assert client.get("/settings/connections/").context["user"] == theirs.connected.user


def test_staff_pages_are_closed_to_a_companys_admin(theirs: Theirs) -> None:
    client = Client()
    client.force_login(theirs.connected.user)

    for route in list_routes(theirs):
        if route.name.startswith("admin:"):
            for answer in (client.get(route.path), client.post(route.path, theirs.form)):
                assert answer.status_code in {302, 403, 404}, route
                assert "Harbour" not in answer.content.decode(), route


def check_headers(route: Route, answer: Any) -> None:
    """Every page, refusals too: nothing inline, no frames, no guessing of types, no copies kept."""
    policy = answer.headers.get("Content-Security-Policy", "")
    is_frame = route.name in FRAMES and answer.status_code != NOT_SO
    holders = " ".join(settings.FRAME_ANCESTORS) if is_frame else "'none'"
    for rule in ("default-src 'none'", f"frame-ancestors {holders}", "base-uri 'none'"):
        assert rule in policy, route
    assert "unsafe" not in policy, route
    assert answer.headers["X-Content-Type-Options"] == "nosniff", route
    assert answer.headers.get("X-Frame-Options") == (None if is_frame else "DENY"), route
    assert "no-store" in answer.headers["Cache-Control"], route
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        text = answer.content.decode()
        assert not re.search(_INLINE_SCRIPT, text), route
        assert not re.search(r"<[^>]+\s(?:style|on[a-z]+)=", text), route


def snapshot(company: Company) -> dict[str, list[Any]]:
    """Every row of a company but for what only says that a page was read."""
    health = {"last_success_at", "day_calls_left"}
    seen = {"ApiCall", "Deal"}
    rows = {
        model.__name__: [
            {name: value for name, value in row.items() if name not in health}
            for row in model._default_manager.for_company(company).order_by("pk").values()
        ]
        for model in apps.get_models()
        if issubclass(model, CustomerRow) and model.__name__ not in seen
    }
    return rows | {"AuditEvent": [*AuditEvent.objects.filter(company=company).values_list("pk")]}


@pytest.mark.parametrize("language", ["en", "tr"])
def test_no_address_shows_an_amount_to_who_may_not_see_amounts(
    theirs: Theirs, language: str
) -> None:
    member = theirs.connected.membership
    client = Client()
    client.force_login(member.user)
    client.cookies["ib_language"] = language
    routes = [route for route in list_routes(theirs) if route.name in OURS]
    shown = {route.path for route in routes if _amounts(client, route)}
    assert len(shown) > 3  # it would see them

    Membership.objects.across_companies().filter(pk=member.pk).update(can_see_amounts=False)

    assert {
        route.path: _amounts(client, route) for route in routes if _amounts(client, route)
    } == {}


def _amounts(client: Client, route: Route) -> list[str]:
    answer = client.get(route.path)
    is_text = "text/" in answer.headers.get("Content-Type", "")
    return (
        money.find_amounts(answer)
        if is_text
        else [answer.headers["Content-Type"]]
        * (answer.headers.get("Content-Type") == "application/pdf")
    )
