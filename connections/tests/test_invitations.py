"""People join by an invitation that works once, for a week, for the address it was sent to."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections import invitations
from connections.models import AuditEvent, Company, Invitation, Membership, User
from connections.tests.people_here import PASSWORD, add_app, make_member, make_user

pytestmark = pytest.mark.django_db
PEOPLE = "/settings/people/"
NEW = "new@brightside.example"
ANSWER = {"first_name": "Nil", "last_name": "New", "password": "four quiet winter rivers"}


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


@pytest.fixture
def admin() -> Membership:
    return make_member()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def invite(admin: Membership, email: str = NEW, role: str = "accountant") -> Any:
    return browser(admin.user).post(f"{PEOPLE}invite/", {"email": email, "role": role}, follow=True)


def read_link() -> str:
    found = re.search(r"http://\S+(/invitation/open/\?key=\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def open_link(client: Client, link: str) -> Any:
    return client.get(link, follow=True)


def only(company: Company) -> Invitation:
    return Invitation.objects.for_company(company).get()


def test_a_new_person_chooses_a_password_and_goes_on_to_the_second_step(admin: Membership) -> None:
    invite(admin)
    assert mail.outbox[-1].to == [NEW]
    client = Client()
    page = open_link(client, read_link())
    assert "key=" not in page.request["PATH_INFO"] + page.request["QUERY_STRING"]

    answer = client.post("/invitation/", ANSWER, follow=True)

    assert answer.request["PATH_INFO"] == "/accounts/2fa/"
    user = User.objects.get(email=NEW)
    assert EmailAddress.objects.get(user=user).verified
    member = Membership.objects.for_company(admin.company).get(user=user)
    assert (member.role, member.can_create) == ("accountant", False)
    assert only(admin.company).accepted_by == user
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200
    events = AuditEvent.objects.filter(event__startswith="invitation.").order_by("pk")
    assert [each.event for each in events] == ["invitation.made", "invitation.accepted"]


def test_the_key_is_in_no_table(admin: Membership) -> None:
    invite(admin)

    key = read_link().partition("key=")[2]

    assert only(admin.company).key_hash not in {key, ""}
    assert key not in str(Invitation.objects.for_company(admin.company).values().get())


def test_a_link_works_once(admin: Membership) -> None:
    invite(admin)
    link = read_link()
    first = Client()
    open_link(first, link)
    first.post("/invitation/", ANSWER)

    second = Client()

    assert open_link(second, link).status_code == 410
    assert second.post("/invitation/", ANSWER).status_code == 410
    assert User.objects.filter(email=NEW).count() == 1


def test_a_link_ends_after_a_week(admin: Membership) -> None:
    invite(admin)
    Invitation.objects.for_company(admin.company).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )

    assert open_link(Client(), read_link()).status_code == 410
    assert timedelta(days=7) == invitations.VALID_FOR


def test_a_withdrawn_or_replaced_link_opens_nothing(admin: Membership) -> None:
    invite(admin)
    old = read_link()
    row = only(admin.company)
    client = browser(admin.user)

    client.post(f"{PEOPLE}invitations/{row.pk}/again/")
    assert open_link(Client(), old).status_code == 410
    assert open_link(Client(), read_link()).status_code == 200
    client.post(f"{PEOPLE}invitations/{row.pk}/withdraw/")

    assert open_link(Client(), read_link()).status_code == 410
    assert client.post(f"{PEOPLE}invitations/{row.pk}/again/").status_code == 404


def test_whoever_has_an_account_signs_in_and_accepts(admin: Membership) -> None:
    other = Company.objects.create(pipedrive_company_id=7002, name="Anadolu")
    user = make_member("zeynep@anadolu.example", company=other).user
    invite(admin, user.email, "rep")
    stranger = Client()
    page = open_link(stranger, read_link())
    assert "/accounts/login/?next=/invitation/" in page.content.decode()
    assert stranger.post("/invitation/", ANSWER).status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)

    client = browser(user)
    open_link(client, read_link())
    client.post("/invitation/")

    member = Membership.objects.for_company(admin.company).get(user=user)
    assert (member.role, member.removed_at) == ("rep", None)
    assert client.get("/").context["company"] == admin.company


def test_somebody_else_cannot_accept(admin: Membership) -> None:
    other = Company.objects.create(pipedrive_company_id=7002, name="Anadolu")
    stranger = make_member("zeynep@anadolu.example", company=other).user
    make_user(NEW)
    invite(admin)
    client = browser(stranger)
    open_link(client, read_link())

    client.post("/invitation/")

    assert not Membership.objects.for_company(admin.company).filter(user=stranger).exists()
    assert only(admin.company).accepted_at is None


def test_an_account_that_a_stranger_made_for_the_address_is_the_owners_now(
    admin: Membership,
) -> None:
    """Whoever signed up with somebody's address and never confirmed it keeps no way in."""
    thief = make_user(NEW)
    EmailAddress.objects.filter(user=thief).update(verified=False)
    add_app(thief)
    invite(admin)
    client = Client()
    open_link(client, read_link())

    client.post("/invitation/", ANSWER)

    thief.refresh_from_db()
    assert thief.check_password(ANSWER["password"]) and not thief.check_password(PASSWORD)
    assert not Authenticator.objects.filter(user=thief).exists()


def test_an_admin_hears_the_same_of_known_and_unknown_addresses(admin: Membership) -> None:
    make_user("known@elsewhere.example")

    known = invite(admin, "known@elsewhere.example").content.decode()
    unknown = invite(admin, "nobody@elsewhere.example").content.decode()

    said = "An invitation is on its way to"
    assert said in known and said in unknown


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"email": "not an address", "role": "rep"}, "email"),
        ({"email": NEW, "role": "owner"}, "role"),
        ({"email": "emma@brightside.example", "role": "rep"}, "email"),
        ({}, "email"),
    ],
)
def test_what_cannot_be_invited_is_said_beside_it(
    admin: Membership, form: dict[str, str], field: str
) -> None:
    answer = browser(admin.user).post(f"{PEOPLE}invite/", form)

    assert answer.status_code == 422
    assert field in answer.context["invite_form"].errors
    assert not Invitation.objects.for_company(admin.company).exists()
    assert mail.outbox == []


def test_the_same_address_is_invited_once(admin: Membership) -> None:
    invite(admin)

    answer = invite(admin)

    assert answer.status_code == 422
    assert len(mail.outbox) == 1


def test_a_weak_password_joins_nobody(admin: Membership) -> None:
    invite(admin)
    client = Client()
    open_link(client, read_link())

    for password in ("short", "password12345", "x" * 129):
        answer = client.post("/invitation/", {**ANSWER, "password": password})
        assert answer.status_code == 422, password

    assert not User.objects.filter(email=NEW).exists()


def test_a_removed_person_joins_again_by_an_invitation(admin: Membership) -> None:
    gone = make_member(NEW, role="admin", removed_at=timezone.now())
    invite(admin, NEW, "rep")
    client = browser(gone.user)
    open_link(client, read_link())

    client.post("/invitation/")

    gone.refresh_from_db()
    assert (gone.removed_at, gone.role) == (None, "rep")


def test_an_invitation_from_before_a_removal_brings_nobody_back(admin: Membership) -> None:
    """Invited by mail, joined through Pipedrive instead, taken out; the link is still there."""
    invite(admin, NEW, "admin")
    link = read_link()
    gone = make_member(NEW, role="rep")
    browser(admin.user).post(f"{PEOPLE}{gone.pk}/remove/")
    client = browser(gone.user)
    open_link(client, link)

    client.post("/invitation/")

    gone.refresh_from_db()
    assert gone.removed_at is not None and gone.role == "rep"
    assert only(admin.company).accepted_at is None
    browser(admin.user).post(f"{PEOPLE}invitations/{only(admin.company).pk}/again/")
    open_link(client, read_link())
    client.post("/invitation/")
    back = Membership.objects.for_company(admin.company).get(pk=gone.pk)
    assert (back.removed_at, back.role) == (None, "admin")


def test_reps_invite_nobody(admin: Membership) -> None:
    rep = make_member("mehmet@brightside.example", role="rep")

    answer = browser(rep.user).post(f"{PEOPLE}invite/", {"email": NEW, "role": "admin"})

    assert answer.status_code == 403
    assert "Invite somebody" not in browser(rep.user).get(PEOPLE).content.decode()
