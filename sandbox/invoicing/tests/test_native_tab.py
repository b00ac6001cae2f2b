"""The Invoices tab, drawn by calling the app as Pipedrive does (contract §3)."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
import requests

from sandbox.invoicing.tests.conftest import COMPANY
from sandbox.invoicing.tests.fake_app import ACTIONS, PDF, FakeApp
from sandbox.pipedrive.tests.conftest import Api, Sandbox
from sandbox.pipedrive.tests.test_pages import Browser

BASIC = "Basic " + base64.b64encode(b"sandbox-pipedrive:sandbox-pipedrive-secret").decode()


def head(**changes: str) -> dict[str, str]:
    given = {
        "do": "create",
        "contactId": "",
        "contactName": "Harbour Dental",
        "address": "1 Quay",
        "email": "pay@harbour.example",
        "taxNumber": "GB1",
        "taxModeId": "Exclusive",
        "currencyId": "GBP",
        "templateId": "t-1",
        "issueDate": "2026-11-27",
        "dueDate": "",
        "lines-TOTAL_FORMS": "2",
        "lines-INITIAL_FORMS": "0",
        "lines-0-description": "Oak desk",
        "lines-0-quantity": "2",
        "lines-0-unitPrice": "1450.50",
        "lines-0-discountRate": "10",
        "lines-0-taxRateId": "OUTPUT2",
        "lines-0-accountId": "200",
        "lines-1-description": "Thank you",
    }
    return given | changes


def test_the_tab_says_what_is_missing(sandbox: Sandbox, app: FakeApp, rep: Browser) -> None:
    assert "has not uploaded its manifest" in rep.get("/deal/1/invoices").text
    sandbox.control("pipedrive/manifest", app.manifest())
    assert "Install InvoiceBridge" in rep.get("/deal/1/invoices").text
    sandbox.connect("emma.clarke@brightside.example")
    assert "Connect your accounting" in rep.get("/deal/1/invoices").text


def test_a_lost_connection_leads_to_the_app(linked: FakeApp, rep: Browser) -> None:
    linked.is_authorized = False

    page = rep.get("/deal/1/invoices")
    away = rep.session.get(
        f"{rep.address}/settings/invoicing/reconnect", allow_redirects=False, timeout=10
    )

    assert "Connect your accounting again" in page.text
    assert away.headers["Location"] == "http://localhost:1/repair"
    assert linked.asked[0].authorization == BASIC


def test_the_dialog_is_filled_from_the_deal_and_the_lists(linked: FakeApp, rep: Browser) -> None:
    page = rep.get("/deal/1/invoices/new").text

    assert "Harbour Dental" in page
    assert 'value="OUTPUT2" selected' in page
    assert 'value="1450"' in page or 'value="1450.' in page
    for name in ("account", "currencies", "tax-rates", "accounts", "templates"):
        assert len(linked.calls(name)) == 1


def test_an_invoice_is_posted_as_the_contract_has_it_and_kept_on_the_deal(
    linked: FakeApp, rep: Browser
) -> None:
    page = rep.post("/deal/1/invoices/new", **head())

    (call,) = linked.calls("invoices", "POST")
    assert call.authorization == BASIC
    assert call.body == {
        "success": True,
        "data": {
            "contactId": None,
            "contactName": "Harbour Dental",
            "address": "1 Quay",
            "email": "pay@harbour.example",
            "taxNumber": "GB1",
            "taxModeId": "Exclusive",
            "globalDiscount": None,
            "taxRateId": None,
            "templateId": "t-1",
            "currencyId": "GBP",
            "invoiceNumber": None,
            "issueDate": "2026-11-27T00:00:00.000Z",
            "dueDate": None,
            "lineItems": [
                {
                    "productId": None,
                    "productCode": None,
                    "description": "Oak desk",
                    "quantity": 2,
                    "unitPrice": 1450.5,
                    "discountRate": 10,
                    "taxRateId": "OUTPUT2",
                    "accountId": "200",
                },
                {
                    "productId": None,
                    "productCode": None,
                    "description": "Thank you",
                    "quantity": None,
                    "unitPrice": None,
                    "discountRate": None,
                    "taxRateId": None,
                    "accountId": "",
                },
            ],
        },
    }
    assert "INV-1" in page.text and "2,901.00 GBP" in page.text
    assert linked.calls("search/invoices")[-1].query == {"ids": "i-1"}
    assert "INV-1" not in rep.get("/deal/3/invoices").text


def test_what_is_posted_may_be_bare(linked: FakeApp, rep: Browser, sandbox: Sandbox) -> None:
    sandbox.control("settings", {"pipedrive_invoice_data": False})

    rep.post("/deal/1/invoices/new", **head())

    (call,) = linked.calls("invoices", "POST")
    assert call.body["contactName"] == "Harbour Dental"


def test_a_refusal_is_shown_and_what_was_typed_stays(linked: FakeApp, rep: Browser) -> None:
    linked.refusal = (422, "The account 200 is archived in Xero.")

    page = rep.post("/deal/1/invoices/new", **head(address="A lane of its own"))

    assert page.status_code == 502
    assert "The account 200 is archived in Xero." in page.text
    assert "A lane of its own" in page.text
    assert linked.invoices == {}


def test_what_is_wrong_in_the_dialog_is_not_posted(linked: FakeApp, rep: Browser) -> None:
    page = rep.post("/deal/1/invoices/new", **head(**{"lines-0-quantity": "many"}))

    assert page.status_code == 400 and "Enter a number." in page.text
    assert linked.calls("invoices", "POST") == []


def test_a_contact_and_a_product_are_searched_and_taken(linked: FakeApp, rep: Browser) -> None:
    found = rep.post("/deal/1/invoices/new", **head(do="find-contact", contactName="harb")).text
    taken = rep.post("/deal/1/invoices/new", **head(do="", pick_contact="c-1")).text
    products = rep.post(
        "/deal/1/invoices/new", **head(do="find-product", product_name="oak", by_code="on")
    ).text
    added = rep.post("/deal/1/invoices/new", **head(do="", pick_product="p-1")).text

    assert 'name="pick_contact" value="c-1"' in found
    assert re.search(r'name="contactId" value="c-1"', taken)
    assert 'name="pick_product" value="p-1"' in products
    assert linked.calls("search/products")[0].query == {"code": "oak", "forceCodeSearch": "true"}
    assert 'name="lines-2-productId" value="p-1"' in added
    assert linked.calls("invoices", "POST") == []


def test_lines_are_added_and_taken_off(linked: FakeApp, rep: Browser) -> None:
    more = rep.post("/deal/1/invoices/new", **head(do="add-line")).text
    fewer = rep.post("/deal/1/invoices/new", **head(do="remove-0")).text

    assert "lines-2-description" in more
    assert "Oak desk" not in re.findall(r"<textarea[^>]*lines-0[^>]*>([^<]*)", fewer)[0]
    assert "lines-1-description" not in fewer


def test_a_card_offers_what_the_app_offers(linked: FakeApp, rep: Browser) -> None:
    rep.post("/deal/1/invoices/new", **head())

    page = rep.get("/deal/1/invoices").text
    page_after = rep.post("/deal/1/invoices/i-1/act", action=_action("VOIDED")).text

    for label in ("Approve", "Void", "Send by e-mail", "Download PDF", "Online invoice"):
        assert label in page
    assert page.count("This cannot be undone.") == 1
    (call,) = linked.calls("invoices/i-1/status", "POST")
    assert call.body["data"]["id"] == "VOIDED"
    assert call.body["data"]["requireConfirmation"] == "destructive"
    assert "Voided" in page_after and "Approve" not in page_after


def test_an_invoice_is_mailed_downloaded_and_shared(linked: FakeApp, rep: Browser) -> None:
    rep.post("/deal/1/invoices/new", **head())

    mailed = rep.post("/deal/1/invoices/i-1/act", action=_action("EMAIL"))
    pdf = rep.get("/deal/1/invoices/i-1/pdf")
    shared = rep.session.get(
        f"{rep.address}/deal/1/invoices/i-1/share", allow_redirects=False, timeout=10
    )

    assert (
        "The invoice was sent." in mailed.text
        and len(linked.calls("invoices/i-1/email", "POST")) == 1
    )
    assert (pdf.content, pdf.headers["Content-Type"]) == (PDF, "application/pdf")
    assert "INV-1.pdf" in pdf.headers["Content-Disposition"]
    assert shared.headers["Location"] == f"{linked.url}/online"


def test_an_action_that_is_refused_is_shown(linked: FakeApp, rep: Browser) -> None:
    rep.post("/deal/1/invoices/new", **head())
    linked.refusal = (409, "A paid invoice cannot be voided.")

    page = rep.post("/deal/1/invoices/i-1/act", action=_action("VOIDED"))

    assert page.status_code == 502 and "A paid invoice cannot be voided." in page.text


@pytest.mark.parametrize("action", ["", "[]", "null", "{"])
def test_nonsense_is_not_sent_to_the_app(linked: FakeApp, rep: Browser, action: str) -> None:
    rep.post("/deal/1/invoices/new", **head())

    assert rep.post("/deal/1/invoices/i-1/act", action=action).status_code == 400
    assert rep.post("/deal/3/invoices/i-1/act", action=_action("VOIDED")).status_code == 404
    assert linked.calls("invoices/i-1/status", "POST") == []


def test_the_customers_invoices_and_sums_are_asked_for_a_period(
    linked: FakeApp, rep: Browser
) -> None:
    rep.post("/deal/1/invoices/new", **head())
    period = "customerId=c-1&startDate=2026-01-01&endDate=2026-12-31&page=2&refresh=1"

    found = rep.get("/deal/1/invoices/customer?name=harbour").text
    page = rep.get(f"/deal/1/invoices/customer?{period}").text

    assert "customerId=c-1" in found
    assert linked.calls("search/invoices")[-1].query == {
        "customerId": "c-1",
        "startDate": "2026-01-01",
        "endDate": "2026-12-31",
        "page": "2",
    }
    assert linked.calls("summary")[-1].query == {
        "contactId": "c-1",
        "from": "2026-01-01",
        "to": "2026-12-31",
        "refresh": "true",
    }
    assert "INV-1" in page and "60.50" in page


@pytest.mark.parametrize(
    ("kind", "made", "changed"),
    [
        ("products", {"name": "Lamp", "unitPrice": "12.5"}, {"name": "Lamp", "unitPrice": "13"}),
        ("contacts", {"displayName": "Işık"}, {"displayName": "Işık A.Ş.", "city": ""}),
    ],
)
def test_products_and_contacts_are_made_and_changed(
    linked: FakeApp, rep: Browser, kind: str, made: dict[str, str], changed: dict[str, str]
) -> None:
    rep.post(f"/invoicing/{kind}/edit", **made)
    entry_id = f"{kind[0]}-2"
    form = rep.get(f"/invoicing/{kind}/edit?id={entry_id}").text
    rep.post(f"/invoicing/{kind}/edit?id={entry_id}", **changed)

    (posted,), (put,) = linked.calls(kind, "POST"), linked.calls(f"{kind}/{entry_id}", "PUT")
    assert set(posted.body["data"]) == set(made)
    assert f'value="{next(iter(made.values()))}"' in form
    assert (
        put.body["data"].items() >= {k: v for k, v in changed.items() if k != "unitPrice"}.items()
    )


def test_a_dripping_answer_is_given_up_after_ten_seconds(linked: FakeApp, rep: Browser) -> None:
    linked.seconds_per_byte = 0.4

    page = rep.session.get(f"{rep.address}/deal/1/invoices", timeout=30)

    assert "did not answer within ten seconds" in page.text


def test_a_script_calls_an_endpoint_and_keeps_the_invoice(
    linked: FakeApp, emma: Api, rep: Browser
) -> None:
    body: dict[str, Any] = {"contactName": "Harbour Dental", "dueDate": None, "lineItems": []}

    answer = emma.sandbox.control(
        f"pipedrive/{COMPANY}/invoicing/postInvoice", {"body": body, "deal": 1}
    )
    unknown = requests.post(
        f"{emma.sandbox.pipedrive}/_sandbox/pipedrive/7002/invoicing/getTaxRates", timeout=10
    )

    assert (answer["status"], answer["json"]["data"]["id"]) == (200, "i-1")
    assert "INV-1" in rep.get("/deal/1/invoices").text
    assert unknown.status_code == 400


def _action(action_id: str) -> str:
    action = next(each for each in ACTIONS if each["id"] == action_id)
    return str(action).replace("'", '"').replace("None", "null")
