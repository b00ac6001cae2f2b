"""A deal's discount in the create dialog is taxed like what it is taken off."""

from __future__ import annotations

import pytest
from django.test import Client

from invoices.tests.dialog_page import DialogPage
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
STUDIO = 5  # two products that are not linked yet, and a discount of 10 %
APART = "discount does not have the same tax rates as the items"


@pytest.fixture
def studio(connected: Connected, client: Client) -> DialogPage:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    return DialogPage(client, STUDIO)


def _link(page: DialogPage, key: str, term: str, **headers: str) -> DialogPage:
    page.fill(**{f"{key}__query": term}).press(f"search:{key}")
    action = next(each for each in page.actions if each.startswith(f"link:{key}:"))
    return page.press(action, **headers)


def test_a_discount_takes_account_and_rate_from_the_line_that_is_linked(
    studio: DialogPage,
) -> None:
    assert studio.fields["p3-tax_rate"] == [""]

    _link(studio, "p1", "desk")
    assert APART not in studio.text
    _link(studio, "p2", "desk")

    assert studio.fields["p3-account"] == studio.fields["p1-account"] == ["200"]
    assert studio.fields["p3-tax_rate"] == studio.fields["p1-tax_rate"] == ["OUTPUT2"]
    assert APART not in studio.text
    # 10 % off the tax as well
    assert "€1,674.45" in studio.text


def test_a_discount_that_changed_with_a_line_is_drawn_with_it(studio: DialogPage) -> None:
    part = _link(studio, "p1", "desk", **{"HX-Request": "true"}).text

    assert 'id="line-p3" hx-swap-oob="true"' in part
    assert 'id="line-p2"' not in part


def test_nothing_is_said_of_a_discount_while_an_item_is_still_to_be_linked(
    studio: DialogPage,
) -> None:
    _link(studio, "p1", "desk")

    # That one may bring this rate.
    studio.fill(p3__tax_rate="ZERORATEDOUTPUT").press("preview")
    assert APART not in studio.text

    assert APART in _link(studio, "p2", "desk").text


def test_a_discount_with_another_rate_than_the_items_is_pointed_out(studio: DialogPage) -> None:
    _link(studio, "p1", "desk")
    _link(studio, "p2", "desk")

    studio.fill(p2__tax_rate="ZERORATEDOUTPUT").press("preview")
    assert APART in studio.text

    studio.fill(p1__tax_rate="ZERORATEDOUTPUT", p3__tax_rate="ZERORATEDOUTPUT").press("preview")
    assert APART not in studio.text
    assert APART not in studio.fill(p3__tax_rate="", tax_mode="NoTax").press("preview").text
