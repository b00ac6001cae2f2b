"""What admins rely on who decide about their people, and what everybody else sees (R-3, B-18)."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connections import people, queries
from connections.models import (
    AuditEvent,
    Membership,
    PersonalXeroLink,
    PipedriveAuthorisation,
    User,
    XeroConnection,
)
from connections.people import Rights
from connections.tests.test_connecting import give_consent
from tests.vendors import Connected, connect, link_personally

pytestmark = pytest.mark.django_db

PAGE = "/settings/people/"
MEHMET = "mehmet.yilmaz@brightside.example"
FLAGS = ("can_create", "can_approve", "can_void", "can_email", "can_see_amounts")


@pytest.fixture
def mehmet(connected: Connected) -> Connected:
    """A rep beside Emma, the admin."""
    return connect(connected.vendors, MEHMET, None, role=Membership.Role.REP)


def browser(member: Connected) -> Client:
    client = Client()
    client.force_login(member.user)
    client.cookies["ib_language"] = "en"
    return client


def text(answer: Any) -> str:
    """Return what a page says, its tags and blanks left out."""
    written = answer.content.decode().replace("<wbr>", "")
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", written)).split())


def form_of(member: Membership, **changes: str | bool) -> dict[str, str]:
    """Return the form of one person as a browser would send it."""
    held = Rights.of(fresh(member))
    values: dict[str, Any] = {name: getattr(held, name) for name in Rights.__slots__}
    values |= {"seen": held.write()} | changes
    return {
        name: "on" if value is True else str(value)
        for name, value in values.items()
        if value is not False
    }


def fresh(member: Membership) -> Membership:
    return Membership.objects.across_companies().get(pk=member.pk)


def address(member: Membership, more: str = "") -> str:
    return f"{PAGE}{member.pk}/{more}"


def test_everybody_sees_who_may_do_what(connected: Connected, mehmet: Connected) -> None:
    for member in (connected, mehmet):
        said = text(browser(member).get(PAGE))

        assert "Members (2)" in said
        for words in (MEHMET, "Company admin", "Sales rep", "Create invoices", "joins"):
            assert words in said, words
    assert "Only an admin can change what people may do: emma.clarke" in said
    assert address(mehmet.membership) not in browser(mehmet).get(PAGE).content.decode()


def test_an_admin_changes_role_and_flags_and_it_is_written_down(
    connected: Connected, mehmet: Connected
) -> None:
    form = form_of(mehmet.membership, role="accountant", can_void=True, can_email=False)

    answer = browser(connected).post(address(mehmet.membership), form)

    assert answer["Location"] == PAGE
    row = fresh(mehmet.membership)
    assert (row.role, row.can_void, row.can_email, row.can_create) == (
        "accountant",
        True,
        False,
        True,
    )
    event = AuditEvent.objects.get(event="member.changed")
    assert (event.actor, event.subject) == (connected.user, f"membership:{row.pk}")
    assert event.before == {"role": "rep", "can_void": False, "can_email": True}
    assert event.after == {"role": "accountant", "can_void": True, "can_email": False}


def test_saving_without_a_change_writes_nothing_down(
    connected: Connected, mehmet: Connected
) -> None:
    browser(connected).post(address(mehmet.membership), form_of(mehmet.membership))

    assert not AuditEvent.objects.filter(event="member.changed").exists()


def test_what_another_admin_changed_meanwhile_is_not_overwritten_unseen(
    connected: Connected, mehmet: Connected
) -> None:
    client = browser(connected)
    typed = form_of(mehmet.membership, can_void=True)
    Membership.objects.across_companies().filter(pk=mehmet.membership.pk).update(can_approve=True)

    answer = client.post(address(mehmet.membership), typed)

    assert answer.status_code == 409
    assert "Somebody changed this person meanwhile" in text(answer)
    assert not fresh(mehmet.membership).can_void
    assert fresh(mehmet.membership).can_approve
    form = answer.context["form"]
    assert form["can_void"].value() and not form["can_approve"].value()
    again = typed | {"seen": form["seen"].value()}
    assert client.post(address(mehmet.membership), again).status_code == 302
    assert (fresh(mehmet.membership).can_void, fresh(mehmet.membership).can_approve) == (
        True,
        False,
    )


def test_creating_without_seeing_amounts_is_refused_beside_the_flag(
    connected: Connected, mehmet: Connected
) -> None:
    typed = form_of(mehmet.membership, can_see_amounts=False)

    answer = browser(connected).post(address(mehmet.membership), typed)

    assert answer.status_code == 422
    assert "cannot be created without seeing amounts" in text(answer)
    assert "An invoice" in answer.context["form"].errors["can_create"][0]
    assert fresh(mehmet.membership).can_see_amounts
    with pytest.raises(people.NotPossible):
        people.change(
            mehmet.membership,
            seen=Rights.of(mehmet.membership),
            wanted=Rights("rep", True, False, False, False, False),
            by=connected.user,
            now=timezone.now(),
        )


@pytest.mark.parametrize(
    "damage",
    [
        {"role": "owner"},
        {"role": "admin\x00"},
        {"role": ""},
        {"seen": ""},
        {"seen": "rep:2"},
        {"seen": "x" * 100_000},
        {"seen": "rep:11111\x00"},
    ],
)
def test_a_damaged_form_changes_nothing(
    connected: Connected, mehmet: Connected, damage: dict[str, str]
) -> None:
    typed = form_of(mehmet.membership, can_void=True) | damage

    answer = browser(connected).post(address(mehmet.membership), typed)

    assert answer.status_code == 422
    assert not fresh(mehmet.membership).can_void


@pytest.mark.parametrize("page", ["0", "-1", "9" * 30, "x", "\x00", "1e9"])
def test_a_bad_page_number_shows_people_all_the_same(connected: Connected, page: str) -> None:
    assert browser(connected).get(PAGE, {"page": page}).status_code == 200


def test_the_last_admin_can_neither_be_demoted_nor_removed(
    connected: Connected, mehmet: Connected
) -> None:
    client = browser(connected)
    demoted = client.post(address(connected.membership), form_of(connected.membership, role="rep"))
    removed = client.post(address(connected.membership, "remove/"), follow=True)

    assert demoted.status_code == 422
    for answer in (demoted, removed):
        assert "this is the last one" in text(answer)
    row = fresh(connected.membership)
    assert (row.role, row.removed_at) == ("admin", None)
    # An admin who may not sign in any more is none.
    Membership.objects.across_companies().filter(pk=mehmet.membership.pk).update(role="admin")
    User.objects.filter(pk=mehmet.user.pk).update(is_active=False)
    again = client.post(address(connected.membership), form_of(connected.membership, role="rep"))
    assert again.status_code == 422


def test_an_admin_may_step_back_once_there_is_another(
    connected: Connected, mehmet: Connected
) -> None:
    Membership.objects.across_companies().filter(pk=mehmet.membership.pk).update(role="admin")
    client = browser(connected)

    client.post(address(connected.membership), form_of(connected.membership, role="rep"))

    assert fresh(connected.membership).role == "rep"
    assert client.get(address(mehmet.membership)).status_code == 403


def test_a_removed_person_is_out_at_once_and_their_grants_end(
    connected: Connected, mehmet: Connected
) -> None:
    link_personally(mehmet, MEHMET)
    theirs = browser(mehmet)
    assert theirs.get("/settings/preferences/").status_code == 200

    browser(connected).post(address(mehmet.membership, "remove/"))

    # Their sessions have ended (S-6), and a new one finds no company.
    assert theirs.get(PAGE)["Location"].startswith("/accounts/login/")
    assert browser(mehmet).get(PAGE)["Location"] == "/settings/connections/"
    grant = PipedriveAuthorisation.objects.for_company(connected.company).get(pipedrive_user_id=102)
    assert (grant.state, grant.refresh_token) == ("ENDED", "")
    link = PersonalXeroLink.objects.for_company(connected.company).get()
    assert (link.state, link.authorisation.refresh_token) == ("ENDED", "")
    events = AuditEvent.objects.filter(actor=connected.user).values_list("event", flat=True)
    assert {"member.removed", "xero.personal_link_ended", "pipedrive.disconnected"} <= {*events}
    connected.connection.refresh_from_db()
    assert connected.connection.state == XeroConnection.State.ACTIVE
    assert "Members (1)" in text(browser(connected).get(PAGE))


def test_a_removed_person_does_not_come_back_by_themselves(
    connected: Connected, mehmet: Connected
) -> None:
    people.remove(mehmet.membership, by=connected.user, now=timezone.now())
    theirs = browser(mehmet)

    choices = {"user_id": "102", "decision": "allow"}
    give_consent(theirs, "/settings/connections/pipedrive/", choices)

    assert "has removed you" in text(theirs.get("/settings/connections/"))
    assert fresh(mehmet.membership).removed_at is not None
    assert theirs.get(PAGE).status_code == 302


def test_an_admin_makes_a_removed_person_a_member_again_as_a_rep(
    connected: Connected, mehmet: Connected
) -> None:
    Membership.objects.across_companies().filter(pk=mehmet.membership.pk).update(role="admin")
    people.remove(mehmet.membership, by=connected.user, now=timezone.now())
    client = browser(connected)
    assert "Removed people" in text(client.get(PAGE))

    answer = client.post(address(mehmet.membership, "restore/"))

    assert answer["Location"] == address(mehmet.membership)
    row = fresh(mehmet.membership)
    assert (row.role, row.removed_at) == ("rep", None)
    assert client.post(address(mehmet.membership, "restore/")).status_code == 404
    assert browser(mehmet).get(PAGE).status_code == 200


def test_removing_twice_is_one_removal(connected: Connected, mehmet: Connected) -> None:
    client = browser(connected)

    answers = [client.post(address(mehmet.membership, "remove/")) for _each in range(2)]

    assert [each.status_code for each in answers] == [302, 404]
    assert AuditEvent.objects.filter(event="member.removed").count() == 1


def test_the_page_says_where_xero_does_not_allow_what_is_flagged(
    connected: Connected, mehmet: Connected
) -> None:
    Membership.objects.across_companies().filter(pk=mehmet.membership.pk).update(can_approve=True)
    link = link_personally(mehmet, MEHMET)
    client = browser(connected)
    assert "Xero does not allow this" not in text(client.get(PAGE))

    link.actions = ["CreateDraftInvoice"]
    link.save(update_fields=["actions"])

    assert text(client.get(PAGE)).count("Xero does not allow this") == 1
    said = text(client.get(address(mehmet.membership)))
    assert "Xero does not allow this to their own Xero user" in said


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_companys_people_are_not_found(
    connected: Connected, mehmet: Connected, method: str
) -> None:
    zeynep = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    client = browser(zeynep)
    form = form_of(mehmet.membership, role="admin")

    for more in ("", "remove/", "restore/"):
        answer = getattr(client, method)(address(mehmet.membership, more), form)
        assert answer.status_code == (404 if method == "post" or not more else 405)

    assert Rights.of(fresh(mehmet.membership)) == Rights.of(mehmet.membership)
    assert MEHMET not in text(client.get(PAGE))


@pytest.mark.parametrize("member_id", ["0", "9" * 18, "9" * 19, "-1", "1e9", "١٢"])
def test_ids_that_are_none_are_not_found(connected: Connected, member_id: str) -> None:
    assert browser(connected).get(f"{PAGE}{member_id}/").status_code == 404


def test_a_rep_changes_nobody(connected: Connected, mehmet: Connected) -> None:
    client = browser(mehmet)
    form = form_of(mehmet.membership, role="admin")

    answers = [client.post(address(mehmet.membership, more), form) for more in ("", "remove/")]

    assert [each.status_code for each in answers] == [403, 403]
    assert fresh(mehmet.membership).role == "rep"


def test_a_thousand_people_come_in_pages_by_few_queries(
    connected: Connected, django_assert_max_num_queries: Any
) -> None:
    users = User.objects.bulk_create(
        User(email=f"rep{number}@many.example", first_name=f"İpek {number:04d}")
        for number in range(1000)
    )
    Membership.objects.bulk_create(
        Membership(company=connected.company, user=user) for user in users
    )
    client = browser(connected)

    with django_assert_max_num_queries(9):
        answer = client.get(PAGE, {"page": "3"})

    assert text(answer).count("@many.example") == 50
    assert "Members (1,001)" in text(answer)


def test_the_own_link_costs_a_page_no_query(
    connected: Connected, django_assert_num_queries: Any
) -> None:
    link_personally(connected, "olivia.grant@brightside.example")

    with django_assert_num_queries(1):
        (membership,) = queries.list_memberships(connected.user)
        assert membership.xero_link is not None
        assert membership.company.name
