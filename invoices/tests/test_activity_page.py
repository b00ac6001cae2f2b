"""A company's admin reads the company's own trail, in words, and nobody else's (P-21, P-10)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections import audit
from connections.models import Company, Membership, User
from invoices import activity_words
from invoices.models import Operation
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
PAGE = "/settings/activity/"
CODE = re.compile(
    r"""(?:record|_audit|_record)\(\s*f?"([a-z_]+\.[a-z_.{}]+)"|"([a-z_]+\.(?!html)[a-z_]+)" if"""
)


@pytest.fixture
def admin(connected: Connected, client: Client) -> Client:
    Membership.objects.across_companies().update(role="admin", time_zone="Europe/Istanbul")
    client.force_login(connected.user)
    return client


def text(client: Client, **query: str) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200, query
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode().split("<main")[1]))


def test_it_says_who_did_what_before_and_after_and_when_in_ones_own_zone(
    connected: Connected, admin: Client
) -> None:
    audit.record(
        "member.changed",
        company=connected.company,
        actor=connected.user,
        subject=f"membership:{connected.membership.pk}",
        before={"role": "rep", "can_void": False},
        after={"role": "accountant", "can_void": True},
        reason="Keeps the books",
        now=datetime(2026, 3, 13, 9, 30, tzinfo=UTC),
    )

    page = text(admin, kind="people")

    assert "13 Mar 2026, 12:30" in page
    for words in (
        str(connected.user),
        "Changed a person&#x27;s rights.",
        "Role Sales rep Accountant",
        "Void invoices No Yes",
        "Reason: Keeps the books",
    ):
        assert words in page, words


@pytest.mark.parametrize(
    ("persons", "companys", "shown"),
    [
        ("", "Europe/London", "13 Jul 2026, 10:30"),
        ("Europe/Istanbul", "Europe/London", "13 Jul 2026, 12:30"),
        ("", "", "13 Jul 2026, 09:30"),
    ],
)
def test_whoever_has_no_zone_of_their_own_reads_the_companys(
    connected: Connected, admin: Client, persons: str, companys: str, shown: str
) -> None:
    Membership.objects.across_companies().update(time_zone=persons)
    Company.objects.update(time_zone=companys)
    audit.record(
        "member.changed",
        company=connected.company,
        actor=connected.user,
        subject=f"membership:{connected.membership.pk}",
        now=datetime(2026, 7, 13, 9, 30, tzinfo=UTC),
    )

    assert shown in text(admin, kind="people")


def test_presses_name_the_deal_and_staff_are_called_support(
    connected: Connected, admin: Client
) -> None:
    sam = User.objects.create_user("sam@invoicebridge.example", first_name="Sam", is_staff=True)
    now = timezone.now()
    for event, actor in (("invoice.approve.refused", None), ("operation.retried", sam)):
        audit.record(
            event,
            company=connected.company,
            actor=actor,
            after={"deal_id": 41, "error_code": "validation"},
            now=now,
        )

    page = text(admin)

    assert "“Approve” was refused; nothing was changed in Xero." in page
    assert "Deal 41" in page
    assert 'href="/deals/41/"' in admin.get(PAGE).content.decode()
    assert "InvoiceBridge support" in page and "Sam" not in page


def test_reps_and_other_companies_do_not_see_it(connected: Connected, client: Client) -> None:
    audit.record("company.paused", company=None, reason="Harbour fell", now=timezone.now())
    Membership.objects.across_companies().update(role="rep")
    client.force_login(connected.user)

    assert client.get(PAGE).status_code == 403
    Membership.objects.across_companies().update(role="accountant")
    assert client.get(PAGE).status_code == 403
    Membership.objects.across_companies().update(role="admin")
    assert "Harbour fell" not in text(client)


def test_it_is_narrowed_by_person_kind_and_days(connected: Connected, admin: Client) -> None:
    now = datetime(2026, 3, 13, 21, 30, tzinfo=UTC)  # the 14th in Istanbul
    audit.record("contact.linked", company=connected.company, actor=connected.user, now=now)
    audit.record("deal.merged", company=connected.company, now=now - timedelta(days=1))
    linked, merged = "Linked a customer", "A deal was merged"

    def shown(**query: str) -> tuple[bool, bool]:
        page = text(admin, **query)
        return linked in page, merged in page

    assert shown() == (True, True)
    assert shown(person=str(connected.user.pk)) == (True, False)
    assert shown(kind="links") == (True, True)
    assert shown(kind="invoices") == (False, False)
    assert shown(**{"from": "2026-03-14"}) == (True, False)
    assert shown(**{"from": "2026-03-13", "to": "2026-03-13"}) == (False, True)


@pytest.mark.parametrize(
    "query",
    [
        {"person": "999999"},
        {"person": "x"},
        {"kind": "secrets"},
        {"from": "31.02.2026"},
        {"from": "2026-03-14", "to": "2026-03-13"},
        {"to": "9999-12-31"},
    ],
)
def test_a_filter_that_makes_no_sense_is_said_beside_it(
    admin: Client, query: dict[str, str]
) -> None:
    answer = admin.get(PAGE, query)

    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()


def test_it_comes_in_pages_and_a_page_costs_the_same_however_full(
    connected: Connected, admin: Client
) -> None:
    def fill(count: int) -> None:
        for number in range(count):
            operation = Operation.objects.create(
                company=connected.company,
                connection=connected.connection,
                kind="create",
                submission_id=uuid4(),
                deal_id=number + 1,
                state="refused",
                state_changed_at=timezone.now(),
                next_attempt_at=timezone.now(),
            )
            audit.record(
                "invoice.requested",
                company=connected.company,
                actor=connected.user,
                subject=f"operation:{operation.pk}",
                now=timezone.now(),
            )

    fill(2)
    few = _count(admin)
    fill(60)

    assert _count(admin) == few
    assert admin.get(PAGE).content.decode().count("<tr>") == 51
    assert 'rel="next"' in admin.get(PAGE).content.decode()
    assert 'rel="prev"' in admin.get(PAGE, {"page": "2"}).content.decode()
    for page in ("0", "-1", "x", "99999999999", "9999"):
        assert admin.get(PAGE, {"page": page}).status_code == 200


def test_each_event_that_the_product_records_has_words() -> None:
    found = set()
    for app in ("connections", "mappings", "invoices"):
        for path in Path(app).rglob("*.py"):
            if "tests" not in path.parts:
                found |= {one or other for one, other in CODE.findall(path.read_text())}
    # In no company's trail: what is changed for everybody, and the end of a company.
    found = {each for each in found if "{" not in each} - {"settings.changed", "company.erased"}

    assert len(found) > 25
    assert {each for each in found if activity_words.sentence(each) == each} == set()
    for kind in Operation.Kind.values:
        for state in ("done", "refused", "unsure", "looking", "needs_person"):
            assert activity_words.sentence(f"invoice.{kind}.{state}") != f"invoice.{kind}.{state}"
    prefixes = sum(activity_words.PREFIXES.values(), ())
    assert all(each.startswith(prefixes) for each in activity_words.SENTENCES)


def _count(client: Client) -> int:
    with CaptureQueriesContext(connection) as caught:
        client.get(PAGE)
    return len(caught)


def test_why_a_sign_in_was_refused_is_told_in_words() -> None:
    (why,) = activity_words.changes({}, {"error_code": "not_anew"})
    (unknown,) = activity_words.changes({}, {"error_code": "temporarily_unavailable"})

    assert (why.label, why.after) == ("Error", "did not sign in anew")
    assert unknown.after == "temporarily_unavailable"
