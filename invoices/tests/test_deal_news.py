"""Deals renamed, deleted and merged in Pipedrive are followed, whatever the order (F-27, F-35)."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections.models import (
    AuditEvent,
    Company,
    PipedriveAuthorisation,
    PipedriveSubscription,
    WebhookEvent,
)
from connections.tests import webhook_wire as wire
from connections.webhooks import hooks
from invoices import clock, deals, news, queries, sending
from invoices.models import Deal, DealInvoice, Operation
from invoices.tests import world as w
from mappings import example
from mappings.models import ContactLink
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
COMPANY = 7001
HOOKS = {"deal": 77, "organization": 78, "person": 79, "product": 80}
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def brightside(connected: Connected) -> Connected:
    """Brightside with its webhooks made."""
    PipedriveSubscription.objects.for_company(connected.company).update(
        hook_ids=HOOKS, pipedrive_user_id=101
    )
    return connected


def see(brightside: Connected, *deal_ids: int) -> None:
    """Have somebody look at deals, so that something is kept of them."""
    client = Client()
    client.force_login(brightside.user)
    for deal_id in deal_ids:
        assert client.get(f"/deals/{deal_id}/").status_code == 200


def tell(deal_id: int, *, entity: str = "deal", **meta: Any) -> None:
    told = {"entity": entity, "entity_id": str(deal_id), "webhook_id": HOOKS[entity]}
    body = wire.pipedrive_body(COMPANY, **{"id": f"event-{next(_numbers)}", **told, **meta})
    assert wire.tell_pipedrive(COMPANY, body).status_code == 200


def follow(after: float = 0) -> None:
    news.follow(now=clock.database_now() + timedelta(seconds=after))


def kept(brightside: Connected, deal_id: int) -> Deal:
    row: Deal = Deal.objects.for_company(brightside.company).get(deal_id=deal_id)
    return row


def change(brightside: Connected, deal_id: int, **values: Any) -> None:
    brightside.vendors.control(f"pipedrive/{COMPANY}/deals/{deal_id}", values)


def merge(brightside: Connected, kind: str, number: int, into: int) -> None:
    brightside.vendors.control(f"pipedrive/{COMPANY}/{kind}/{number}/merge", {"into": into})


def reads(brightside: Connected) -> list[str]:
    traffic = brightside.vendors.control("traffic?vendor=pipedrive")
    return [each["path"] for each in traffic]


def outcomes() -> set[tuple[str, str]]:
    return {(row.state, row.outcome) for row in WebhookEvent.objects.all()}


def create(brightside: Connected, deal_id: int) -> Operation:
    now = timezone.now()
    return w.send(w.press(brightside, deal_id=deal_id, now=now), now=now)


def test_a_deal_that_was_renamed_has_its_new_name_in_our_lists(brightside: Connected) -> None:
    see(brightside, 1)
    change(brightside, 1, title="Işık Diş — ikinci kat")
    tell(1)

    follow()

    assert kept(brightside, 1).title == "Işık Diş — ikinci kat"
    assert outcomes() == {("done", "followed")}
    assert WebhookEvent.objects.get().company == brightside.company


def test_many_events_of_one_deal_are_one_read(brightside: Connected) -> None:
    see(brightside, 1)
    for _ in range(20):
        tell(1)
    before = len(reads(brightside))

    follow()

    assert reads(brightside)[before:] == ["/api/v2/deals/1"]


def test_a_deal_that_we_hold_nothing_of_is_not_read(brightside: Connected) -> None:
    tell(2)
    before = len(reads(brightside))

    follow()

    assert len(reads(brightside)) == before
    assert outcomes() == {("done", "not_kept")}
    assert not Deal.objects.for_company(brightside.company).exists()


def test_a_deleted_deal_is_kept_as_deleted_and_its_invoices_stay(brightside: Connected) -> None:
    see(brightside, 1)
    create(brightside, 1)
    change(brightside, 1, is_deleted=True)
    tell(1, action="delete")

    follow()

    assert kept(brightside, 1).deleted_at is not None
    client = Client()
    client.force_login(brightside.user)
    page = client.get("/deals/1/")
    assert page.status_code == 404
    assert "This deal was deleted in Pipedrive." in page.content.decode()
    assert len(page.context["cards"]) == 1
    invoice = DealInvoice.objects.for_company(brightside.company).get().invoice
    assert "Deleted in Pipedrive" in client.get(f"/invoices/{invoice.pk}/").content.decode()


def test_a_deal_that_was_brought_back_is_not_deleted_any_more(brightside: Connected) -> None:
    see(brightside, 1)
    change(brightside, 1, is_deleted=True)
    tell(1, action="delete")
    follow()
    change(brightside, 1, is_deleted=False, status="open")
    tell(1)

    follow(after=1)

    assert kept(brightside, 1).deleted_at is None


def test_what_hung_on_a_merged_deal_hangs_on_the_one_that_stayed(brightside: Connected) -> None:
    see(brightside, 1, 2)
    operation = create(brightside, 1)
    merge(brightside, "deals", 1, 2)
    tell(1, action="delete", merged_to_id="2")
    tell(2, merged_from_id="1")

    follow()

    assert DealInvoice.objects.for_company(brightside.company).get().deal_id == 2
    assert w.fresh(operation).deal_id == 2
    assert kept(brightside, 1).merged_into_id == 2
    event = AuditEvent.objects.get(event="deal.merged")
    assert (event.before, event.after) == ({"deal_id": 1}, {"deal_id": 2})
    client = Client()
    client.force_login(brightside.user)
    answer = client.get("/deals/1/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/deals/2/")
    assert len(client.get("/deals/2/").context["cards"]) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_a_chain_of_merges_ends_at_the_same_deal_in_any_order(
    brightside: Connected, order: tuple[int, ...]
) -> None:
    operation = create(brightside, 1)
    told: list[dict[str, Any]] = [
        {"deal_id": 1, "action": "delete", "merged_to_id": 2},
        {"deal_id": 2, "merged_from_id": 1},
        {"deal_id": 2, "action": "delete", "merged_to_id": 3},
        {"deal_id": 3, "merged_from_id": 2},
    ]

    for step, index in enumerate(order):
        tell(**told[index])
        follow(after=step)

    assert DealInvoice.objects.for_company(brightside.company).get().deal_id == 3
    assert w.fresh(operation).deal_id == 3


def test_a_merge_that_is_told_as_a_ring_ends(brightside: Connected) -> None:
    create(brightside, 1)
    tell(1, action="delete", merged_to_id=2)
    tell(2, action="delete", merged_to_id=1)

    follow()

    assert DealInvoice.objects.for_company(brightside.company).count() == 1


def test_two_creations_under_way_survive_a_merge(brightside: Connected) -> None:
    first, second = w.press(brightside, deal_id=1), w.press(brightside, deal_id=2)
    tell(1, action="delete", merged_to_id=2)

    follow()

    assert (w.fresh(first).deal_id, w.fresh(first).is_another) == (2, True)
    assert (w.fresh(second).deal_id, w.fresh(second).is_another) == (2, False)


def test_an_invoice_made_while_its_deal_was_merged_is_on_the_deal_that_stayed(
    brightside: Connected,
) -> None:
    operation = w.press(brightside, deal_id=1)
    with_the_worker, _ = queries.get_for_worker(operation.id)
    assert with_the_worker is not None
    tell(1, action="delete", merged_to_id=2)
    follow()

    sending._send(with_the_worker, runtime=w.runtime(), now=timezone.now())

    assert w.fresh(operation).state == Operation.State.DONE
    assert DealInvoice.objects.for_company(brightside.company).get().deal_id == 2


def test_an_organizations_link_goes_on_to_the_one_that_stayed(brightside: Connected) -> None:
    link(brightside, 5)
    see(brightside, 1)
    Deal.objects.for_company(brightside.company).update(organization_id=5)
    tell(5, entity="organization", action="delete", merged_to_id=6)
    tell(6, entity="organization", merged_from_id=5)

    follow()

    assert links(brightside) == [6]
    assert kept(brightside, 1).organization_id == 6


def test_a_link_of_its_own_is_not_overwritten_by_a_merge(brightside: Connected) -> None:
    link(brightside, 5)
    link(brightside, 6)
    tell(5, entity="organization", action="delete", merged_to_id=6)

    follow()

    assert links(brightside) == [5, 6]


def test_a_contact_made_for_a_merged_organization_is_linked_to_the_one_that_stayed(
    brightside: Connected,
) -> None:
    contact = press_contact(brightside)
    tell(5, entity="organization", action="delete", merged_to_id=6)
    follow()

    assert w.send(contact, now=timezone.now()).state == Operation.State.DONE

    assert links(brightside) == [6]


@pytest.mark.parametrize("number", [5, 6], ids=["itself", "the one that stayed"])
def test_a_link_made_by_hand_while_a_contact_was_being_made_is_kept(
    brightside: Connected, number: int
) -> None:
    contact = press_contact(brightside)
    link(brightside, number)
    if number == 6:
        tell(5, entity="organization", action="delete", merged_to_id=6)
        follow()

    assert w.send(contact, now=timezone.now()).state == Operation.State.DONE

    kept_link = ContactLink.objects.for_company(brightside.company).get()
    assert str(kept_link.xero_contact_id) == w.contact_id(brightside)


def test_a_new_contact_takes_the_place_of_the_one_that_was_linked_when_it_was_asked_for(
    brightside: Connected,
) -> None:
    link(brightside, 5)

    made = w.send(press_contact(brightside), now=timezone.now())

    kept_link = ContactLink.objects.for_company(brightside.company).get()
    assert kept_link.xero_contact_id == made.xero_contact_id


def press_contact(brightside: Connected) -> Operation:
    """Ask for a contact of organization 5."""
    return w.press_contact(brightside, "Kadıköy Işık Ltd", now=timezone.now())


def link(brightside: Connected, number: int) -> None:
    ContactLink.objects.create(
        company=brightside.company,
        connection=brightside.connection,
        entity="organization",
        pipedrive_id=number,
        xero_contact_id=w.contact_id(brightside),
        contact_name="Acme",
        linked_at=timezone.now(),
    )


def links(brightside: Connected) -> list[int]:
    rows = ContactLink.objects.for_company(brightside.company).order_by("pipedrive_id")
    return list(rows.values_list("pipedrive_id", flat=True))


@pytest.mark.parametrize("entity", ["organization", "person", "product"])
def test_the_example_of_a_mapping_is_read_anew_after_a_change(
    brightside: Connected, entity: str
) -> None:
    client = Client()
    client.force_login(brightside.user)
    client.get("/settings/preferences/")
    assert example.cached(brightside.membership) is not None

    tell(1, entity=entity)
    follow()

    assert example.cached(brightside.membership) is None


def test_who_may_see_a_deal_is_asked_anew_after_it_changed(brightside: Connected) -> None:
    rep = connect(brightside.vendors, "mehmet.yilmaz@brightside.example", None, role="rep")
    client = Client()
    client.force_login(rep.user)
    client.get("/deals/1/")
    assert deals.may_see(rep.membership, 1)

    tell(1)
    follow()

    assert not deals.may_see(rep.membership, 1)


def test_while_pipedrive_is_down_the_event_waits_and_is_then_given_up(
    brightside: Connected,
) -> None:
    see(brightside, 1)
    brightside.vendors.control(
        "faults",
        {"vendor": "pipedrive", "path": "/deals/1$", "kind": "status", "status": 503, "times": 50},
    )
    change(brightside, 1, title="Later")
    tell(1)

    for after in (0, 10, 100):
        follow(after=after)
    waiting = WebhookEvent.objects.get()
    assert (waiting.state, waiting.attempts) == (WebhookEvent.State.NEW, 3)
    follow(after=2_000)
    follow(after=20_000)

    assert outcomes() == {("done", "gave_up")}


def test_a_deal_that_pipedrive_keeps_to_itself_holds_up_no_other(brightside: Connected) -> None:
    see(brightside, 1, 2)
    change(brightside, 2, title="Işık Diş — ikinci kat")
    tell(1)
    tell(2)
    brightside.vendors.control(
        "faults",
        {"vendor": "pipedrive", "path": "/deals/1$", "kind": "status", "status": 403},
    )

    follow()

    assert kept(brightside, 2).title == "Işık Diş — ikinci kat"
    assert kept(brightside, 1).deleted_at is None
    assert outcomes() == {("done", "followed")}


def test_what_changed_while_nobody_told_us_is_caught_up_with(brightside: Connected) -> None:
    see(brightside, 1, 2, 3)
    since = timezone.now() - timedelta(minutes=5)
    change(brightside, 1, title="Renamed meanwhile")
    change(brightside, 2, is_deleted=True)
    row = PipedriveSubscription.objects.for_company(brightside.company).get()
    hooks._catch_up(row, since=since, now=timezone.now())

    follow()

    assert kept(brightside, 1).title == "Renamed meanwhile"
    assert kept(brightside, 2).deleted_at is not None
    assert kept(brightside, 3).deleted_at is None


@pytest.mark.parametrize(
    ("meta", "outcome"),
    [({"webhook_id": 99}, "unknown_hook"), ({}, "not_connected")],
    ids=["a hook that is not ours", "a company that took the app off"],
)
def test_what_is_not_for_us_is_closed_and_reads_nothing(
    brightside: Connected, meta: dict[str, Any], outcome: str
) -> None:
    see(brightside, 1)
    if not meta:
        Company.objects.update(state=Company.State.UNINSTALLED)
    tell(1, **meta)
    before = len(reads(brightside))

    follow()

    assert len(reads(brightside)) == before
    assert outcomes() == {("ignored", outcome)}


def test_a_merge_is_followed_while_support_has_paused_the_company(brightside: Connected) -> None:
    see(brightside, 1, 2)
    create(brightside, 1)
    Company.objects.update(state=Company.State.PAUSED)
    merge(brightside, "deals", 1, 2)
    tell(1, action="delete", merged_to_id="2")

    follow()

    assert DealInvoice.objects.for_company(brightside.company).get().deal_id == 2
    assert outcomes() == {("done", "followed")}


def test_without_a_living_grant_nothing_is_asked(brightside: Connected) -> None:
    see(brightside, 1)
    PipedriveAuthorisation.objects.for_company(brightside.company).update(state="DEAD")
    tell(1)
    before = len(reads(brightside))

    follow()

    assert len(reads(brightside)) == before
    assert outcomes() == {("done", "not_connected")}


def test_an_event_that_nobody_foresaw_holds_up_no_other_company(brightside: Connected) -> None:
    theirs = connect(brightside.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    number = theirs.company.pipedrive_company_id
    PipedriveSubscription.objects.for_company(theirs.company).update(hook_ids=HOOKS)
    see(brightside, 1)
    tell(1)
    WebhookEvent.objects.update(resource_id="no number")
    body = wire.pipedrive_body(number, id="theirs", entity_id="1", webhook_id=HOOKS["deal"])
    assert wire.tell_pipedrive(number, body).status_code == 200
    odd, sound = WebhookEvent.objects.order_by("pk")

    for after in (0, 10, 100, 2_000, 20_000):
        follow(after=after)

    odd.refresh_from_db()
    sound.refresh_from_db()
    assert (sound.state, sound.outcome, sound.attempts) == ("done", "not_kept", 0)
    assert (odd.state, odd.outcome, odd.attempts) == ("done", "gave_up", 4)


def test_one_companys_events_change_nothing_of_another(brightside: Connected) -> None:
    theirs = connect(brightside.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    Deal.objects.create(company=theirs.company, deal_id=1, title="Anadolu", seen_at=timezone.now())
    see(brightside, 1)
    create(brightside, 1)
    tell(1, action="delete", merged_to_id=2)

    follow()

    untouched = Deal.objects.for_company(theirs.company).get()
    assert (untouched.title, untouched.deleted_at, untouched.merged_into_id) == (
        "Anadolu",
        None,
        None,
    )
