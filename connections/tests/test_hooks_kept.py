"""The webhooks in a company's Pipedrive are there, and are ours alone (P-7, P-22, F-38)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from connections import access, services
from connections.models import Company, PipedriveSubscription, WebhookEvent
from connections.secrets import Secret
from connections.tests import webhook_wire as wire
from connections.webhooks import hooks, signatures
from sandbox.tests.receiver import Receiver, receiving
from tests.live import list_free_ports, wait_until
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db
COMPANY = 7001


@pytest.fixture
def app(connected: Connected, settings: Any) -> Iterator[Receiver]:
    """Our own address as Pipedrive reaches it."""
    with receiving(lambda _: 200) as receiver:
        settings.SITE_URL = receiver.url
        yield receiver


def subscription(connected: Connected) -> PipedriveSubscription:
    return PipedriveSubscription.objects.for_company(connected.company).get()


def listed(connected: Connected) -> list[Any]:
    """Return what Pipedrive holds."""
    with access.open_pipedrive(connected.membership, now=timezone.now()) as session:
        return sorted(session.call(lambda pipedrive: pipedrive.list_webhooks()), key=lambda h: h.id)


def remove(connected: Connected, hook_id: int) -> None:
    with access.open_pipedrive(connected.membership, now=timezone.now()) as session:
        session.call(lambda pipedrive: pipedrive.delete_webhook(hook_id))


def keep(connected: Connected, now: datetime | None = None) -> bool:
    return hooks.keep_for(connected.company.pk, now=now or timezone.now())


def writes(connected: Connected) -> list[str]:
    traffic = connected.vendors.control("traffic?vendor=pipedrive&path=webhooks")
    return [each["method"] for each in traffic if each["method"] != "GET"]


def test_connecting_asks_for_the_webhooks_and_a_worker_makes_them(
    connected: Connected, app: Receiver
) -> None:
    assert subscription(connected).next_check_at <= timezone.now()

    assert keep(connected)

    made = listed(connected)
    assert {each.event_object for each in made} == {"deal", "organization", "person", "product"}
    wanted = signatures.credentials_for(COMPANY)
    url = f"{app.url}/webhooks/pipedrive/{wanted.address}"
    assert {(each.subscription_url, each.event_action, each.version) for each in made} == {
        (url, "*", "2.0")
    }
    row = subscription(connected)
    assert row.hook_ids == {each.event_object: each.id for each in made}
    assert (row.pipedrive_user_id, row.error_code) == (101, "")
    assert row.next_check_at > timezone.now() + timedelta(hours=23)


def test_what_pipedrive_then_sends_is_accepted(connected: Connected, app: Receiver) -> None:
    keep(connected)

    connected.vendors.control(f"pipedrive/{COMPANY}/deals/1", {"title": "Işık"})
    message = wait_until(lambda: app.messages)[0]
    answer = wire.tell_pipedrive(
        COMPANY,
        message.body,
        address=message.path.rpartition("/")[2],
        authorization=message.headers["authorization"],
    )
    assert answer.status_code == 200
    row = WebhookEvent.objects.get()
    assert (row.category, row.resource_id) == ("deal", "1")
    assert row.hook_id == subscription(connected).hook_ids["deal"]


def test_a_second_look_changes_nothing_and_comes_after_a_day(
    connected: Connected, app: Receiver
) -> None:
    now = timezone.now()
    keep(connected, now)
    before = writes(connected)

    assert not keep(connected, now + timedelta(hours=23))
    assert hooks.keep_due(now=now + timedelta(hours=23)) == 0
    assert hooks.keep_due(now=now + timedelta(days=1, seconds=1)) == 1

    assert writes(connected) == before == ["POST"] * 4


def test_a_hook_that_pipedrive_deleted_is_made_again_and_its_time_caught_up_with(
    connected: Connected, app: Receiver
) -> None:
    now = timezone.now()
    keep(connected, now)
    before = subscription(connected).hook_ids
    remove(connected, before["deal"])

    hooks.keep_due(now=now + timedelta(days=1, seconds=1))

    after = subscription(connected).hook_ids
    assert len(listed(connected)) == 4
    assert after["deal"] != before["deal"]
    assert {key: after[key] for key in after if key != "deal"} == {
        key: before[key] for key in before if key != "deal"
    }
    row = WebhookEvent.objects.get()
    assert (row.action, row.hook_id) == (hooks.CATCH_UP, after["deal"])
    assert row.happened_at == now - hooks.OVERLAP


def test_hooks_of_an_earlier_secret_and_doubled_ones_are_removed(
    connected: Connected, app: Receiver, settings: Any
) -> None:
    now = timezone.now()
    keep(connected, now)
    earlier = {each.subscription_url for each in listed(connected)}
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret key of many letters, fifty and more " * 2

    hooks.keep_due(now=now + timedelta(days=1, seconds=1))

    now_there = listed(connected)
    assert len(now_there) == 4
    assert not earlier & {each.subscription_url for each in now_there}


def test_webhooks_that_are_not_ours_are_left_alone(connected: Connected, app: Receiver) -> None:
    with access.open_pipedrive(connected.membership, now=timezone.now()) as session:
        theirs = session.call(
            lambda pipedrive: pipedrive.create_webhook(
                "deal",
                url=f"{app.url}/another/part",
                user="u",
                password=Secret("p"),
                name="Theirs",
            )
        )

    keep(connected)

    assert len(listed(connected)) == 5
    assert theirs.id in {each.id for each in listed(connected)}


def test_while_pipedrive_cannot_reach_us_the_look_is_repeated_soon(
    connected: Connected, settings: Any
) -> None:
    # A product that runs on this machine beside the tests would answer at the usual address.
    settings.SITE_URL = f"http://127.0.0.1:{list_free_ports(1)[0]}"

    keep(connected)

    row = subscription(connected)
    assert (row.error_code, row.hook_ids) == ("rejected", {})
    assert timedelta(minutes=9) < row.next_check_at - timezone.now() < timedelta(minutes=11)


def test_a_look_that_breaks_off_goes_on_where_it_was(connected: Connected, app: Receiver) -> None:
    now = timezone.now()
    connected.vendors.control(
        "faults",
        {
            "vendor": "pipedrive",
            "method": "POST",
            "path": "/webhooks$",
            "kind": "reset_after",
            "after": 2,
        },
    )

    keep(connected, now)
    broken = subscription(connected)
    keep(connected, now + timedelta(minutes=11))

    # The third was made although nobody told us: the second look finds it, and makes one more.
    assert (broken.error_code, len(broken.hook_ids)) == ("unreachable", 2)
    assert len(listed(connected)) == 4
    assert len(subscription(connected).hook_ids) == 4


def test_what_a_hook_told_before_we_had_noted_it_is_followed_after_all(
    connected: Connected, app: Receiver
) -> None:
    wire.tell_pipedrive(COMPANY, wire.pipedrive_body(COMPANY, webhook_id=1))
    WebhookEvent.objects.update(state="ignored", outcome="unknown_hook")

    keep(connected)

    assert 1 in subscription(connected).hook_ids.values()
    assert WebhookEvent.objects.get().state == WebhookEvent.State.NEW


def test_when_their_maker_leaves_somebody_elses_grant_makes_them(
    connected: Connected, app: Receiver
) -> None:
    keep(connected)
    colleague = connect(connected.vendors, "mehmet.yilmaz@brightside.example", None)
    connected.vendors.control(f"pipedrive/{COMPANY}/users/101/uninstall", {})
    services.uninstall(pipedrive_company_id=COMPANY, pipedrive_user_id=101, now=timezone.now())

    keep(connected, timezone.now())

    assert subscription(connected).pipedrive_user_id == 102
    assert len(listed(colleague)) == 4


def test_a_company_that_took_the_app_off_is_believed_nothing(
    connected: Connected, app: Receiver
) -> None:
    keep(connected)

    services.uninstall(pipedrive_company_id=COMPANY, pipedrive_user_id=101, now=timezone.now())

    assert not PipedriveSubscription.objects.for_company(connected.company).exists()
    assert Company.objects.get().state == Company.State.UNINSTALLED
    assert not keep(connected)


def test_each_company_has_an_address_and_a_password_of_its_own() -> None:
    ours, theirs = signatures.credentials_for(7001), signatures.credentials_for(7002)

    assert ours.address.partition("-")[2] != theirs.address.partition("-")[2]
    assert ours.password != theirs.password
    assert len(ours.address.partition("-")[2]) >= 43
    assert ours.password not in ours.address
