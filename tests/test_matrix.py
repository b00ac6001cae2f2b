"""
Who may do what (P-10, S-21): every address of both URL configurations, by every method, as every
kind of visitor, with the ids of Brightside (A) in it. Anadolu (B) is the other company.

What members of B get stands in `OURS` and `ANYBODYS` of test_every_address.py; here the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from connections import demo, staff
from connections.models import ApiCall, Company, Membership, User
from invoicebridge import frame_urls
from invoices.models import Operation
from invoices.native.tests.caller import Caller, credentials
from invoices.tests.frame_world import Frame
from tests.test_every_address import (
    ANYBODYS,
    GONE,
    NOT_SO,
    OURS,
    REFUSED,
    UNSIGNED,
    Route,
    Theirs,
    foreign,
    list_routes,
    snapshot,
    theirs,
)
from tests.vendors import Connected, connect

__all__ = ["foreign", "theirs"]  # fixtures

pytestmark = pytest.mark.django_db
ADMIN, REP, ACCOUNTANT = Membership.Role.ADMIN, Membership.Role.REP, Membership.Role.ACCOUNTANT
# At home nobody is refused what OURS lets members of B do: a page, a redirect, or a message.
ANSWERED = {200, 302, 400, 409, 422}
WRITES = ("put", "patch", "delete")
# What accountants may and reps may not: the company's books.
BOOKS = "invoices:ledger"
# At home too there is nothing: no consent is under way, nobody was removed, none was chosen, and
# the dialog that is sent is Emma's.
EMPTY_AT_HOME = {
    "connections:choose_organisation",
    "connections:restore_member",
    "invoices:link_contact",
    "invoices:new",
    "connections:turn_to_company",
}
# Where a person of no company is told how to get one.
WITHOUT_COMPANY = {"connections:overview", "connections:install", "account_sessions"}
INSIDE = {
    "invoices:deal",
    *(f"invoices:{name}" for name in frame_urls.INVOICES),
    *(f"mappings:{name}" for name in frame_urls.MAPPINGS),
}
FOREIGN_WORDS = ("Brightside", "Harbour", "brightside.example")


@dataclass(frozen=True)
class Visitor:
    """Somebody at the door, and what may be answered to them."""

    client: Client
    expect: Callable[[Route, str], set[int]]
    mount: str = ""
    # Of no company: led away before anything is looked at.
    is_stranger: bool = False


@pytest.fixture
def helpers(theirs: Theirs) -> dict[str, Connected]:
    """Brightside's people by role, each with a Pipedrive user of their own."""
    found = {ADMIN: theirs.connected}
    for role, email in (
        (REP, "mehmet.yilmaz@brightside.example"),
        (ACCOUNTANT, "olivia.grant@brightside.example"),
    ):
        found[role] = connect(theirs.connected.vendors, email, None, role=role)
    return {str(role): who for role, who in found.items()}


def at_home(role: str) -> Callable[[Route, str], set[int]]:
    """Return what a member of A gets at A's addresses."""

    def expect(route: Route, method: str) -> set[int]:
        keeps_books = role == ACCOUNTANT and route.name.startswith(BOOKS)
        by_get, by_post = OURS[route.name][0 if role == ADMIN or keeps_books else 1]
        told = by_get if method == "get" else by_post
        if told in {NOT_SO, REFUSED, UNSIGNED}:
            return {told}
        return ANSWERED | ({GONE} if route.name in EMPTY_AT_HOME else set())

    return expect


def in_frame(at_site: Callable[[Route, str], set[int]]) -> Callable[[Route, str], set[int]]:
    """Return the same for a frame: what is not mounted in it is not there."""
    return lambda route, method: at_site(route, method) if route.name in INSIDE else {GONE}


def without_company(route: Route, method: str) -> set[int]:
    """Return what our staff get at the customers' addresses: no company, so nothing of anybody."""
    is_get = method == "get"
    told = {pair[not is_get] for pair in OURS[route.name]}
    if told & {NOT_SO, UNSIGNED}:
        return told | {302}
    if route.name in WITHOUT_COMPANY and is_get:
        return {200}
    return {302, REFUSED, GONE}


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@contextmanager
def undone() -> Iterator[None]:
    """Undo in the database whatever a visitor did, so that all visitors share one set-up."""
    block = transaction.atomic()
    # As a test's own: the renewal of a token may begin a transaction of its own inside (P-8).
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


def in_order(routes: list[Route]) -> list[Route]:
    """Return the addresses of the product in the order of OURS: the ends of connections last."""
    places = {name: place for place, name in enumerate(OURS)}
    return sorted((each for each in routes if each.name in OURS), key=lambda e: places[e.name])


def call(visitor: Visitor, route: Route, method: str, theirs: Theirs) -> Any:
    path = f"{visitor.mount}{route.path}"
    if method == "get":
        return visitor.client.get(path)
    return getattr(visitor.client, method)(path, {**theirs.form, "action": "create"})


def state(theirs: Theirs) -> dict[str, Any]:
    """
    Return all that A has, and how often a vendor was asked anything at all.

    Our own single sign-on is none: whoever is asked again who they are is sent there.
    """
    rows = snapshot(theirs.connected.company)
    # A visitor in a frame has a session of it, which notes that it is used.
    rows.pop("FrameSession")
    calls = [
        each["path"]
        for each in theirs.connected.vendors.control("traffic")
        if not each["path"].startswith("/sso/")
    ]
    return rows | {"calls": calls}


def test_every_address_of_both_configurations_has_its_line(theirs: Theirs) -> None:
    known = OURS.keys() | ANYBODYS.keys()
    lines = [
        f'    "{route.name}": ((HERE, NOT_SO), (HERE, NOT_SO)),'
        for configuration in (settings.ROOT_URLCONF, settings.FRAME_URLCONF)
        for route in list_routes(theirs, get_resolver(configuration))
        if route.name.startswith(("connections:", "mappings:", "invoices:"))
        and route.name not in known
    ]

    assert lines == [], (
        "OURS in tests/test_every_address.py lacks these lines. Say what a foreign admin and a "
        "foreign rep get by GET and POST:\n" + "\n".join(sorted({*lines}))
    )


def test_every_visitor_gets_what_is_theirs_at_every_address(
    theirs: Theirs, helpers: dict[str, Connected], subtests: Any
) -> None:
    routes = in_order(list_routes(theirs))
    visitors = {
        "A's rep in a frame": Visitor(
            Frame(helpers[REP].membership), in_frame(at_home(REP)), "/frames/app"
        ),
        "A's admin in a frame": Visitor(
            Frame(helpers[ADMIN].membership), in_frame(at_home(ADMIN)), "/frames/app"
        ),
        # In the frames nobody disconnects, which no vendor undoes.
        "A's rep": Visitor(sign_in(helpers[REP].user), at_home(REP)),
        "A's accountant": Visitor(sign_in(helpers[ACCOUNTANT].user), at_home(ACCOUNTANT)),
        "A's admin": Visitor(sign_in(helpers[ADMIN].user), at_home(ADMIN)),
    }

    for name, visitor in visitors.items():
        with subtests.test(name), undone():
            check_refusals(visitor, routes, theirs)
            check_answers(visitor, routes, theirs)


def check_refusals(visitor: Visitor, routes: list[Route], theirs: Theirs) -> None:
    """All that is refused: nothing of A changes, and no vendor is asked."""
    before = state(theirs)

    wrong = list(find_wrong(visitor, routes, theirs, is_refusal=True))

    assert wrong == []
    assert state(theirs) == before


def check_answers(visitor: Visitor, routes: list[Route], theirs: Theirs) -> None:
    """All that is allowed is answered."""
    assert list(find_wrong(visitor, routes, theirs, is_refusal=False)) == []


def find_wrong(
    visitor: Visitor, routes: list[Route], theirs: Theirs, *, is_refusal: bool
) -> Iterator[str]:
    """Make the calls that are to be refused, or the others, and tell what was not expected."""
    for route in routes:
        for method in ("get", "post", *WRITES):
            wanted = expect(visitor, route, method)
            if is_refusal == bool(wanted & ANSWERED):
                continue
            status = call(visitor, route, method, theirs).status_code
            if status not in wanted:
                yield f"{method} {route.path}: {status}, not of {sorted(wanted)} ({route.name})"


def expect(visitor: Visitor, route: Route, method: str) -> set[int]:
    """Return what may be answered; no page takes other methods than GET and POST."""
    if method not in WRITES:
        return visitor.expect(route, method)
    refusals = visitor.expect(route, "get") | visitor.expect(route, "post")
    return {NOT_SO, *(refusals - ANSWERED)} | ({302} if visitor.is_stranger else set())


def test_our_staff_get_nothing_at_the_customers_addresses(theirs: Theirs, subtests: Any) -> None:
    staff.make_groups()
    routes = in_order(list_routes(theirs))

    for group in Group.objects.order_by("name"):
        person = User.objects.create_user(f"{group.name}@invoicebridge.example", is_staff=True)
        staff.add_to_group(person, group.name)
        visitor = Visitor(sign_in(person), without_company, is_stranger=True)
        with subtests.test(group.name), undone():
            before = state(theirs)
            wrong = [
                *find_wrong(visitor, routes, theirs, is_refusal=True),
                *find_wrong(visitor, routes, theirs, is_refusal=False),
            ]
            assert wrong == []
            for route in routes:
                text = call(visitor, route, "get", theirs).content.decode()
                assert not any(word in text for word in FOREIGN_WORDS), route
            assert state(theirs) == before
    assert Group.objects.exists()


def test_each_group_of_staff_reads_what_it_may_and_writes_nothing_by_form(
    theirs: Theirs, subtests: Any
) -> None:
    staff.make_groups()
    routes = [each for each in list_routes(theirs) if each.name.startswith("admin:")]

    for group in Group.objects.order_by("name"):
        person = User.objects.create_user(f"{group.name}@invoicebridge.example", is_staff=True)
        staff.add_to_group(person, group.name)
        client = sign_in(person)
        with subtests.test(group.name), undone():
            before = state(theirs)
            for route in routes:
                read = client.get(route.path)
                written = client.post(route.path, {**theirs.form, "name": "x", "state": "PAUSED"})
                assert read.status_code in {200, 301, 302, REFUSED, GONE, NOT_SO}, route
                assert written.status_code in {200, 301, 302, 400, REFUSED, GONE, NOT_SO}, route
                if model := re.fullmatch(r"admin:(\w+?)_(\w+)_changelist", route.name):
                    may = person.has_perm(f"{model[1]}.view_{model[2]}")
                    may = may or person.has_perm(f"{model[1]}.change_{model[2]}")
                    assert read.status_code != 200 or may, route
            assert state(theirs) == before


def test_an_id_of_another_company_is_answered_like_one_that_nobody_has(
    theirs: Theirs, foreign: Connected, subtests: Any
) -> None:
    real, none = list_routes(theirs), list_routes(theirs, ids=of_nobody(theirs))
    client = sign_in(foreign.user)
    known = {route.name: set(OURS[route.name][0]) for route in real if route.name in OURS}

    for real_one, unknown in zip(real, none, strict=True):
        if GONE not in known.get(real_one.name, set()) or real_one.path == unknown.path:
            continue
        with subtests.test(real_one.path):
            for method in ("get", "post"):
                answers = [
                    getattr(client, method)(each.path, theirs.form if method == "post" else {})
                    for each in (real_one, unknown)
                ]
                first, second = (
                    (answer.status_code, plain(answer, route.path))
                    for answer, route in zip(answers, (real_one, unknown), strict=True)
                )
                assert first == second


def of_nobody(theirs: Theirs) -> dict[str, str]:
    """Return ids that lead nowhere; a deal's number is B's own as much as A's."""
    return {
        "deal_id": "1",
        "member_id": str(2**40),
        "operation_id": str(uuid4()),
        "invoice_id": str(2**40),
        "provider_id": "xero",
        "code": "approve",
    }


def plain(answer: Any, path: str) -> str:
    """Return a page without what differs between any two answers."""
    text = answer.content.decode().replace(path, "PATH")
    return re.sub(r'(nonce|value|content|data-csrf)="[^"]{16,}"', "", text)


def test_ids_of_another_company_in_forms_and_headers_lead_nowhere(
    theirs: Theirs, foreign: Connected, subtests: Any
) -> None:
    company, invoice = theirs.connected.company, theirs.operation.invoice
    assert invoice is not None
    client = sign_in(foreign.user)
    htmx = {
        "HX-Request": "true",
        "HX-Current-URL": f"http://testserver/invoices/{invoice.pk}/",
        "HX-Target": f"card-{invoice.pk}",
        "HX-Trigger": f"card-{invoice.pk}",
        "HX-Prompt": str(theirs.operation.pk),
    }
    client.get("/deals/1/")
    item = next(value[0] for name, value in theirs.form.items() if name.endswith("-item"))
    tries: dict[str, tuple[str, dict[str, Any], set[int]]] = {
        "a dialog of A's": ("/deals/1/invoices/new/", {**theirs.form, "action": "create"}, {404}),
        "an item of A's": (
            "/deals/1/invoices/new/",
            {**theirs.form, "submission": str(uuid4()), "p1-item": item, "action": "create"},
            {404, 409, 422},
        ),
        "a contact of A's": (
            "/deals/1/contact/link/",
            {"contact": str(invoice.xero_contact_id)},
            {404},
        ),
        "an invoice of A's": (f"/deals/1/invoices/{invoice.pk}/link/", {"from": "1"}, {404}),
        "A's template": (
            "/settings/preferences/",
            {
                "version": "0",
                "to": "organization:name",
                "due_days": "7",
                "tax_mode": "Exclusive",
                "branding_theme_id": str(invoice.branding_theme_id or uuid4()),
            },
            {422},
        ),
        "an organisation of A's": (
            "/settings/connections/xero/organisation/",
            {"tenant_id": str(theirs.connected.connection.tenant_id)},
            {404},
        ),
        "A in the ledger": (
            "/invoices/export/",
            {"company": str(company.pk), "owner": "101", "currency": "GBP"},
            {302},
        ),
    }
    before = snapshot(company)

    for name, (path, form, wanted) in tries.items():
        for headers in ({}, htmx):
            with subtests.test(name, htmx=bool(headers)):
                answer = client.post(path, form, headers=headers)

                assert answer.status_code in wanted
                for word in FOREIGN_WORDS:
                    assert word not in answer.content.decode()

    for path in ("/deals/", "/invoices/", "/deals/1/invoices/"):
        answer = client.get(path, {"company": str(company.pk), "page": "1"}, headers=htmx)
        assert not any(word in answer.content.decode() for word in FOREIGN_WORDS), path
    assert snapshot(company) == before
    assert not Operation.objects.for_company(foreign.company).exists()


def test_pipedrives_own_tab_reaches_its_own_company_only(
    theirs: Theirs, foreign: Connected, subtests: Any
) -> None:
    invoice = theirs.operation.invoice
    assert invoice is not None
    company = theirs.connected.company
    ours, others = Caller(theirs.connected), Caller(foreign)
    real, nobody = str(invoice.xero_invoice_id), str(uuid4())
    contact = str(invoice.xero_contact_id)

    assert ours.get(f"invoices/{real}/pdf").status_code == 200
    assert ours.get(f"contacts/{contact}").status_code == 200
    before = snapshot(company)
    for method, path, body in (
        ("GET", "invoices/{}/pdf", None),
        ("GET", "invoices/{}/share-url", None),
        ("POST", "invoices/{}/status", {"status": "issued"}),
        ("POST", "invoices/{}/email", {}),
        ("GET", "products/{}", None),
        ("PUT", "products/{}", {"name": "Mine"}),
        ("GET", "contacts/{}", None),
        ("PUT", "contacts/{}", {"name": "Mine"}),
    ):
        with subtests.test(f"{method} {path}"):
            id_of_a = contact if path.startswith("contacts") else real
            answers = [
                others.send(method, path.format(each), body)
                if method != "GET"
                else others.get(path.format(each))
                for each in (id_of_a, nobody)
            ]
            assert answers[0].status_code in {400, REFUSED, GONE, 422}
            assert answers[0].status_code == answers[1].status_code
            assert answers[0].content == answers[1].content
    found = others.get("invoices", ids=real)
    assert real not in found.content.decode()
    order = {"contactId": contact, "taxModeId": "NoTax", "lineItems": []}
    assert others.post("invoices", order).status_code in {400, 404, 422}
    assert snapshot(company) == before
    assert not Operation.objects.for_company(foreign.company).exists()


def test_the_native_front_takes_no_other_secret_session_or_method(
    theirs: Theirs, subtests: Any
) -> None:
    link = str(theirs.connected.company.link_id)
    member = sign_in(theirs.connected.user)
    routes = [
        Route(each.name, each.path.replace("/native/1/", f"/native/{link}/"))
        for each in list_routes(theirs)
        if each.name.startswith("invoices:native_")
    ]
    before = state(theirs)

    for route in routes:
        with subtests.test(route.name):
            for method in ("get", "post", *WRITES):
                for client, header in (
                    (Client(), {}),
                    (member, {}),
                    (Client(), {"Authorization": credentials("wrong-secret")}),
                    (Client(), {"Authorization": f"Bearer {link}"}),
                ):
                    answer = getattr(client, method)(route.path, headers=header)
                    assert answer.status_code == UNSIGNED
                allowed = {"Authorization": credentials()}
                if method in {"patch", "delete"}:
                    answer = getattr(Client(), method)(route.path, headers=allowed)
                    assert answer.status_code == NOT_SO
    assert len(routes) > 15
    assert state(theirs) == before


def test_a_call_is_made_in_the_name_of_the_company_that_asks(
    theirs: Theirs, foreign: Connected
) -> None:
    before = count_of(theirs.connected.company)
    client = sign_in(foreign.user)

    for route in list_routes(theirs):
        if route.name in OURS:
            client.get(route.path)

    assert count_of(theirs.connected.company) == before
    assert count_of(foreign.company) > 0


def count_of(company: Company) -> int:
    return ApiCall.objects.for_company(company).count()


def test_the_demos_staff_are_in_a_group_of_the_list() -> None:
    demo.seed()

    for person in User.objects.filter(is_staff=True):
        assert person.groups.exists()
