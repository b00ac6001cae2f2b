"""A session ends by idling, by the clock, from another device, and with its owner (S-6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections import browser_sessions, people
from connections.models import AuditEvent, BrowserSession
from connections.tests.people_here import add_app, make_member, make_user, sign_in_fully

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 13, 12, 0, tzinfo=UTC)
PEOPLE = "/settings/people/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


def browser(user: object, agent: str = "") -> Client:
    client = Client(headers={"User-Agent": agent})
    client.force_login(user)  # type: ignore[arg-type]
    session = client.session
    del session["visit"]
    session.save()
    client.get("/accounts/sessions/")
    return client


def test_a_session_lives_for_thirty_idle_minutes_and_twelve_hours() -> None:
    data: dict[str, object] = {}

    def ask(now: datetime) -> bool:
        return browser_sessions.go_on(data, ip_address="10.0.0.1", device="x", now=now)

    assert ask(NOON)
    assert ask(NOON + timedelta(minutes=30))
    assert not ask(NOON + timedelta(minutes=60, seconds=1))
    for half_hours in range(2, 25):
        assert ask(NOON + timedelta(minutes=30 * half_hours))
    assert not ask(NOON + timedelta(hours=12, seconds=1))


def test_an_idle_session_is_signed_out_at_its_next_click() -> None:
    client = browser(make_member().user)
    assert client.get(PEOPLE).status_code == 200
    session = client.session
    session["visit"] = {**session["visit"], "seen": timezone.now().timestamp() - 1801}
    session.save()

    answer = client.get(PEOPLE)

    assert answer.headers["Location"].startswith("/accounts/login/")


def test_a_session_has_another_id_after_signing_in() -> None:
    user = make_user()
    add_app(user)
    client = Client()
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": user.email, "password": "wrong wrong wrong"})
    before = client.session.session_key

    again = sign_in_fully(user)

    assert again.session.session_key != before


def test_the_page_tells_devices_apart_and_shows_no_key() -> None:
    user = make_member().user
    here, there = browser(user, FIREFOX), browser(user, "curl/8")
    stranger = browser(make_member("can@brightside.example").user, "Mozilla Chrome/1 Android")

    page = here.get("/accounts/sessions/").content.decode()

    assert "Firefox, Windows" in page and "Unknown device" in page
    assert "127.0.0.1" in page
    assert "Chrome, Android" not in page
    for client in (here, there, stranger):
        assert str(client.session.session_key) not in page


def test_a_session_ended_on_another_device_is_out_at_once() -> None:
    user = make_member().user
    here, there = browser(user), browser(user)
    row = BrowserSession.objects.get(session_key=there.session.session_key)

    here.post(f"/accounts/sessions/{row.public_id}/")

    assert there.get(PEOPLE).status_code == 302
    assert here.get(PEOPLE).status_code == 200
    assert AuditEvent.objects.filter(event="sessions.ended", actor=user).count() == 1


def test_nobody_ends_somebody_elses_session() -> None:
    emma, can = make_member().user, make_member("can@brightside.example").user
    hers, his = browser(emma), browser(can)
    row = BrowserSession.objects.get(session_key=hers.session.session_key)

    his.post(f"/accounts/sessions/{row.public_id}/")
    his.post("/accounts/sessions/others/")

    assert hers.get(PEOPLE).status_code == 200


def test_all_other_sessions_end_by_one_press() -> None:
    user = make_member().user
    here, *others = (browser(user) for _each in range(3))

    here.post("/accounts/sessions/others/")

    assert here.get(PEOPLE).status_code == 200
    assert [each.get(PEOPLE).status_code for each in others] == [302, 302]


def test_who_is_removed_or_made_inactive_is_out_on_every_device() -> None:
    emma = make_member()
    can = make_member("can@brightside.example", role="rep")
    staff = make_user("sam@invoicebridge.example", is_staff=True, is_superuser=True)
    his = browser(can.user)

    people.remove(can, by=emma.user, now=timezone.now())

    assert his.get("/accounts/sessions/").headers["Location"].startswith("/accounts/login/")
    his = browser(can.user)
    form = {"email": can.user.email, "first_name": "", "last_name": "", "groups": []}
    dates = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    answer = browser(staff).post(
        f"/admin/connections/user/{can.user.pk}/change/", {**form, **dates}
    )
    assert answer.status_code == 302, answer.content.decode()[:4000]
    assert not BrowserSession.objects.filter(user=can.user).exists()
    assert his.get("/accounts/sessions/").headers["Location"].startswith("/accounts/login/")


def test_rows_of_ended_sessions_are_dropped() -> None:
    browser(make_user())
    now = timezone.now()

    browser_sessions.drop_expired(now=now)
    assert BrowserSession.objects.count() == 1
    browser_sessions.drop_expired(now=now + timedelta(minutes=31))

    assert not BrowserSession.objects.exists()


def test_who_leaves_a_company_or_ends_their_own_session_gets_a_page(
    client: Client,
) -> None:
    make_member("can@brightside.example")
    emma = make_member()
    here = browser(emma.user)
    row = BrowserSession.objects.get(session_key=here.session.session_key)

    left = here.post(f"/settings/people/{emma.pk}/remove/", follow=True)
    ended = here.post(f"/accounts/sessions/{row.public_id}/", follow=True)

    assert (left.status_code, ended.status_code) == (200, 200)
    assert not BrowserSession.objects.filter(user=emma.user).exists()
