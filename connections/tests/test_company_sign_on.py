"""A company's own provider signs in that company's people, and reaches nothing else (S-1, P-10)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections import public_sockets, sign_on
from connections.models import AuditEvent, Company, Membership, SignOn, SignOnIdentity, User
from connections.secrets import Secret
from connections.tests.people_here import add_app, age_proof, make_member, sign_in_fully
from tests.vendors import Vendors

pytestmark = pytest.mark.django_db
EMMA = "emma.clarke@brightside.example"
ZEYNEP = "zeynep.kaya@anadolu.example"
PAGE = "/settings/sign-on/"
ADDRESS = "/sign-in/brightside-interiors/"


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


@pytest.fixture
def emma(vendors: Vendors) -> Membership:
    return make_member(EMMA)


@pytest.fixture
def saved(emma: Membership, vendors: Vendors) -> SignOn:
    return save(emma, vendors)


def save(member: Membership, vendors: Vendors) -> SignOn:
    return sign_on.save(
        by=member,
        issuer=f"{vendors.pipedrive_url}/sso",
        client_id="sandbox-sso",
        client_secret=Secret("sandbox-sso-secret"),
        now=timezone.now(),
    )


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def come_through(client: Client, email: str, address: str = ADDRESS, **form: str) -> Any:
    """Press the button of a company's address, be somebody at its provider, and come back."""
    asked = client.post(address, form)
    assert asked.status_code == 302, asked.content
    page = requests.post(
        asked["Location"], data={"email": email}, allow_redirects=False, timeout=10
    )
    back = urlsplit(page.headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def test_a_member_signs_in_through_their_company_without_a_second_step_of_ours(
    saved: SignOn,
) -> None:
    client = Client()

    answer = come_through(client, EMMA, next="/settings/people/")

    assert answer.headers["Location"] == "/settings/people/"
    assert client.get("/settings/people/").status_code == 200
    identity = SignOnIdentity.objects.for_company(saved.company).get()
    assert identity.membership.user.email == EMMA


def test_it_signs_in_nobody_who_is_no_member(saved: SignOn) -> None:
    other = Company.objects.create(pipedrive_company_id=7002, name="Anadolu")
    make_member(ZEYNEP, company=other)
    client = Client()

    answer = come_through(client, ZEYNEP)

    assert answer.headers["Location"] == ADDRESS
    assert client.get("/settings/people/").headers["Location"].startswith("/accounts/login/")
    assert not SignOnIdentity.objects.for_company(saved.company).exists()
    event = AuditEvent.objects.get(event="sign_in.sign_on_refused")
    assert (event.company, event.actor, event.subject) == (saved.company, None, "")
    assert "@" not in str(event.after)


def test_a_removed_member_is_not_let_in(saved: SignOn, emma: Membership) -> None:
    come_through(Client(), EMMA)
    Membership.objects.across_companies().filter(pk=emma.pk).update(removed_at=timezone.now())
    client = Client()

    assert come_through(client, EMMA).headers["Location"] == ADDRESS
    assert "_auth_user_id" not in client.session


def test_an_unconfirmed_address_here_binds_nobody(saved: SignOn) -> None:
    EmailAddress.objects.update(verified=False)

    assert come_through(Client(), EMMA).headers["Location"] == ADDRESS


def test_its_session_reaches_no_other_company_of_the_same_person(
    saved: SignOn, emma: Membership
) -> None:
    """Whoever runs a company's provider can say to be anybody there: it must stay there."""
    other = Company.objects.create(pipedrive_company_id=7002, name="Anadolu")
    Membership.objects.create(company=other, user=emma.user, role="admin")
    client = Client()
    come_through(client, EMMA)
    session = client.session
    session["company_id"] = other.pk
    session.save()

    assert client.get("/settings/people/").context["company"] == emma.company
    Membership.objects.across_companies().filter(pk=emma.pk).update(removed_at=timezone.now())
    assert client.get("/settings/people/").status_code == 403


def test_its_session_changes_nothing_that_the_person_signs_in_with(
    saved: SignOn, emma: Membership
) -> None:
    emma.user.is_staff = emma.user.is_superuser = True
    emma.user.save()
    client = Client()
    come_through(client, EMMA)

    for path in (
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/password/change/",
        "/accounts/password/set/",
        "/accounts/email/",
        "/admin/",
    ):
        assert client.get(path).status_code == 403, path


def test_an_answer_without_this_browsers_state_signs_nobody_in(saved: SignOn) -> None:
    begun = Client()
    asked = begun.post(ADDRESS)
    page = requests.post(asked["Location"], data={"email": EMMA}, allow_redirects=False, timeout=10)
    back = urlsplit(page.headers["Location"])
    victim = Client()

    answer = victim.get(f"{back.path}?{back.query}")

    assert answer.headers["Location"] == ADDRESS
    assert "_auth_user_id" not in victim.session
    assert begun.get(f"{back.path}?{back.query}").headers["Location"] == "/"
    again = begun.get(f"{back.path}?{back.query}")
    assert again.headers["Location"] == ADDRESS


def test_an_answer_of_another_companys_provider_is_not_taken(
    saved: SignOn, vendors: Vendors
) -> None:
    other = Company.objects.create(pipedrive_company_id=7002, name="Anadolu")
    theirs = save(make_member(ZEYNEP, company=other), vendors)
    client = Client()
    asked = client.post(f"/sign-in/{theirs.slug}/")
    state = parse_qs(urlsplit(asked["Location"]).query)["state"][0]

    answer = client.get(f"{ADDRESS}callback/", {"code": "abc", "state": state})

    assert answer.headers["Location"] == ADDRESS
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("query", [{}, {"code": "x"}, {"state": "x", "code": "y" * 9000}])
def test_a_strange_answer_is_a_plain_page(saved: SignOn, query: dict[str, str]) -> None:
    answer = Client().get(f"{ADDRESS}callback/", query, follow=True)

    assert answer.status_code == 200
    assert "yyyy" not in answer.content.decode()


def test_the_only_way_in_keeps_other_sessions_out(saved: SignOn, emma: Membership) -> None:
    through = Client()
    come_through(through, EMMA)
    rep = make_member("mehmet@brightside.example", role="rep").user
    by_password = browser(rep)
    assert by_password.get("/settings/people/").status_code == 200

    answer = through.post(f"{PAGE}require/", {"is_required": "yes"})

    assert answer.status_code == 302
    emma.company.refresh_from_db()
    assert emma.company.is_sign_on_required
    assert by_password.get("/settings/people/").headers["Location"] == ADDRESS
    assert through.get("/settings/people/").status_code == 200


def test_what_was_never_tried_cannot_become_the_only_way_in(
    saved: SignOn, emma: Membership
) -> None:
    browser(emma.user).post(f"{PAGE}require/", {"is_required": "yes"})

    emma.company.refresh_from_db()
    assert not emma.company.is_sign_on_required


def test_it_asks_anew_before_something_dangerous(saved: SignOn) -> None:
    client = Client()
    come_through(client, EMMA)
    age_proof(client, 601)
    assert client.get(PAGE).headers["Location"].startswith("/accounts/confirm/")
    assert ADDRESS in client.get(f"/accounts/confirm/?next={PAGE}").content.decode()

    answer = come_through(client, EMMA, again="yes", next=PAGE)

    assert answer.headers["Location"] == PAGE
    assert client.get(PAGE).status_code == 200


def test_a_second_factor_of_ones_own_opens_everything_again(
    saved: SignOn, emma: Membership
) -> None:
    add_app(emma.user)
    client = sign_in_fully(emma.user)
    come_through(client, EMMA)

    assert client.get("/accounts/2fa/").status_code == 200


def post(emma: Membership, issuer: str, secret: str = "sandbox-sso-secret") -> Any:
    form = {"issuer": issuer, "client_id": "sandbox-sso", "client_secret": secret}
    return browser(emma.user).post(PAGE, form)


def test_an_admin_saves_a_provider_that_answers_and_its_secret_is_sealed(
    emma: Membership, vendors: Vendors
) -> None:
    answer = post(emma, f"{vendors.pipedrive_url}/sso")

    assert answer.status_code == 302
    row = SignOn.objects.for_company(emma.company).get()
    assert row.client_secret.startswith("v1.") and "sandbox-sso-secret" not in row.client_secret
    assert row.authorization_endpoint == f"{vendors.pipedrive_url}/sso/authorize"
    page = browser(emma.user).get(PAGE).content.decode()
    assert "sandbox-sso-secret" not in page and row.client_secret not in page
    assert post(emma, f"{vendors.pipedrive_url}/sso", secret="").status_code == 302


@pytest.mark.parametrize(
    "issuer",
    ["", "not an address", "ftp://x.example", "https://user@x.example", "https://ü.example"],
)
def test_what_is_no_issuer_is_said_beside_it(emma: Membership, issuer: str) -> None:
    answer = post(emma, issuer)

    assert answer.status_code == 422
    assert "issuer" in answer.context["form"].errors
    assert "sandbox-sso-secret" not in answer.content.decode()
    assert not SignOn.objects.for_company(emma.company).exists()


def test_an_address_that_is_no_provider_is_not_saved(emma: Membership, vendors: Vendors) -> None:
    answer = post(emma, vendors.pipedrive_url)

    assert answer.status_code == 422
    assert not SignOn.objects.for_company(emma.company).exists()


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example",
        "https://127.0.0.1",
        "https://localhost",
        "https://[::1]",
        "https://10.0.0.8",
        "https://169.254.169.254",
        "https://192.168.1.1:8443",
    ],
)
def test_outside_of_the_demo_no_private_address_is_called(
    emma: Membership, settings: Any, issuer: str
) -> None:
    settings.IS_DEMO = False

    answer = post(emma, issuer)

    assert answer.status_code == 422
    assert answer.context["form"].errors["issuer"]
    assert not SignOn.objects.for_company(emma.company).exists()


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
    ],
)
def test_private_addresses_are_told_from_public_ones(address: str, is_public: bool) -> None:
    assert public_sockets.is_public(address) is is_public


def test_another_issuer_forgets_who_was_bound_and_is_not_required(
    saved: SignOn, emma: Membership, vendors: Vendors
) -> None:
    come_through(Client(), EMMA)
    Company.objects.filter(pk=emma.company_id).update(is_sign_on_required=True)

    sign_on.save(
        by=emma,
        issuer=f"{vendors.pipedrive_url}/sso",
        client_id="another-client",
        client_secret=Secret("x"),
        now=timezone.now(),
    )

    assert not SignOnIdentity.objects.for_company(emma.company).exists()
    emma.company.refresh_from_db()
    assert not emma.company.is_sign_on_required


def test_somebody_of_two_companies_goes_on_in_the_one_that_lets_them_in(
    saved: SignOn, emma: Membership
) -> None:
    other = Company.objects.create(pipedrive_company_id=7002, name="Anadolu")
    Membership.objects.create(company=other, user=emma.user, role="admin")
    Company.objects.filter(pk=emma.company_id).update(is_sign_on_required=True)

    assert browser(emma.user).get("/settings/people/").context["company"] == other
