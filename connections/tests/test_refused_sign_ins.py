"""A refused sign-in is on record, without what was typed and from where (S-20)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections import refused_sign_ins
from connections.models import AuditEvent, Company, Membership
from connections.tests.people_here import add_app, make_member, make_user, sign_in
from invoices import activity_words

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
WRONG = "wrong words again"
FROM = "203.0.113.77"


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


def guess(email: str) -> Any:
    return Client(REMOTE_ADDR=FROM).post(LOGIN, {"login": email, "password": WRONG})


def refused() -> list[AuditEvent]:
    """Return what is on record, and check that nothing personal is in it."""
    events = list(AuditEvent.objects.filter(event__startswith="sign_in.").order_by("pk"))
    for each in events:
        told = json.dumps([each.subject, each.before, each.after, each.reason])
        assert "@" not in told and WRONG not in told and FROM not in told
        assert each.actor_id is None  # nobody knows who it was
        assert activity_words.sentence(each.event) != each.event
    return events


def test_a_wrong_password_is_in_the_trail_of_the_members_company() -> None:
    member = make_member()

    guess(member.user.email.upper())

    (event,) = refused()
    assert event.event == "sign_in.password_refused"
    assert (event.company, event.subject) == (member.company, f"membership:{member.pk}")


def test_the_companys_admin_reads_it_with_the_persons_name() -> None:
    admin = make_member()
    rep = make_member("olivia@brightside.example", role="rep")
    guess(rep.user.email)
    client = Client()
    client.force_login(admin.user)
    client.cookies["ib_language"] = "en"

    page = client.get("/settings/activity/", {"kind": "people"}).content.decode()

    assert "A sign-in with a wrong password was refused." in page
    assert str(rep.user) in page.split("A sign-in with a wrong password was refused.")[1]


def test_each_company_of_a_person_learns_of_it_and_no_former_one() -> None:
    member = make_member()
    second = Company.objects.create(pipedrive_company_id=7002, name="Harbour")
    former = Company.objects.create(pipedrive_company_id=7003, name="Quay")
    Membership.objects.create(company=second, user=member.user)
    Membership.objects.create(company=former, user=member.user, removed_at="2026-01-01T00:00Z")

    guess(member.user.email)

    assert {each.company for each in refused()} == {member.company, second}


def test_an_unknown_address_and_staff_are_on_record_of_no_company() -> None:
    sam = make_user("sam@invoicebridge.example", is_staff=True)

    guess("nobody@brightside.example")
    guess(sam.email)

    unknown, staff = refused()
    assert (unknown.company, unknown.subject) == (None, "")
    assert (staff.company, staff.subject) == (None, f"user:{sam.pk}")


def test_an_unknown_address_costs_the_same_queries_as_a_known_one() -> None:
    user = make_member().user

    counts = []
    for email in (user.email, "nobody@brightside.example"):
        with CaptureQueriesContext(database) as caught:
            refused_sign_ins.record("sign_in.password_refused", email=email, now=timezone.now())
        counts.append(len(caught))

    assert counts[0] == counts[1]


def test_who_is_locked_out_is_on_record_once() -> None:
    member = make_member()
    for _each in range(5):
        guess(member.user.email)

    for _each in range(3):
        guess(member.user.email)

    assert [each.event for each in refused()] == [
        *["sign_in.password_refused"] * 5,
        "sign_in.locked_out",
    ]


def test_a_wrong_and_a_used_code_are_on_record_and_so_is_the_end_of_the_tries() -> None:
    member = make_member()
    add_app(member.user)
    client = sign_in(member.user)

    for _each in range(7):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})

    events = [each.event for each in refused()]
    assert events[0] == "sign_in.factor_refused" and events.count("sign_in.locked_out") == 1
    assert events == ["sign_in.factor_refused"] * 5 + ["sign_in.locked_out"]


def test_a_passkey_of_nobody_is_on_record() -> None:
    Client().post("/accounts/2fa/webauthn/login/", {"credential": json.dumps({"id": "AAAA"})})

    (event,) = refused()
    assert (event.event, event.company) == ("sign_in.factor_refused", None)


def test_showing_again_by_a_wrong_password_is_on_record() -> None:
    member = make_member()
    client = sign_in(member.user)

    client.post("/accounts/reauthenticate/", {"password": WRONG})

    (event,) = refused()
    assert (event.event, event.company) == ("sign_in.password_refused", member.company)


def test_who_gets_in_leaves_no_refusal() -> None:
    sign_in(make_member().user)

    assert refused() == []
