"""Who is asked in the middle of a press who they are finds in the form what they typed (P-23)."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from constance import config
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from connections import staff
from connections.models import Company, Invitation, Membership, SignOn, User
from connections.tests.people_here import age_proof, make_member
from tests.signed_in import note_single_sign_on

pytestmark = pytest.mark.django_db
PEOPLE, INVITE, SIGN_ON = "/settings/people/", "/settings/people/invite/", "/settings/sign-on/"
NEW = "new@brightside.example"
WHY = "Ticket <4711>"


@pytest.fixture
def emma() -> Membership:
    cache.clear()
    return make_member()


def browser(user: User) -> Client:
    """Return a browser whose person showed who they are long ago."""
    client = Client()
    client.force_login(user)
    client.cookies["ib_language"] = "en"
    age_proof(client, 601)
    return client


def show_again(client: Client, user: User) -> None:
    note_single_sign_on(client, user)


def press(client: Client, path: str, form: dict[str, Any], page: str = "") -> str:
    """Press, and return where the person is led once they showed who they are."""
    headers = {"Referer": f"http://testserver{page}"} if page else {}
    answer = client.post(path, form, headers=headers)
    assert answer.status_code == 302 and "/accounts/confirm/?next=" in answer["Location"]
    return client.get(answer["Location"]).context["back"]


def value(page: Any, name: str) -> str:
    """Return what a field of a page holds."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page.content.decode())
    assert tag, name
    found = re.search(r'value="([^"]*)"', tag[0])
    return html.unescape(found[1]) if found else ""


@pytest.mark.parametrize("page", [PEOPLE, ""])
def test_an_invitation_waits_for_its_second_press(emma: Membership, page: str) -> None:
    client = browser(emma.user)

    back = press(client, INVITE, {"email": NEW, "role": "accountant"}, page)
    show_again(client, emma.user)
    shown = client.get(back)

    assert back == PEOPLE
    assert value(shown, "email") == NEW
    assert '<option value="accountant" selected' in shown.content.decode()
    assert not Invitation.objects.across_companies().exists()
    client.post(INVITE, {"email": value(shown, "email"), "role": "accountant"})
    assert Invitation.objects.for_company(emma.company).get().email == NEW


def test_it_is_put_back_once_and_for_ten_minutes(emma: Membership) -> None:
    client = browser(emma.user)
    press(client, INVITE, {"email": NEW, "role": "rep"})
    show_again(client, emma.user)
    assert value(client.get(PEOPLE), "email") == NEW
    assert value(client.get(PEOPLE), "email") == ""

    age_proof(client, 601)
    press(client, INVITE, {"email": NEW, "role": "rep"})
    session = client.session
    session["typed_before"]["at"] -= 601
    session.save()
    show_again(client, emma.user)

    assert value(client.get(PEOPLE), "email") == ""


def test_rights_that_were_ticked_are_ticked_still(emma: Membership) -> None:
    rep = make_member("olivia@brightside.example", role="rep")
    client, path = browser(emma.user), f"{PEOPLE}{rep.pk}/"
    seen = "x"
    form = {"role": "accountant", "seen": seen, "can_void": "on", "can_see_amounts": "on"}

    back = press(client, path, form, path)
    show_again(client, emma.user)
    shown = client.get(back)

    assert back == path
    ticked = re.findall(r'<input[^>]*name="(can_\w+)"[^>]*checked', shown.content.decode())
    assert set(ticked) == {"can_void", "can_see_amounts"}
    rep.refresh_from_db()
    assert rep.role == "rep"


def test_a_secret_is_never_kept(emma: Membership) -> None:
    client = browser(emma.user)
    form = {"issuer": "https://login.example", "client_id": "us", "client_secret": "s3cr3t-s3cr3t"}

    back = press(client, SIGN_ON, form, SIGN_ON)

    assert "s3cr3t" not in str(dict(client.session))
    show_again(client, emma.user)
    shown = client.get(back)
    assert value(shown, "issuer") == "https://login.example"
    assert value(shown, "client_id") == "us" and value(shown, "client_secret") == ""
    assert not SignOn.objects.across_companies().exists()


def test_what_signs_people_in_is_never_kept(emma: Membership) -> None:
    client = browser(emma.user)

    client.post("/accounts/password/change/", {"password1": "a new password", "email": "a@b.c"})

    assert "typed_before" not in client.session


def test_somebody_else_in_the_same_session_finds_nothing(emma: Membership) -> None:
    client = browser(emma.user)
    press(client, INVITE, {"email": NEW, "role": "rep"})
    kept = client.session["typed_before"]
    other = make_member("olivia@brightside.example")
    second = browser(other.user)
    session = second.session
    session["typed_before"] = kept
    session.save()
    show_again(second, other.user)

    assert value(second.get(PEOPLE), "email") == ""


def test_an_action_of_staff_keeps_its_reason_its_rows_and_its_name(emma: Membership) -> None:
    lead = make_staff(staff.LEAD)
    client, path = browser(lead), reverse("admin:connections_company_changelist")
    other = Company.objects.create(pipedrive_company_id=7002, name="Harbour")
    form = {"action": "pause", "_selected_action": [str(emma.company.pk)], "reason": WHY}

    back = press(client, path, form, f"{path}?state=ACTIVE")
    show_again(client, lead)
    shown = client.get(back)

    assert back == f"{path}?state=ACTIVE"
    assert value(shown, "reason") == WHY
    text = shown.content.decode()
    assert '<option value="pause" selected' in text
    boxes = re.findall(r'<input[^>]*name="_selected_action"[^>]*>', text)
    assert {("checked" in each, f'value="{other.pk}"' in each) for each in boxes} == {
        (True, False),
        (False, True),
    }
    emma.company.refresh_from_db()
    assert emma.company.state == "ACTIVE"


def test_the_reason_for_looking_is_put_back(emma: Membership) -> None:
    sue = make_staff(staff.SUPPORT)
    client = browser(sue)
    page = reverse("admin:connections_company_change", args=[emma.company.pk])
    reveal = reverse("admin:connections_company_reveal", args=[emma.company.pk])

    back = press(client, reveal, {"reason": WHY}, page)
    show_again(client, sue)

    assert value(client.get(back), "reason") == WHY


def test_settings_that_were_typed_are_put_back_and_not_stored(emma: Membership) -> None:
    engineer = make_staff(staff.ENGINEER)
    client, path = browser(engineer), "/admin/constance/config/"
    before = config.POLL_SECONDS

    back = press(client, path, {"POLL_SECONDS": "777", "version": "of then"}, path)
    show_again(client, engineer)
    shown = client.get(back)

    assert value(shown, "POLL_SECONDS") == "777" and value(shown, "version") == "of then"
    assert before == config.POLL_SECONDS != 777


def test_a_switch_that_was_taken_off_is_off_in_the_form(emma: Membership) -> None:
    lead = make_staff(staff.LEAD)
    config.SENDING_PAUSED = True
    client, path = browser(lead), "/admin/constance/config/"

    back = press(client, path, {"VOID_PAID_INVOICES": "on", "version": "of then"}, path)
    show_again(client, lead)
    text = client.get(back).content.decode()

    boxes = dict(re.findall(r'<input[^>]*name="([A-Z_]+)"([^>]*)>', text))
    assert "checked" in boxes["VOID_PAID_INVOICES"] and "checked" not in boxes["SENDING_PAUSED"]
    assert config.SENDING_PAUSED


def make_staff(group: str) -> User:
    staff.make_groups()
    user = User.objects.create_user(f"{group}@invoicebridge.example", is_staff=True)
    staff.add_to_group(user, group)
    return user
