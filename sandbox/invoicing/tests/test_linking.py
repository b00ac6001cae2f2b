"""Uploading the manifest and registering a link (contract §1, §2)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.invoicing.tests.conftest import COMPANY, LINK, registration
from sandbox.invoicing.tests.fake_app import FakeApp
from sandbox.pipedrive.tests.conftest import Api, Sandbox
from sandbox.pipedrive.tests.test_pages import Browser


def upload(sandbox: Sandbox, document: Any) -> requests.Response:
    address = f"{sandbox.pipedrive}/_sandbox/pipedrive/manifest"
    return requests.post(address, json=document, timeout=10)


def without(app: FakeApp, name: str) -> dict[str, str]:
    endpoints: dict[str, str] = app.manifest()["endpoints"]
    return {each: address for each, address in endpoints.items() if each != name}


def test_a_manifest_is_kept_and_shown(sandbox: Sandbox, app: FakeApp) -> None:
    assert upload(sandbox, app.manifest()).status_code == 200

    address = f"{sandbox.pipedrive}/_sandbox/pipedrive/manifest"
    assert requests.get(address, timeout=10).json() == app.manifest()


def test_a_manifest_outlives_a_reset(sandbox: Sandbox, app: FakeApp) -> None:
    upload(sandbox, app.manifest())

    sandbox.control("reset")

    address = f"{sandbox.pipedrive}/_sandbox/pipedrive/manifest"
    assert requests.get(address, timeout=10).json() == app.manifest()


def test_only_mail_and_unannounced_templates_may_be_left_out(
    sandbox: Sandbox, app: FakeApp
) -> None:
    no_mail = app.manifest(endpoints=without(app, "postInvoiceEmail"))
    no_templates = app.manifest(endpoints=without(app, "getTemplates"))

    assert upload(sandbox, no_mail).status_code == 200
    assert upload(sandbox, no_templates).status_code == 400
    assert upload(sandbox, no_templates | {"features": {}}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": "v2"}, "The version must be v202101."),
        ({"clientId": "another"}, "The clientId is not that of the app."),
        ({"endpoints": []}, "features and endpoints must be objects."),
        ({"endpoints": {}}, "The endpoint getProviderAccount is missing."),
    ],
)
def test_a_wrong_manifest_is_refused_and_the_old_one_stays(
    sandbox: Sandbox, app: FakeApp, changes: dict[str, Any], words: str
) -> None:
    upload(sandbox, app.manifest())

    answer = upload(sandbox, app.manifest(**changes))

    assert (answer.status_code, answer.json()) == (400, {"error": words})
    address = f"{sandbox.pipedrive}/_sandbox/pipedrive/manifest"
    assert requests.get(address, timeout=10).json() == app.manifest()


@pytest.mark.parametrize(
    ("name", "address", "words"),
    [
        ("getContact", "http://a.example/:linkId/contact", "getContact lacks :contactId."),
        ("getCurrencies", "http://a.example/currencies", "getCurrencies lacks :linkId."),
        ("getCurrencies", "ftp://a.example/:linkId", "getCurrencies is not an http address."),
        (
            "getCurrencies",
            "http://a.example/:linkId/:invoiceId",
            "getCurrencies has :invoiceId, which Pipedrive does not know there.",
        ),
        ("getNothing", "http://a.example/:linkId", "There is no endpoint called getNothing."),
    ],
)
def test_a_wrong_address_in_a_manifest_is_named(
    sandbox: Sandbox, app: FakeApp, name: str, address: str, words: str
) -> None:
    endpoints = app.manifest()["endpoints"] | {name: address}

    answer = upload(sandbox, app.manifest(endpoints=endpoints))

    assert (answer.status_code, answer.json()) == (400, {"error": words})


def test_the_developer_hub_uploads_and_names_mistakes(
    sandbox: Sandbox, app: FakeApp, rep: Browser
) -> None:
    wrong = rep.post("/developer/invoicing", manifest='{"version": "v1"}')
    no_json = rep.post("/developer/invoicing", manifest="{")

    assert wrong.status_code == 400 and "The version must be v202101." in wrong.text
    assert "&quot;version&quot;" in wrong.text
    assert no_json.status_code == 400 and "The manifest is not JSON." in no_json.text


def test_an_app_registers_its_link(emma: Api, app: FakeApp) -> None:
    answer = emma.send("POST", "v1/invoice/user/provider", json=registration())

    document = answer.json()
    assert (answer.status_code, document["success"]) == (200, True)
    assert document["data"]["redirectUrl"].startswith(f"{emma.sandbox.pipedrive}/")
    state = requests.get(f"{emma.sandbox.pipedrive}/_sandbox/state", timeout=10).json()
    assert state["invoicing"]["links"] == {str(COMPANY): {"linkId": LINK, "orgId": "org-1"}}
    browser = Browser(emma.sandbox, 101)
    page = browser.session.get(document["data"]["redirectUrl"], timeout=10)
    browser.session.close()
    assert "Invoicing with InvoiceBridge is connected." in page.text


def test_a_scope_that_is_not_granted_refuses_the_link(emma: Api) -> None:
    emma.sandbox.control("settings", {"pipedrive_invoice_scope": False})

    answer = emma.send("POST", "v1/invoice/user/provider", json=registration())

    assert answer.status_code == 403
    assert answer.json()["success"] is False
    assert answer.json()["error"] == "Scope and URL mismatch"
    state = requests.get(f"{emma.sandbox.pipedrive}/_sandbox/state", timeout=10).json()
    assert state["invoicing"]["links"] == {}


@pytest.mark.parametrize(
    "body", [{}, {"data": {}}, {"data": []}, registration(marketplaceClientId="another")]
)
def test_a_wrong_registration_is_refused(emma: Api, body: Any) -> None:
    assert emma.send("POST", "v1/invoice/user/provider", json=body).status_code == 400


def test_a_stranger_registers_nothing(sandbox: Sandbox) -> None:
    address = f"{sandbox.pipedrive}/api/v1/invoice/user/provider"

    assert requests.post(address, json=registration(), timeout=10).status_code == 401


def test_taking_the_app_off_ends_the_link(linked: FakeApp, sandbox: Sandbox, rep: Browser) -> None:
    sandbox.control(f"pipedrive/{COMPANY}/users/101/uninstall")

    page = rep.get("/deal/1/invoices")

    assert "Install InvoiceBridge to invoice this deal." in page.text
