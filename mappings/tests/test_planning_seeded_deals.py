"""Every kind of deal that Pipedrive holds (pipedrive-api §10), read as a rep and planned."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from django.utils.translation import override

from connections import access, time_zones
from mappings import (
    deal_value,
    fields,
    planning,
    queries,
    reference,
    services,
    sources,
    wording,
)
from mappings.models import XeroItem
from mappings.types import Lists, ProductKey
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db

D = Decimal
Counter = Callable[..., Any]


class Seeded:
    """A company whose Xero lists are copied and whose products are linked by code."""

    def __init__(self, connected: Connected) -> None:
        self.connected = connected
        reference.refresh(connected.connection, now=timezone.now())

    def link(self, products: dict[int, str], variation: int = 0) -> None:
        """Link Pipedrive products, by id, to Xero items, by code."""
        rows = XeroItem.objects.for_company(self.connected.company)
        items: dict[ProductKey, UUID] = {
            (product, variation): rows.get(code=code).xero_item_id
            for product, code in products.items()
        }
        services.link_products(
            connection=self.connected.connection,
            items=items,
            by=self.connected.user,
            now=timezone.now(),
        )

    def read(self, deal_id: int) -> tuple[sources.Records, Any, Any]:
        """Read a deal as the create dialog does."""
        membership = self.connected.membership
        with access.open_pipedrive(membership, now=timezone.now()) as session:
            lists = fields.lists_for(session, self.connected.company)
            deal = session.call(lambda client: client.get_deal(deal_id))
            asked: list[Callable[[Any], Any]] = [
                lambda client: client.list_deal_products(deal_id),
                lambda client: client.list_deal_discounts(deal_id),
                lambda client: deal.org_id and client.get_organization(deal.org_id),
                lambda client: deal.person_id and client.get_person(deal.person_id),
            ]
            lines, discounts, organization, person = session.gather(asked)
        records = sources.Records(deal, organization or None, person or None, lists)
        return records, lines, discounts

    def plan(self, deal_id: int) -> planning.InvoicePlan:
        """Plan a deal with what the company has saved."""
        records, lines, discounts = self.read(deal_id)
        connection, company = self.connected.connection, self.connected.company
        keys = {(line.product_id, line.product_variation_id or 0) for line in lines}
        links = queries.product_links(connection, keys)
        preferences = queries.preferences_for(company)
        return planning.plan_invoice(
            records,
            lines=lines,
            discounts=discounts,
            preferences=preferences,
            mappings=queries.mappings_for(company, preferences),
            links=links,
            lists=queries.lists_for(connection, item_ids=links.values()),
            today=time_zones.organisation_today(connection, timezone.now()),
        )

    def total(self, planned: planning.InvoicePlan) -> Decimal:
        """What the plan comes to in Xero."""
        return deal_value.add_up(planned.lines, planned.tax_mode, self.lists()).total

    def lists(self) -> Lists:
        return queries.lists_for(self.connected.connection)


@pytest.fixture
def seeded(connected: Connected) -> Seeded:
    return Seeded(connected)


def codes(planned: planning.InvoicePlan) -> list[str]:
    return [note.code for note in planned.notes]


def test_an_ordinary_deal(seeded: Seeded) -> None:
    seeded.link({1: "DESK-OAK", 2: "CHAIR-ERG", 6: "INSTALL"})

    planned = seeded.plan(1)

    assert planned.customer.to == "Harbour Dental Ltd"
    assert planned.customer.address.lines == ("14 Quayside",)
    assert planned.customer.address.city == "Bristol"
    assert planned.customer.email == "lucy.bennett@harbourdental.example"
    assert (planned.tax_mode, planned.currency_code) == ("Exclusive", "GBP")
    assert planned.reference == "Reception refit — Harbour Dental"
    assert [
        (line.item_code, line.quantity, line.unit_amount, line.account_code, line.tax_type)
        for line in planned.lines
    ] == [
        ("DESK-OAK", D(1), D(1450), "200", "OUTPUT2"),
        ("CHAIR-ERG", D(4), D("289.5"), "200", "OUTPUT2"),
        ("INSTALL", D(6), D(48), "201", "OUTPUT2"),
    ]
    assert seeded.total(planned) == D("3475.20")
    assert planned.notes == ()


def test_prices_that_hold_their_tax_and_a_second_email_that_is_the_primary(
    seeded: Seeded,
) -> None:
    planned = seeded.plan(2)

    assert planned.tax_mode == "Inclusive"
    assert planned.lines[0].discount_rate == D(10)
    assert planned.customer.email == "george@northgate.example"
    assert [line.is_linked for line in planned.lines] == [False, False, False]


def test_no_tax_and_fractional_quantities(seeded: Seeded) -> None:
    planned = seeded.plan(3)

    assert (planned.tax_mode, {line.tax_type for line in planned.lines}) == ("NoTax", {"NONE"})
    assert planned.lines[1].quantity == D("2.5")
    assert seeded.total(planned) == D("898.80")


def test_turkish_names_and_another_currency(seeded: Seeded) -> None:
    planned = seeded.plan(4)

    assert planned.customer.to == "Çağlar Mobilya A.Ş."
    assert planned.customer.address.city == "İstanbul"
    assert (planned.currency_code, planned.is_currency_enabled) == ("EUR", True)


def test_a_discount_on_the_whole_deal(seeded: Seeded) -> None:
    planned = seeded.plan(5)

    assert "deal_discount" in codes(planned)
    assert planned.lines[-1].description == "Framework agreement 10%"
    assert planned.lines[-1].unit_amount == D("-930.25")


def test_a_deal_of_a_person_alone(seeded: Seeded) -> None:
    planned = seeded.plan(6)

    assert planned.customer.to == "Grace Okafor"
    assert not planned.customer.address


def test_an_address_typed_by_hand_no_person_and_a_switched_off_line(seeded: Seeded) -> None:
    planned = seeded.plan(7)

    assert planned.customer.address.lines == ("Corner of Mill Lane and Bridge St, York",)
    assert planned.customer.email == ""
    assert [line.name for line in planned.lines] == ["Ergonomic chair"]
    assert "lines_switched_off" in codes(planned)


def test_discounts_by_amount_and_a_variation(seeded: Seeded) -> None:
    seeded.link({5: "RUG-WOOL"}, variation=2)

    planned = seeded.plan(8)

    assert planned.lines[0].discount_amount == D(150)
    assert (planned.lines[1].variation_id, planned.lines[1].item_code) == (2, "RUG-WOOL")
    assert planned.lines[-1].unit_amount == D("-200.00")


def test_a_recurring_line(seeded: Seeded) -> None:
    assert codes(seeded.plan(9))[0] == "recurring"


def test_a_custom_currency_blocks_and_is_named(seeded: Seeded) -> None:
    planned = seeded.plan(10)

    assert (planned.currency_code, planned.is_currency_enabled) == ("PTS", False)
    assert "currency_not_in_xero" in codes(planned)
    assert planned.customer.email == ""


def test_a_deleted_product_keeps_its_name_and_price(seeded: Seeded) -> None:
    planned = seeded.plan(11)

    assert [line.name for line in planned.lines] == ["Bespoke shelving", "Velvet curtains"]
    assert planned.lines[1].unit_amount == D(330)
    assert not planned.lines[1].is_linked


def test_a_deal_without_products(seeded: Seeded) -> None:
    planned = seeded.plan(12)

    assert (planned.lines, planned.tax_mode, planned.notes) == ((), "Exclusive", ())


@pytest.mark.parametrize("deal_id", range(1, 17))
def test_every_deal_can_be_planned_and_told_in_both_languages(seeded: Seeded, deal_id: int) -> None:
    planned = seeded.plan(deal_id)

    for language in ("en", "tr"):
        with override(language):
            texts = [wording.note_text(note, planned.currency_code) for note in planned.notes]
        assert all(texts)


def test_a_turkish_company(connected: Connected) -> None:
    anadolu = Seeded(connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu"))
    with access.open_pipedrive(anadolu.connected.membership, now=timezone.now()) as session:
        deals = session.call(lambda client: client.list_deals(status="open,won")).rows

    plans = [anadolu.plan(deal.id) for deal in deals]

    assert len(plans) >= 5
    assert all(planned.customer.to for planned in plans)
    assert "TRY" in {planned.currency_code for planned in plans if planned.is_currency_enabled}


def test_the_database_is_asked_few_questions_for_a_plan(
    seeded: Seeded, django_assert_num_queries: Counter
) -> None:
    seeded.link({1: "DESK-OAK", 2: "CHAIR-ERG", 6: "INSTALL"})
    company, connection = seeded.connected.company, seeded.connected.connection

    # Preferences, links, what their items are called now, and the five lists.
    with django_assert_num_queries(8):
        preferences = queries.preferences_for(company)
        queries.mappings_for(company, preferences)
        links = queries.product_links(connection, [(1, 0), (2, 0), (6, 0)])
        queries.lists_for(connection, item_ids=links.values())
