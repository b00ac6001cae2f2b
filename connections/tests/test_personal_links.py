"""What a member relies on who links, renews and removes their own Xero user (R-3, P-8, P-22)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from connections import (
    access,
    gates,
    grants,
    organisations,
    people,
    personal,
    queries,
    upkeep,
)
from connections.models import (
    AuditEvent,
    Membership,
    PersonalXeroLink,
    XeroAuthorisation,
    XeroConnection,
)
from connections.models.authorisations import AuthorisationState
from connections.tests.test_connecting import answer_consent, give_consent, tenant
from tests.vendors import Connected, Vendors, connect, connect_xero, link_personally

pytestmark = pytest.mark.django_db

PAGE = "/settings/my-xero/"
Link = PersonalXeroLink.State
EMMA = "emma.clarke@brightside.example"
OLIVIA = "olivia.grant@brightside.example"


@pytest.fixture
def mehmet(connected: Connected) -> Connected:
    """A rep of the company."""
    role = Membership.Role.REP
    return connect(connected.vendors, "mehmet.yilmaz@brightside.example", None, role=role)


def browser(member: Connected) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def consent(client: Client, vendors: Vendors, email: str, slug: str) -> Any:
    """Press "Link my Xero user" and say yes on Xero's page as this person."""
    person = vendors.control("xero/connect", {"email": email, "slugs": []})["xero_userid"]
    choices = {"person": person, "organisation": tenant(vendors, slug), "choice": "allow"}
    return give_consent(client, f"{PAGE}link/", choices)


def links(member: Connected) -> list[PersonalXeroLink]:
    rows = PersonalXeroLink.objects.for_company(member.company).order_by("pk")
    return list(rows.select_related("authorisation"))


def test_a_rep_links_their_own_xero_user_by_xeros_consent_page(mehmet: Connected) -> None:
    client = browser(mehmet)

    answer = consent(client, mehmet.vendors, "mehmet.yilmaz@brightside.example", "brightside")

    (link,) = links(mehmet)
    assert answer["Location"] == PAGE
    assert (link.state, link.role) == (Link.ACTIVE, "INVOICEONLY")
    assert "CreateApprovedInvoice" in link.actions
    assert link.membership_id == mehmet.membership.pk
    company = XeroConnection.objects.for_company(mehmet.company).get()
    assert company.authorisation_id != link.authorisation_id
    assert company.role == "STANDARD"
    page = client.get(PAGE).content.decode().replace("<wbr>", "")
    assert "mehmet.yilmaz@brightside.example" in page and "Invoice Only" in page
    assert [*AuditEvent.objects.filter(event="xero.personal_linked").values_list("actor")] == [
        (mehmet.user.pk,)
    ]


def test_a_consent_for_another_organisation_links_nothing_and_is_given_back(
    connected: Connected,
) -> None:
    zeynep = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    client = browser(connected)

    consent(client, connected.vendors, "selin.aydin@anadolu.example", "anadolu")

    assert links(connected) == []
    assert "You did not give access to Brightside Interiors Ltd" in (
        client.get(PAGE).content.decode()
    )
    row = XeroAuthorisation.objects.get(email="selin.aydin@anadolu.example")
    assert (row.state, row.access_token, row.refresh_token) == (AuthorisationState.ENDED, "", "")
    zeynep.connection.refresh_from_db()
    assert zeynep.connection.state == XeroConnection.State.ACTIVE


def test_the_companys_own_xero_user_may_be_linked_too_without_losing_the_connection(
    connected: Connected,
) -> None:
    before = XeroAuthorisation.objects.get()

    consent(browser(connected), connected.vendors, EMMA, "brightside")

    (link,) = links(connected)
    row = XeroAuthorisation.objects.get()
    assert (row.pk, link.authorisation_id) == (before.pk, before.pk)
    assert row.generation == before.generation + 1
    # The first tokens are worthless now: the company's connection works on the new ones.
    row.access_expires_at = timezone.now()
    row.save(update_fields=["access_expires_at"])
    fresh = XeroConnection.objects.for_company(connected.company).get()
    with access.open_xero(fresh, now=timezone.now()) as session:
        assert session.call(lambda xero: xero.get_organisation()).name


def test_a_refused_link_leaves_the_grant_that_the_company_lives_on(connected: Connected) -> None:
    link_personally(connected, OLIVIA)

    with pytest.raises(gates.Refused) as refused:
        link_personally(connected, EMMA)

    assert refused.value.code == "personal_other_user"
    row = XeroAuthorisation.objects.get(email=EMMA)
    assert row.state == AuthorisationState.ACTIVE
    fresh = XeroConnection.objects.for_company(connected.company).get()
    with access.open_xero(fresh, now=timezone.now()) as session:
        assert session.call(lambda xero: xero.get_organisation()).name


def test_the_same_consent_twice_is_one_link(connected: Connected) -> None:
    first = link_personally(connected, OLIVIA)
    PersonalXeroLink.objects.for_company(connected.company).update(state=Link.RECONNECT)

    again = link_personally(connected, OLIVIA)

    assert again.pk == first.pk
    assert [link.state for link in links(connected)] == [Link.ACTIVE]
    assert XeroAuthorisation.objects.filter(email=OLIVIA).count() == 1


def test_a_removed_link_stays_removed_when_the_same_user_is_linked_again(
    connected: Connected,
) -> None:
    first = link_personally(connected, OLIVIA)
    personal.end(first, by=connected.user, now=timezone.now())

    again = link_personally(connected, OLIVIA)

    assert again.pk != first.pk
    assert [link.state for link in links(connected)] == [Link.ENDED, Link.ACTIVE]


def while_xero_is_asked(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Have this happen once, between what Xero answers about a new link and its storing."""
    ask = organisations.ask_facts

    def ask_slowly(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(organisations, "ask_facts", ask)
        answer = ask(*args, **kwargs)
        happens()
        return answer

    monkeypatch.setattr(organisations, "ask_facts", ask_slowly)


def test_whom_an_admin_removes_during_their_consent_is_not_linked(
    mehmet: Connected, connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    while_xero_is_asked(
        monkeypatch,
        lambda: people.remove(mehmet.membership, by=connected.user, now=timezone.now()),
    )

    with pytest.raises(gates.Refused) as refused:
        link_personally(mehmet, OLIVIA)

    assert refused.value.code == "removed"
    assert links(mehmet) == []
    row = XeroAuthorisation.objects.get(email=OLIVIA)
    assert (row.state, row.refresh_token) == (AuthorisationState.ENDED, "")


@pytest.mark.parametrize(("next_one", "code"), [("", "no_connection"), ("nz", "personal_tenant")])
def test_an_organisation_that_is_left_during_the_consent_is_not_linked_into(
    connected: Connected, monkeypatch: pytest.MonkeyPatch, next_one: str, code: str
) -> None:
    def leave() -> None:
        now = timezone.now()
        organisations.disconnect(connected.connection, by=connected.user, now=now)
        if next_one:
            connect_xero(connected.vendors, connected.membership, f"brightside-{next_one}", now=now)

    while_xero_is_asked(monkeypatch, leave)

    with pytest.raises(gates.Refused) as refused:
        link_personally(connected, OLIVIA)

    assert refused.value.code == code
    assert links(connected) == []
    row = XeroAuthorisation.objects.get(email=OLIVIA)
    assert (row.state, row.refresh_token) == (AuthorisationState.ENDED, "")


def test_a_link_into_an_organisation_that_was_left_is_nobodys_and_gives_way(
    connected: Connected,
) -> None:
    link_personally(connected, OLIVIA)
    connect_xero(connected.vendors, connected.membership, "brightside-nz", now=timezone.now())
    PersonalXeroLink.objects.for_company(connected.company).update(state=Link.ACTIVE)

    (listed,) = queries.list_memberships(connected.user)
    read = Membership.objects.for_company(connected.company).get(pk=connected.membership.pk)
    assert (listed.xero_link, read.xero_link) == (None, None)
    again = link_personally(connected, EMMA, "brightside-nz")

    assert [link.state for link in links(connected)] == [Link.ENDED, Link.ACTIVE]
    assert again.connection_id != connected.connection.pk


def test_removing_a_link_revokes_its_grant_when_nothing_else_lives_on_it(
    connected: Connected,
) -> None:
    link_personally(connected, OLIVIA)
    client = browser(connected)

    client.post(f"{PAGE}unlink/")

    (link,) = links(connected)
    assert link.state == Link.ENDED
    assert link.authorisation.state == AuthorisationState.ENDED
    assert (link.authorisation.access_token, link.authorisation.refresh_token) == ("", "")
    asked = connected.vendors.control("traffic?vendor=xero")
    assert [each["method"] for each in asked if "/connections/" in each["path"]] == ["DELETE"]
    assert [each for each in asked if each["path"].endswith("/connect/revocation")]
    assert "Your own Xero link is removed" in client.get(PAGE).content.decode()


def test_removing_a_link_leaves_a_grant_that_others_use(connected: Connected) -> None:
    link = link_personally(connected, EMMA)

    personal.end(link, by=connected.user, now=timezone.now())

    assert grants.is_used(link.authorisation)
    asked = connected.vendors.control("traffic?vendor=xero")
    assert not [each for each in asked if each["method"] == "DELETE"]
    assert not [each for each in asked if each["path"].endswith("/connect/revocation")]
    fresh = XeroConnection.objects.for_company(connected.company).get()
    with access.open_xero(fresh, now=timezone.now()) as session:
        assert session.call(lambda xero: xero.get_organisation()).name


def test_disconnecting_the_company_ends_the_links_into_it_and_erases_their_tokens(
    connected: Connected,
) -> None:
    link_personally(connected, OLIVIA)

    organisations.disconnect(connected.connection, by=connected.user, now=timezone.now())

    assert [link.state for link in links(connected)] == [Link.ENDED]
    assert {*XeroAuthorisation.objects.values_list("state", "refresh_token")} == {
        (AuthorisationState.ENDED, "")
    }


def test_connecting_another_organisation_ends_the_links_into_the_first(
    connected: Connected,
) -> None:
    link_personally(connected, OLIVIA)

    connect_xero(connected.vendors, connected.membership, "brightside-nz", now=timezone.now())

    (link,) = links(connected)
    assert link.state == Link.ENDED
    assert link.authorisation.state == AuthorisationState.ENDED


def test_a_link_whose_user_lost_their_role_in_xero_stops_within_a_day(
    connected: Connected,
) -> None:
    link_personally(connected, OLIVIA)
    now = timezone.now()
    path = f"xero/{connected.connection.tenant_id}/users/{OLIVIA}"
    connected.vendors.control(path, {"role": "READONLY"})

    assert personal.check_rights_due(now=now) == 0
    upkeep.check_gates_due(now=now + timedelta(days=1, minutes=1))

    # Whom Xero demoted does not reach the organisation any more: 403 (xero-api §2.5).
    assert [link.state for link in links(connected)] == [Link.RECONNECT]
    connected.connection.refresh_from_db()
    assert connected.connection.state == XeroConnection.State.ACTIVE


def test_rights_that_came_back_are_read_again(connected: Connected) -> None:
    link = link_personally(connected, OLIVIA)
    PersonalXeroLink.objects.for_company(connected.company).update(actions=[], role="READONLY")
    now = timezone.now() + timedelta(days=1, minutes=1)

    assert personal.check_rights_due(now=now) == 1
    assert personal.check_rights_due(now=now) == 0

    (fresh,) = links(connected)
    assert (fresh.role, fresh.actions) == ("FINANCIALADVISER", link.actions)
    assert fresh.checked_at == now
    changed = AuditEvent.objects.get(event="xero.personal_rights_changed")
    assert changed.before == {"role": "READONLY", "actions": []}


def test_nobody_links_before_the_company_is_connected(vendors: Vendors) -> None:
    client = Client()
    person = connect(vendors, EMMA, "brightside")
    organisations.disconnect(person.connection, by=person.user, now=timezone.now())
    client.force_login(person.user)

    answer = client.post(f"{PAGE}link/", follow=True)

    assert "Xero is not connected for your company yet" in answer.content.decode()
    assert links(person) == []


def test_a_consent_begun_in_one_company_links_nothing_in_another(connected: Connected) -> None:
    client = browser(connected)
    zeynep = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    other = Membership.objects.create(company=zeynep.company, user=connected.user)
    asked = client.post(f"{PAGE}link/")
    session = client.session
    session["company_id"] = other.company_id
    session.save()
    person = connected.vendors.control("xero/connect", {"email": OLIVIA, "slugs": []})
    from_xero = {
        "person": person["xero_userid"],
        "organisation": tenant(connected.vendors, "brightside"),
        "choice": "allow",
    }

    client.get(answer_consent(asked["Location"], from_xero))

    assert links(connected) == [] and links(zeynep) == []


def test_one_accountants_grant_serves_two_companies_until_the_last_link_goes(
    connected: Connected,
) -> None:
    link = link_personally(connected, OLIVIA)
    row = XeroAuthorisation.objects.get(email=OLIVIA)
    zeynep = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    other = PersonalXeroLink.objects.create(
        company=zeynep.company,
        membership=zeynep.membership,
        connection=zeynep.connection,
        authorisation=row,
        xero_connection_id=UUID(int=5),
        state_changed_at=timezone.now(),
        checked_at=timezone.now(),
    )

    personal.end(link, by=connected.user, now=timezone.now())
    row.refresh_from_db()
    assert row.state == AuthorisationState.ACTIVE
    personal.end(other, by=zeynep.user, now=timezone.now())

    row.refresh_from_db()
    assert row.state == AuthorisationState.ENDED
