"""The pages a person can use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from sandbox.pipedrive.tests.conftest import Api, Sandbox


class Browser:
    """A person at the pages."""

    def __init__(self, sandbox: Sandbox, user_id: int) -> None:
        self.session = requests.Session()
        self.address = sandbox.pipedrive
        self.post("/enter", user_id=str(user_id))

    def get(self, path: str) -> requests.Response:
        """Open a page."""
        return self.session.get(self.address + path, timeout=10)

    def post(self, path: str, **form: object) -> requests.Response:
        """Send a form."""
        return self.session.post(self.address + path, data=form, timeout=10)


@pytest.fixture
def rep(sandbox: Sandbox) -> Iterator[Browser]:
    """Mehmet at the browser."""
    browser = Browser(sandbox, 102)
    yield browser
    browser.session.close()


def test_strangers_choose_who_they_are(sandbox: Sandbox) -> None:
    home = requests.get(sandbox.pipedrive, timeout=10)
    deal = requests.get(f"{sandbox.pipedrive}/deal/1", timeout=10)

    assert "Who are you?" in home.text
    assert "Zeynep Kaya" in home.text
    assert "Reception refit" not in deal.text


def test_the_list_shows_what_its_reader_may_see(rep: Browser) -> None:
    page = rep.get("/")

    assert "Reception refit — Harbour Dental" in page.text
    assert "Board room" not in page.text
    assert "Fittings of last year" not in page.text
    assert "Fittings of last year" in rep.get("/?status=archived").text
    assert rep.get("/deal/15").status_code == 404


def test_a_deal_page_leads_to_the_app(sandbox: Sandbox, rep: Browser) -> None:
    page = rep.get("/deal/1")

    assert f'href="{sandbox.app}/deals/1/"' in page.text
    assert "evenings only" in page.text
    assert "<b>evenings" not in page.text


def test_a_deal_is_marked_won(rep: Browser, mehmet: Api) -> None:
    rep.post("/deal/3/move", move="won")

    deal = mehmet.data("v2/deals/3")
    assert deal["status"] == "won"
    assert deal["won_time"] == deal["close_time"] == deal["update_time"]


def test_a_line_is_changed_and_removed_and_a_product_added(rep: Browser, mehmet: Api) -> None:
    first, second, _ = mehmet.data("v2/deals/1/products")
    figures = {
        "quantity": "2",
        "item_price": "1400.50",
        "discount": "0",
        "discount_type": "percentage",
        "tax": "5",
        "tax_method": "exclusive",
        "billing_frequency": "one-time",
        "is_enabled": "on",
    }

    rep.post(f"/deal/1/lines/{first['id']}", action="save", **figures)
    rep.post(f"/deal/1/lines/{second['id']}", action="remove")
    rep.post("/deal/1/lines", product_id="8", quantity="1")

    lines = mehmet.data("v2/deals/1/products")
    assert [(line["name"], line["quantity"], line["item_price"]) for line in lines] == [
        ("Oak desk", 2, 1400.5),
        ("Installation, per hour", 6, 48),
        ("Delivery", 1, 75),
    ]


def test_a_wrong_figure_is_named_and_nothing_is_written(rep: Browser, mehmet: Api) -> None:
    before = mehmet.data("v2/deals/1/products")

    answer = rep.post(f"/deal/1/lines/{before[0]['id']}", action="save", quantity="many")

    assert answer.status_code == 400
    assert "Enter a number." in answer.text
    assert 'value="many"' in answer.text
    assert mehmet.data("v2/deals/1/products") == before


def test_an_organization_is_renamed_and_its_address_retyped(rep: Browser, mehmet: Api) -> None:
    before = mehmet.data("v2/organizations/1")
    custom = {code: value for code, value in before["custom_fields"].items() if value is not None}

    rep.post("/organization/1", name="Harbour Clinic", address="By the sea", **custom)

    after = mehmet.data("v2/organizations/1")
    assert after["name"] == "Harbour Clinic"
    assert after["address"]["value"] == "By the sea"
    assert after["address"]["locality"] is None
    assert after["custom_fields"] == before["custom_fields"]


def test_a_persons_addresses_are_changed(rep: Browser, mehmet: Api) -> None:
    rep.post("/person/2", first_name="George", last_name="Whitlock", email="new@northgate.example")

    assert mehmet.data("v2/persons/2")["emails"] == [
        {"value": "new@northgate.example", "primary": True, "label": "work"}
    ]


def test_saving_a_deals_details_unchanged_changes_nothing(sandbox: Sandbox, mehmet: Api) -> None:
    before = mehmet.data("v2/deals/1")
    codes = {field["field_name"]: field["field_code"] for field in mehmet.data("v2/dealFields")}
    custom = before["custom_fields"]
    form = {
        "title": before["title"],
        "currency": "GBP",
        "org_id": "1",
        "person_id": "1",
        codes["PO number"]: custom[codes["PO number"]],
        codes["Invoice e-mail"]: custom[codes["Invoice e-mail"]],
        codes["Segment"]: "2",
        codes["Extras"]: ["1", "2"],
        codes["Budget"]: "3500",
        f"{codes['Budget']}__currency": "GBP",
        codes["Handover date"]: custom[codes["Handover date"]],
        codes["Designer"]: "103",
    }
    browser = Browser(sandbox, 102)

    answer = browser.post("/deal/1", **form)

    browser.session.close()
    after = mehmet.data("v2/deals/1")
    assert answer.status_code == 200
    assert after | {"update_time": ""} == before | {"update_time": ""}


def test_an_archived_deal_offers_no_changes(rep: Browser) -> None:
    page = rep.get("/deal/17")
    refused = rep.post("/deal/17/lines", product_id="8", quantity="1")

    assert "Save details" not in page.text
    assert refused.status_code == 400


def test_a_custom_field_is_deleted_from_the_settings(rep: Browser, mehmet: Api) -> None:
    codes = {field["field_name"]: field["field_code"] for field in mehmet.data("v2/dealFields")}

    rep.post("/settings/fields", entity="deal", code=codes["PO number"])
    built_in = rep.post("/settings/fields", entity="deal", code="title")

    left = {field["field_code"] for field in mehmet.data("v2/dealFields")}
    assert left == set(codes.values()) - {codes["PO number"]}
    assert built_in.status_code == 404


def test_the_apps_settings_address_leads_to_the_marketplace_apps(rep: Browser) -> None:
    page = rep.get("/settings/marketplace/app/sandbox-pipedrive/app-settings")

    assert "Marketplace apps" in page.text
    assert "Not installed for you." in page.text
