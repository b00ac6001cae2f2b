"""Who belongs to two companies presses in the one that the page was of, or nothing (P-11)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connections import native_links
from connections.models import Company, Invitation, Membership
from connections.tests.people_here import make_member

pytestmark = pytest.mark.django_db
PEOPLE = "/settings/people/"
INVITE = f"{PEOPLE}invite/"


@pytest.fixture
def first() -> Membership:
    """Emma is an admin of Brightside."""
    return make_member()


@pytest.fixture
def second(first: Membership) -> Membership:
    """And of Anadolu, where somebody else is an admin, too."""
    company = Company.objects.create(pipedrive_company_id=7002, name="Anadolu")
    make_member("zeynep@anadolu.example", company=company)
    return Membership.objects.create(company=company, user=first.user, role="admin")


@pytest.fixture
def client(first: Membership) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(first.user)
    return client


def open_people(client: Client) -> tuple[str, str]:
    """Return the name of the company whose people are shown, and the token of the page's forms."""
    answer = client.get(PEOPLE)
    found = re.search(r'name="csrf-token" content="(\w+)"', answer.content.decode())
    assert found
    return answer.context["company"].name, found[1]


def invite(client: Client, token: str) -> Any:
    form = {"email": "new@brightside.example", "role": "rep", "csrfmiddlewaretoken": token}
    return client.post(INVITE, form)


def list_invited() -> list[str]:
    rows = Invitation.objects.across_companies().select_related("company")
    return [each.company.name for each in rows]


def press_switch(client: Client, company_id: object) -> Any:
    """Press the company in the menu of the page that is open."""
    _shown, token = open_people(client)
    form = {"company": company_id, "csrfmiddlewaretoken": token}
    return client.post("/settings/company/", form)


def turn_to(client: Client, company: Company) -> None:
    """Follow the link from Pipedrive's own screens to a company's connections."""
    client.get(native_links.make_url(company).partition("8000")[2])


def test_a_page_of_one_company_presses_nothing_in_the_other(
    client: Client, first: Membership, second: Membership
) -> None:
    shown, token = open_people(client)
    turn_to(client, second.company)

    answer = invite(client, token)

    assert (shown, answer.status_code) == ("Brightside Interiors", 403)
    assert "reload the page" in answer.content.decode()
    assert list_invited() == []
    shown, token = open_people(client)
    invite(client, token)
    assert (shown, list_invited()) == ("Anadolu", ["Anadolu"])


def test_a_page_of_a_company_that_was_left_presses_nothing_in_the_next(
    client: Client, first: Membership, second: Membership
) -> None:
    turn_to(client, second.company)
    shown, token = open_people(client)
    Company.objects.filter(pk=second.company_id).update(is_sign_on_required=True)

    answer = invite(client, token)
    repeated = invite(client, token)

    assert (shown, answer.status_code, repeated.status_code) == ("Anadolu", 302, 302)
    assert list_invited() == []
    shown, fresh = open_people(client)
    assert (shown, invite(client, token).status_code) == ("Brightside Interiors", 403)
    invite(client, fresh)
    assert list_invited() == ["Brightside Interiors"]


def test_a_page_stays_good_after_joining_the_same_company_again(
    client: Client, first: Membership, second: Membership
) -> None:
    _shown, token = open_people(client)
    turn_to(client, first.company)

    invite(client, token)

    assert list_invited() == ["Brightside Interiors"]


def test_the_menu_leads_to_the_other_company_and_back(
    client: Client, first: Membership, second: Membership
) -> None:
    page = client.get(PEOPLE).content.decode()
    assert "Switch to Anadolu" in page and "Switch to Brightside" not in page

    answer = press_switch(client, second.company_id)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    shown, _token = open_people(client)
    page = client.get(PEOPLE).content.decode()
    assert shown == "Anadolu"
    assert "Switch to Brightside" in page and "Switch to Anadolu" not in page
    press_switch(client, first.company_id)
    assert open_people(client)[0] == "Brightside Interiors"


def test_a_switch_makes_the_forms_of_open_pages_old(
    client: Client, first: Membership, second: Membership
) -> None:
    _shown, token = open_people(client)
    press_switch(client, second.company_id)

    assert invite(client, token).status_code == 403
    assert list_invited() == []


def test_nobody_turns_to_a_company_that_is_not_theirs_or_keeps_them_out(
    client: Client, first: Membership, second: Membership
) -> None:
    foreign = Company.objects.create(pipedrive_company_id=7003, name="Harbour")
    left = Company.objects.create(pipedrive_company_id=7004, name="Left")
    Membership.objects.create(
        company=left, user=first.user, role="admin", removed_at=timezone.now()
    )
    Company.objects.filter(pk=second.company_id).update(is_sign_on_required=True)

    for company_id in (foreign.pk, left.pk, second.company_id, 0, "", "x", "1" * 40):
        assert press_switch(client, company_id).status_code == 404, company_id
    page = client.get(PEOPLE).content.decode()
    assert "Switch to" not in page
    assert open_people(client)[0] == "Brightside Interiors"


def test_who_belongs_to_one_company_is_offered_no_other(client: Client) -> None:
    assert "Switch to" not in client.get(PEOPLE).content.decode()
