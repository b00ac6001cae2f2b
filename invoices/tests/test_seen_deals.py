"""What is kept of deals that somebody looked at: titles and owners, for the company's lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections import access
from connections.models import Company, Membership, PipedriveAuthorisation
from connections.pipedrive.types import FoundDeal
from invoices import deals, seen_deals, tasks
from invoices.models import Deal
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    return client


def found(deal_id: int = 1, title: str = "İstanbul ofisi", owner_id: int | None = 7) -> FoundDeal:
    return FoundDeal(deal_id, title, "open", None, "TRY", owner_id, None, "", None, "", False)


def stored(connected: Connected) -> dict[int, tuple[str, int | None, str]]:
    rows = Deal.objects.for_company(connected.company)
    return {row.deal_id: (row.title, row.owner_id, row.owner_name) for row in rows}


@pytest.mark.parametrize(
    "address", ["/deals/", "/deals/?q=Harbour", "/deals/1/", "/deals/1/invoices/new/"]
)
def test_each_page_that_reads_a_deal_notes_its_title_and_owner(
    emma: Client, connected: Connected, address: str
) -> None:
    emma.get(address)

    title, owner_id, owner_name = stored(connected)[1]
    assert title == "Reception refit — Harbour Dental"
    assert owner_id is not None
    assert owner_name == ""


def test_a_worker_names_the_owners_and_later_deals_are_named_at_once(
    emma: Client, connected: Connected
) -> None:
    emma.get("/deals/1/")

    tasks.name_owners(membership_id=connected.membership.pk)

    _title, owner_id, name = stored(connected)[1]
    users = connected.vendors.control("state")["pipedrive"]["companies"]
    assert name in str(users)
    assert name
    emma.get("/deals/")
    same_owner = [row for row in stored(connected).values() if row[1] == owner_id]
    assert len(same_owner) > 1
    assert {row[2] for row in same_owner} == {name}


def test_looking_again_writes_nothing_and_costs_one_read(
    connected: Connected, django_assert_num_queries: object
) -> None:
    now = timezone.now()
    seen_deals.note(connected.membership, [found()], now=now)

    with django_assert_num_queries(1):  # type: ignore[operator]
        seen_deals.note(connected.membership, [found()], now=now + timedelta(minutes=5))

    assert Deal.objects.for_company(connected.company).get().seen_at == now


def test_a_renamed_deal_is_noted_anew(connected: Connected) -> None:
    now = timezone.now()
    seen_deals.note(connected.membership, [found(title="Isıtma")], now=now)

    seen_deals.note(connected.membership, [found(title="Isıtma 2", owner_id=None)], now=now)

    assert stored(connected) == {1: ("Isıtma 2", None, "")}


def test_a_name_that_is_not_at_hand_does_not_erase_the_stored_one(connected: Connected) -> None:
    now = timezone.now()
    seen_deals.note(connected.membership, [found()], now=now)
    Deal.objects.for_company(connected.company).update(owner_name="Emma Clarke")

    seen_deals.note(connected.membership, [found(title="Yeni")], now=now)

    assert stored(connected) == {1: ("Yeni", 7, "Emma Clarke")}


def test_an_odd_title_is_kept_as_far_as_the_database_can(connected: Connected) -> None:
    seen_deals.note(connected.membership, [found(title="a\x00b" + "ğ" * 300)], now=timezone.now())

    assert stored(connected)[1][0] == "ab" + "ğ" * 253


def test_the_customer_of_a_deal_is_kept_and_asked_for_once(
    emma: Client, connected: Connected
) -> None:
    calls = len(connected.vendors.control("traffic?vendor=pipedrive"))
    now = timezone.now()

    deal = deals.recall(connected.membership, 1, now=now)
    again = deals.recall(connected.membership, 1, now=now)

    assert (deal.organization_id, deal.person_id) == (again.organization_id, again.person_id)
    assert deal.organization_id is not None
    assert len(connected.vendors.control("traffic?vendor=pipedrive")) - calls == 1
    deals.recall(connected.membership, 1, now=now, is_fresh=True)
    assert len(connected.vendors.control("traffic?vendor=pipedrive")) - calls == 2


def test_what_others_saw_of_a_deal_is_not_shown_to_who_may_not(
    emma: Client, connected: Connected
) -> None:
    deals.recall(connected.membership, 1, now=timezone.now())
    noor = connect(
        connected.vendors, "noor.haddad@brightside.example", None, role=Membership.Role.REP
    )

    with pytest.raises(deals.NotAvailable):
        deals.recall(noor.membership, 1, now=timezone.now())


def read(member: Connected) -> None:
    with access.open_pipedrive(member.membership, now=timezone.now()) as session:
        deals.read(session, member.membership, 1)


def recall(member: Connected) -> None:
    deals.recall(member.membership, 1, now=timezone.now(), is_fresh=True)


def check_open(member: Connected) -> None:
    deals.check_open(member.membership, 1, now=timezone.now())


@pytest.mark.parametrize("ask", [read, recall, check_open])
@pytest.mark.parametrize("change", [{"visible_to": 1, "owner_id": 101}, {"is_deleted": True}])
def test_once_pipedrive_does_not_show_a_deal_nothing_kept_of_it_is_shown(
    connected: Connected, ask: Callable[[Connected], None], change: dict[str, object]
) -> None:
    rep = connect(
        connected.vendors, "mehmet.yilmaz@brightside.example", None, role=Membership.Role.REP
    )
    read(rep)
    assert deals.may_see(rep.membership, 1)
    connected.vendors.control("pipedrive/7001/deals/1", change)

    with pytest.raises(deals.NotAvailable):
        ask(rep)

    assert not deals.may_see(rep.membership, 1)


def test_two_companies_may_have_a_deal_of_the_same_number(connected: Connected) -> None:
    other = Company.objects.create(pipedrive_company_id=999, name="Other")
    Deal.objects.create(company=other, deal_id=1, title="Theirs", seen_at=timezone.now())

    seen_deals.note(connected.membership, [found()], now=timezone.now())

    assert Deal.objects.for_company(other).get().title == "Theirs"
    assert stored(connected) == {1: ("İstanbul ofisi", 7, "")}


def test_naming_without_a_grant_changes_nothing(connected: Connected) -> None:
    seen_deals.note(connected.membership, [found()], now=timezone.now())
    PipedriveAuthorisation.objects.for_company(connected.company).delete()

    tasks.name_owners(membership_id=connected.membership.pk)

    assert stored(connected) == {1: ("İstanbul ofisi", 7, "")}
