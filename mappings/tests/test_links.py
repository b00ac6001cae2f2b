"""Product and contact links: remembered for the company, bound to one organisation (R-17, R-20)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from connections.models import AuditEvent
from mappings import queries, reference, services
from mappings.models import ContactLink, ProductLink, XeroItem
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db

CONTACT = UUID("00000000-0000-4000-8000-0000000000c1")
Counter = Callable[..., Any]


@pytest.fixture
def ready(connected: Connected) -> Connected:
    reference.refresh(connected.connection, now=timezone.now(), kinds=["items"])
    return connected


def item(connected: Connected, code: str) -> UUID:
    found: UUID = XeroItem.objects.for_company(connected.company).get(code=code).xero_item_id
    return found


def link(connected: Connected, code: str, product: tuple[int, int] = (7, 0)) -> None:
    services.link_products(
        connection=connected.connection,
        items={product: item(connected, code)},
        by=connected.user,
        now=timezone.now(),
    )


def link_contact(connected: Connected, **given: Any) -> None:
    services.link_contact(
        **{
            "connection": connected.connection,
            "organization_id": 1,
            "person_id": 5,
            "xero_contact_id": CONTACT,
            "contact_name": "Harbour Dental Ltd",
            "by": connected.user,
            "now": timezone.now(),
            **given,
        }
    )


def audited(connected: Connected) -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    rows = AuditEvent.objects.filter(
        company=connected.company, event__regex="^(product|contact)[.]"
    ).order_by("pk")
    return [(row.event, row.subject, row.before, row.after) for row in rows]


def test_a_product_once_linked_stays_linked_until_it_is_changed(ready: Connected) -> None:
    desk, rug = item(ready, "DESK-OAK"), item(ready, "RUG-WOOL")

    link(ready, "DESK-OAK")
    link(ready, "DESK-OAK")
    link(ready, "RUG-WOOL")

    assert queries.product_links(ready.connection, [(7, 0), (7, 1), (8, 0)]) == {(7, 0): rug}
    assert audited(ready) == [
        ("product.linked", "product:7:0", {}, {"xero_item_id": str(desk)}),
        (
            "product.linked",
            "product:7:0",
            {"xero_item_id": str(desk)},
            {"xero_item_id": str(rug)},
        ),
    ]


def test_a_variation_has_a_link_of_its_own(ready: Connected) -> None:
    link(ready, "RUG-WOOL", (5, 2))

    assert queries.product_links(ready.connection, [(5, 0)]) == {}
    assert queries.product_links(ready.connection, [(5, 2)]) == {(5, 2): item(ready, "RUG-WOOL")}


@pytest.mark.parametrize("code", ["SAMPLE-KIT", None])
def test_an_item_that_is_not_sold_or_not_there_is_refused(
    ready: Connected, code: str | None
) -> None:
    wanted = item(ready, code) if code else uuid4()

    with pytest.raises(services.NoSuchItem):
        services.link_products(
            connection=ready.connection,
            items={(7, 0): item(ready, "DESK-OAK"), (8, 0): wanted},
            by=ready.user,
            now=timezone.now(),
        )

    assert ProductLink.objects.for_company(ready.company).count() == 0
    assert audited(ready) == []


def test_another_companys_item_is_refused(ready: Connected) -> None:
    other = connect(ready.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    reference.refresh(other.connection, now=timezone.now(), kinds=["items"])

    with pytest.raises(services.NoSuchItem):
        services.link_products(
            connection=ready.connection,
            items={(7, 0): item(other, "POMPA-01")},
            by=ready.user,
            now=timezone.now(),
        )


def test_unlinking_is_one_step_and_said_once(ready: Connected) -> None:
    link(ready, "DESK-OAK")

    def unlink() -> bool:
        return services.unlink_product(
            connection=ready.connection, product=(7, 0), by=ready.user, now=timezone.now()
        )

    assert (unlink(), unlink()) == (True, False)
    assert queries.product_links(ready.connection, [(7, 0)]) == {}
    assert [event for event, *_rest in audited(ready)] == ["product.linked", "product.unlinked"]


def test_many_links_cost_few_queries(
    ready: Connected, django_assert_max_num_queries: Counter
) -> None:
    codes = ("DESK-OAK", "CHAIR-ERG", "LAMP-LED")
    items = {(number, 0): item(ready, code) for number, code in enumerate(codes)}

    # Read links, count items, save point, insert, one audit row each, release.
    with django_assert_max_num_queries(5 + len(items)):
        services.link_products(
            connection=ready.connection, items=items, by=ready.user, now=timezone.now()
        )
    # Links, and what their items are called now.
    with django_assert_max_num_queries(2):
        services.link_products(
            connection=ready.connection, items=items, by=ready.user, now=timezone.now()
        )


def test_the_link_of_a_customer_is_the_organizations(connected: Connected) -> None:
    link_contact(connected)

    def linked(organization_id: int | None, person_id: int | None) -> ContactLink | None:
        return queries.contact_link(
            connected.connection, organization_id=organization_id, person_id=person_id
        )

    found = linked(1, 99)
    assert found is not None
    assert (found.xero_contact_id, found.contact_name) == (CONTACT, "Harbour Dental Ltd")
    assert linked(None, 5) is None
    assert linked(2, 5) is None
    assert linked(None, None) is None


def test_without_an_organization_the_person_is_linked(connected: Connected) -> None:
    link_contact(connected, organization_id=None)

    (row,) = ContactLink.objects.for_company(connected.company)
    assert (row.entity, row.pipedrive_id) == ("person", 5)


def test_without_either_nothing_is_remembered(connected: Connected) -> None:
    link_contact(connected, organization_id=None, person_id=None)

    assert ContactLink.objects.for_company(connected.company).count() == 0


def test_linking_again_replaces_and_the_same_again_writes_nothing(connected: Connected) -> None:
    then = timezone.now() - timedelta(days=1)
    link_contact(connected, now=then)
    link_contact(connected)
    (row,) = ContactLink.objects.for_company(connected.company)
    assert row.linked_at == then

    link_contact(connected, xero_contact_id=UUID(int=9), contact_name="Castle Law LLP")

    (row,) = ContactLink.objects.for_company(connected.company)
    assert (row.xero_contact_id, row.contact_name) == (UUID(int=9), "Castle Law LLP")
    assert [event for event, *_rest in audited(connected)] == ["contact.linked"] * 2


def test_unlinking_a_contact_touches_nothing_in_xero(connected: Connected) -> None:
    link_contact(connected)
    traffic = len(connected.vendors.control("traffic"))

    def unlink() -> UUID | None:
        return services.unlink_contact(
            connection=connected.connection,
            organization_id=1,
            person_id=None,
            by=connected.user,
            now=timezone.now(),
        )

    linked = ContactLink.objects.for_company(connected.company).get().xero_contact_id
    assert (unlink(), unlink()) == (linked, None)
    assert ContactLink.objects.for_company(connected.company).count() == 0
    assert len(connected.vendors.control("traffic")) == traffic


def test_links_belong_to_one_company(connected: Connected) -> None:
    other = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    link_contact(connected)

    assert queries.contact_link(other.connection, organization_id=1, person_id=None) is None
