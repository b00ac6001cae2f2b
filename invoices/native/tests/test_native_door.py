"""Who may call the native front, and what becomes of calls that cannot be answered."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from connections import xero_services
from connections.models import Company, XeroConnection
from invoices.models import NativeCall, Operation
from invoices.native import manifest
from invoices.native.tests.caller import Caller, credentials, data, order, refusal
from invoices.tests import world
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db

SOMETHING = "00000000-0000-4000-8000-000000000001"


def filled(endpoint: manifest.Endpoint, thing: str = SOMETHING) -> str:
    """Return an endpoint's path with an id in it."""
    return "/".join(thing if part.startswith(":") else part for part in endpoint.path.split("/"))


def call(pipedrive: Caller, endpoint: manifest.Endpoint, body: Any = None) -> Any:
    if endpoint.method == "GET":
        return pipedrive.get(filled(endpoint))
    return pipedrive.send(endpoint.method, filled(endpoint), body or {})


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ÿÿÿ",
        "Basic ünsäglich",
        "Bearer abc",
        "Basic " + base64.b64encode(b"somebody:else").decode(),
        credentials("wrong"),
        credentials().replace("Basic", "Bearer"),
    ],
)
def test_nobody_but_pipedrive_learns_anything(connected: Connected, header: str | None) -> None:
    for endpoint in manifest.ENDPOINTS:
        for link in (connected.company.link_id, SOMETHING):
            answer = Client().generic(
                endpoint.method,
                f"/native/{link}/{filled(endpoint)}",
                "{}",
                content_type="application/json",
                headers={} if header is None else {"Authorization": header},
            )

            assert refusal(answer) == (401, "unauthorized")
            assert answer["WWW-Authenticate"].startswith("Basic")
            assert not answer.cookies
            assert "no-store" in answer["Cache-Control"]
    assert not Operation.objects.for_company(connected.company).exists()


@pytest.mark.parametrize(
    "link_id", [SOMETHING, "1", "x" * 300, "{%s}", "%s ", "ı", "٣٤", "NULL"], ids=str
)
def test_an_unknown_link_is_not_found_and_tells_nothing_else(
    connected: Connected, link_id: str
) -> None:
    link = link_id.replace("%s", str(connected.company.link_id))
    pipedrive = Caller(connected, link_id=link)

    for endpoint in manifest.ENDPOINTS:
        answer = call(pipedrive, endpoint)
        assert refusal(answer) == (404, "not_found")
        assert "Brightside" not in answer.content.decode()


def test_every_endpoint_takes_its_own_method_only(pipedrive: Caller) -> None:
    taken: dict[str, set[str]] = {}
    for endpoint in manifest.ENDPOINTS:
        taken.setdefault(filled(endpoint), set()).add(endpoint.method)

    for path, methods in taken.items():
        # HEAD is a GET whose body is left out (connections.web.HeadMiddleware).
        answered = methods | ({"HEAD"} if "GET" in methods else set())
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} - answered:
            answer = pipedrive.send(method, path, {})
            assert answer.status_code == 405, (method, path)
            assert set(answer["Allow"].split(", ")) == methods
            assert method == "HEAD" or refusal(answer) == (405, "method_not_allowed")


WRONG_BODIES: list[Any] = [
    b"",
    b"null",
    b"[]",
    b"7",
    b'"text"',
    b"{",
    b"\xff\xfe",
    b'{"a": NaN}',
    b'{"a": -Infinity}',
    b'{"a": 1e999999999999999999999}',
    b"[" * 100_000,
    b'{"data":' * 5_000,
    {"data": []},
    {"data": {"data": {}}},
    {"id": 7, "contactId": 7, "displayName": 7, "name": 7, "lineItems": 7},
    {"id": [], "contactId": {}, "displayName": [], "name": {}, "lineItems": {}},
    {"id": "\u0000", "contactName": "\u0000", "displayName": "\u0000", "name": "\u0000"},
    b'{"id":"\\ud800","contactName":"\\ud800","displayName":"\\ud800","name":"\\ud800"}',
    {"id": "x" * 9_000, "contactName": "x" * 9_000, "displayName": "x" * 9_000, "name": "x" * 999},
    {"lineItems": [7]},
    {"taxModeId": "Exclusive", "lineItems": [{}] * 1_001},
]


@pytest.mark.parametrize("body", WRONG_BODIES, ids=lambda body: str(body)[:24])
def test_no_body_breaks_an_endpoint_or_writes_anything(
    connected: Connected, pipedrive: Caller, body: Any
) -> None:
    before = len(world.writes(connected)) + len(world.writes(connected, "POST"))

    for endpoint in manifest.ENDPOINTS:
        if endpoint.method != "GET":
            status, _code = refusal(pipedrive.send(endpoint.method, filled(endpoint), body))
            assert status in {400, 404, 422}, endpoint

    assert not Operation.objects.for_company(connected.company).exists()
    assert not NativeCall.objects.for_company(connected.company).exists()
    assert len(world.writes(connected)) + len(world.writes(connected, "POST")) == before


def test_a_huge_body_and_another_type_are_refused(pipedrive: Caller) -> None:
    huge = json.dumps({"contactName": "x" * 1024 * 1024})

    for endpoint in manifest.ENDPOINTS:
        if endpoint.method != "GET":
            path = filled(endpoint)
            answer = pipedrive.send(endpoint.method, path, huge)
            assert refusal(answer) == (413, "too_large")
            for kind in ("text/xml", "application/x-www-form-urlencoded", "multipart/form-data"):
                answer = pipedrive.send(endpoint.method, path, b"a=b", content_type=kind)
                assert refusal(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "query",
    [
        {"ids": "," * 900},
        {"ids": ",".join([SOMETHING] * 3)},
        {"ids": "' OR 1=1,%00"},
        {"customerId": "7"},
        {"customerId": SOMETHING},
        {"customerId": SOMETHING, "startDate": "yesterday"},
        {"customerId": SOMETHING, "startDate": "2026-01-01", "page": "-1"},
        {"customerId": SOMETHING, "startDate": "2026-01-01", "page": "٣"},
        {"customerId": SOMETHING, "startDate": "9999-99-99"},
        {"contactId": "x", "from": "2026-02-30"},
        {"contactId": SOMETHING, "from": "2026-03-02", "to": "2026-03-01"},
        {"name": "\x00" * 3},
        {"name": "x" * 5_000, "code": "x" * 5_000, "forceCodeSearch": "true"},
        {"forceCodeSearch": "true"},
        {"name": '%_"\\)'},
    ],
    ids=lambda query: str(query)[:30],
)
def test_no_query_breaks_an_endpoint(pipedrive: Caller, query: dict[str, str]) -> None:
    for endpoint in manifest.ENDPOINTS:
        if endpoint.method == "GET":
            answer = pipedrive.get(filled(endpoint), **query)
            assert answer.status_code < 500, endpoint
            assert answer.json().keys() >= {"success"}


def test_another_companys_ids_are_not_found(
    connected: Connected, pipedrive: Caller, contact_id: str
) -> None:
    invoice = data(pipedrive.post("invoices", order(connected, contact_id)))
    item_id = order(connected, contact_id)["lineItems"][0]["productId"]
    foreign = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    theirs = Caller(foreign)
    things = {":invoiceId": invoice["id"], ":contactId": contact_id, ":productId": item_id}

    for endpoint in manifest.ENDPOINTS:
        thing = next((things[part] for part in things if part in endpoint.path), None)
        if thing is not None:
            path = filled(endpoint, thing)
            body = {"id": "DELETED", "displayName": "Taken over", "name": "Taken over"}
            answer = (
                theirs.get(path)
                if endpoint.method == "GET"
                else theirs.send(endpoint.method, path, body)
            )
            assert refusal(answer) == (404, "not_found"), endpoint
    assert data(theirs.get("invoices", ids=invoice["id"])) == []
    assert not Operation.objects.for_company(foreign.company).exists()


def test_no_session_is_read_or_begun(
    connected: Connected, pipedrive: Caller, django_assert_num_queries: Any
) -> None:
    pipedrive.client.force_login(connected.user)
    with django_assert_num_queries(2):
        answer = pipedrive.get("account")

    assert data(answer)["authorized"] is True
    assert not answer.cookies


def test_the_account_is_told_with_what_the_form_may_offer(
    connected: Connected, pipedrive: Caller
) -> None:
    account = data(pipedrive.get("account"))

    assert account["name"] == connected.connection.organisation_name
    assert account["orgId"] == str(connected.connection.tenant_id)
    features = account["features"]
    assert features["invoiceTaxOption"] == "multiple"
    assert features["invoiceDiscountOptions"] == {"globalDiscount": False, "lineDiscount": True}
    assert features["validations"]["product"]["code"] == {"maxLength": 30}


def test_an_ended_connection_is_not_authorised_and_leads_to_our_page(
    connected: Connected, pipedrive: Caller
) -> None:
    XeroConnection.objects.across_companies().update(state=XeroConnection.State.RECONNECT)

    assert data(pipedrive.get("account")) == {"authorized": False}
    url = data(pipedrive.get("account/connect-url"))["url"]
    assert url.startswith(f"{settings.SITE_URL}/settings/connections/mend/?link=")
    client = Client()
    path = url.removeprefix(settings.SITE_URL)
    assert client.get(path)["Location"].startswith("/accounts/login/")
    client.force_login(connected.user)
    assert client.get(path)["Location"] == "/settings/connections/"
    assert refusal(pipedrive.post("contacts", {"displayName": "Nobody"})) == (409, "connection")


def test_a_company_that_took_the_app_off_is_only_told_so(
    connected: Connected, pipedrive: Caller
) -> None:
    Company.objects.filter(pk=connected.company.pk).update(state=Company.State.UNINSTALLED)

    for endpoint in manifest.ENDPOINTS:
        answer = call(pipedrive, endpoint)
        if endpoint.name == "getProviderAccount":
            assert data(answer) == {"authorized": False}
        else:
            assert refusal(answer) == (404, "not_found")


def test_nothing_is_written_while_a_gate_is_shut(
    connected: Connected, pipedrive: Caller, contact_id: str
) -> None:
    Company.objects.filter(pk=connected.company.pk).update(is_security_stated=False)

    assert refusal(pipedrive.post("invoices", order(connected, contact_id))) == (409, "statement")
    assert data(pipedrive.get("account"))["authorized"] is True
    assert not Operation.objects.for_company(connected.company).exists()


def test_answers_speak_the_companys_language(connected: Connected, pipedrive: Caller) -> None:
    Company.objects.filter(pk=connected.company.pk).update(language="tr")

    answer = pipedrive.post("contacts", {})

    assert answer.json()["message"] == "displayName eksik."


def test_the_manifest_names_every_endpoint_with_the_link_in_it() -> None:
    built = manifest.build(site_url="https://ib.example/", client_id="abc")

    assert built["version"] == "v202101" and built["clientId"] == "abc"
    assert built["features"] == {"templates": True}
    assert len(built["endpoints"]) == 21
    for url in built["endpoints"].values():
        assert url.startswith("https://ib.example/native/:linkId/")
    assert built["endpoints"]["putProduct"].endswith("/products/:productId")


def test_reconnecting_keeps_the_link(connected: Connected, pipedrive: Caller) -> None:
    now = timezone.now()
    authorisation = connected.connection.authorisation
    assert authorisation is not None
    tenants = xero_services.list_tenants(authorisation, company=connected.company, now=now)
    xero_services.connect_tenant(
        company=connected.company,
        authorisation=authorisation,
        tenant=tenants[0],
        by=connected.user,
        now=now,
    )

    assert data(pipedrive.get("account"))["authorized"] is True
