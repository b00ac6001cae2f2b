"""What an admin relies on when connecting Pipedrive and Xero."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialToken
from constance.test import override_config
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections import people, vault
from connections.models import (
    AuditEvent,
    BrowserSession,
    Company,
    Membership,
    PipedriveAuthorisation,
    SecurityStatement,
    User,
    XeroAuthorisation,
    XeroConnection,
)
from connections.secrets import Secret
from invoicebridge.session_store import SessionStore
from tests.vendors import Connected, Vendors, connect_pipedrive

pytestmark = pytest.mark.django_db

OVERVIEW = "/settings/connections/"
CALLBACK = "/accounts/pipedrive/login/callback/"


def sign_in(email: str) -> Client:
    client = Client()
    user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    client.force_login(user)
    return client


def give_consent(client: Client, start: str, choices: dict[str, str]) -> Any:
    """Press Connect, answer the vendor's page as a person would, and come back."""
    asked = client.post(start)
    assert asked.status_code == 302, asked.content
    return client.get(answer_consent(asked["Location"], choices))


def answer_consent(address: str, choices: dict[str, str]) -> str:
    """Send the consent page's form and return the path that the browser is sent back to."""
    query = dict(parse_qsl(urlsplit(address).query))
    page = requests.post(address, data=query | choices, allow_redirects=False, timeout=10)
    assert page.status_code in {302, 303}, page.text
    back = urlsplit(page.headers["Location"])
    assert back.netloc == "testserver"
    return f"{back.path}?{back.query}"


def said(client: Client) -> str:
    return str(client.get(OVERVIEW).content.decode())


def connect_pipedrive_as(client: Client, user_id: int) -> Any:
    return give_consent(
        client, f"{OVERVIEW}pipedrive/", {"user_id": str(user_id), "decision": "allow"}
    )


def connect_xero_as(client: Client, vendors: Vendors, email: str, slug: str) -> Any:
    person = vendors.control("xero/connect", {"email": email, "slugs": []})["xero_userid"]
    return give_consent(
        client,
        f"{OVERVIEW}xero/",
        {"person": person, "organisation": tenant(vendors, slug), "choice": "allow"},
    )


def tenant(vendors: Vendors, slug: str) -> str:
    organisations = vendors.control("state")["xero"]["organisations"]
    return next(key for key, value in organisations.items() if value["slug"] == slug)


def test_an_admin_connects_both_sides_and_no_token_is_anywhere_but_sealed(
    vendors: Vendors,
) -> None:
    client = sign_in("emma.clarke@brightside.example")

    connect_pipedrive_as(client, 101)
    connect_xero_as(client, vendors, "emma.clarke@brightside.example", "brightside")

    company = Company.objects.get()
    assert (company.pipedrive_company_id, company.name) == (7001, "Brightside Interiors")
    assert Membership.objects.for_company(company).get().role == Membership.Role.ADMIN
    connection = XeroConnection.objects.for_company(company).get()
    assert connection.state == XeroConnection.State.ACTIVE
    assert connection.organisation_name == "Brightside Interiors Ltd"
    assert (connection.role, connection.base_currency) == ("STANDARD", "GBP")
    assert "CreateDraftInvoice" in connection.actions
    grant = PipedriveAuthorisation.objects.for_company(company).get()
    access_token = vault.open_sealed(grant.access_token, row=grant, field="access_token")
    assert access_token.reveal() not in grant.access_token
    assert SocialAccount.objects.count() == 0
    assert SocialToken.objects.count() == 0
    assert BrowserSession.objects.exists()
    sessions = json.dumps(
        [SessionStore().decode(row.session_data) for row in BrowserSession.objects.all()]
    )
    assert access_token.reveal() not in sessions
    assert access_token.reveal() not in said(client)


def test_xero_is_asked_with_pkce_and_its_own_state(vendors: Vendors) -> None:
    client = sign_in("emma.clarke@brightside.example")
    connect_pipedrive_as(client, 101)

    asked = client.post(f"{OVERVIEW}xero/")

    query = parse_qs(urlsplit(asked["Location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["state"][0]) >= 32
    assert "offline_access" in query["scope"][0]


def test_a_rep_of_the_company_may_not_connect_xero(connected: Connected) -> None:
    client = sign_in("mehmet.yilmaz@brightside.example")
    connect_pipedrive_as(client, 102)

    refused = client.post(f"{OVERVIEW}xero/")

    assert refused.status_code == 403


def test_a_xero_role_that_may_not_connect_is_refused_by_name(vendors: Vendors) -> None:
    client = sign_in("emma.clarke@brightside.example")
    connect_pipedrive_as(client, 101)

    connect_xero_as(client, vendors, "mehmet.yilmaz@brightside.example", "brightside")

    connection = XeroConnection.objects.for_company(Company.objects.get()).get()
    assert connection.state == XeroConnection.State.ROLE_REFUSED
    assert connection.role == "INVOICEONLY"
    assert "Invoice Only" in said(client)


def test_closed_to_new_installs_refuses_on_the_server_as_well(vendors: Vendors) -> None:
    client = sign_in("emma.clarke@brightside.example")
    asked = client.post(f"{OVERVIEW}pipedrive/")

    with override_config(CLOSED_TO_NEW_INSTALLS=True):
        back = answer_consent(asked["Location"], {"user_id": "101", "decision": "allow"})
        client.get(back)
        answer = said(client)

    assert Company.objects.count() == 0
    assert PipedriveAuthorisation.objects.across_companies().count() == 0
    assert "takes no new companies" in answer
    assert "Connect Pipedrive" not in answer.split("<main")[1]


def test_an_existing_company_reconnects_while_the_door_is_closed(connected: Connected) -> None:
    client = sign_in("emma.clarke@brightside.example")

    with override_config(CLOSED_TO_NEW_INSTALLS=True):
        connect_pipedrive_as(client, 101)

    grant = PipedriveAuthorisation.objects.for_company(connected.company).get()
    assert grant.generation == 2


def test_refusing_consent_links_nothing_and_says_so(vendors: Vendors) -> None:
    client = sign_in("emma.clarke@brightside.example")

    give_consent(client, f"{OVERVIEW}pipedrive/", {"decision": "deny"})

    assert Company.objects.count() == 0
    assert "You did not give access" in said(client)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?code=abc",
        "?code=abc&state=unknown",
        "?error=server_error&state=x",
        "?state=" + "9" * 9000,
    ],
)
def test_a_callback_nobody_began_links_nothing(vendors: Vendors, query: str) -> None:
    client = sign_in("emma.clarke@brightside.example")

    answer = client.get(CALLBACK + query)

    assert answer.status_code == 302
    assert Company.objects.count() == 0


def test_another_browsers_callback_links_nothing(vendors: Vendors) -> None:
    attacker = sign_in("emma.clarke@brightside.example")
    victim = sign_in("olivia.grant@brightside.example")
    asked = attacker.post(f"{OVERVIEW}pipedrive/")
    back = answer_consent(asked["Location"], {"user_id": "101", "decision": "allow"})

    victim.get(back)

    assert Company.objects.count() == 0


def test_a_colleague_connects_their_own_user_and_is_no_admin(connected: Connected) -> None:
    client = sign_in("mehmet.yilmaz@brightside.example")

    connect_pipedrive_as(client, 102)

    membership = Membership.objects.for_company(connected.company).get(pipedrive_user_id=102)
    assert membership.role == Membership.Role.REP
    assert membership.language == "tr"
    assert membership.time_zone == "Europe/London"
    # Who was invited, and has no Pipedrive user, reads the zone of whoever installed.
    connected.company.refresh_from_db()
    assert connected.company.time_zone == "Europe/London"


def test_somebody_elses_pipedrive_user_cannot_be_taken(connected: Connected) -> None:
    client = sign_in("mehmet.yilmaz@brightside.example")

    connect_pipedrive_as(client, 101)

    assert Membership.objects.for_company(connected.company).count() == 1
    grant = PipedriveAuthorisation.objects.for_company(connected.company).get()
    assert grant.generation == 1
    assert "already connected for somebody else" in said(client)


def test_a_second_pipedrive_company_is_not_mixed_into_the_first(connected: Connected) -> None:
    client = sign_in("emma.clarke@brightside.example")

    connect_pipedrive_as(client, 201)

    assert Company.objects.count() == 1
    assert "belongs to another company" in said(client)


def revocations(vendors: Vendors) -> int:
    asked = vendors.control("traffic?vendor=pipedrive")
    return len([each for each in asked if each["path"].endswith("/oauth/revoke")])


def is_installed_for(vendors: Vendors, user_id: int) -> bool:
    companies = vendors.control("state")["pipedrive"]["companies"]
    return user_id in companies["7001"]["installed_users"]


def test_a_grant_of_a_removed_person_is_given_back(connected: Connected) -> None:
    client = sign_in("mehmet.yilmaz@brightside.example")
    connect_pipedrive_as(client, 102)
    member = Membership.objects.for_company(connected.company).get(pipedrive_user_id=102)
    people.remove(member, by=connected.user, now=timezone.now())
    before = revocations(connected.vendors)

    # The session they had ended with the membership (S-6).
    connect_pipedrive_as(sign_in("mehmet.yilmaz@brightside.example"), 102)

    assert revocations(connected.vendors) == before + 1
    assert not is_installed_for(connected.vendors, 102)


def test_a_grant_of_another_pipedrive_user_than_before_is_given_back(connected: Connected) -> None:
    client = sign_in(connected.user.email)

    connect_pipedrive_as(client, 102)

    assert "already connected for somebody else" in said(client)
    assert revocations(connected.vendors) == 1
    assert (is_installed_for(connected.vendors, 102), is_installed_for(connected.vendors, 101)) == (
        False,
        True,
    )


def test_a_refused_grant_of_somebody_who_works_here_is_not_revoked_under_them(
    connected: Connected,
) -> None:
    connect_pipedrive_as(sign_in("mehmet.yilmaz@brightside.example"), 101)

    # Revoking it would uninstall the app for its owner.
    assert revocations(connected.vendors) == 0
    assert is_installed_for(connected.vendors, 101)


def test_a_refused_grant_is_refused_in_the_same_words_while_pipedrive_does_not_answer(
    connected: Connected,
) -> None:
    fault = {"vendor": "pipedrive", "path": ".*/revoke", "kind": "status", "status": 503}
    connected.vendors.control("faults", fault)
    client = sign_in(connected.user.email)

    connect_pipedrive_as(client, 102)

    assert "already connected for somebody else" in said(client)


def test_disconnecting_stops_at_once_and_erases_the_last_token(connected: Connected) -> None:
    client = sign_in("emma.clarke@brightside.example")

    client.post(f"{OVERVIEW}xero/disconnect/")

    connection = XeroConnection.objects.for_company(connected.company).get()
    assert connection.state == XeroConnection.State.ENDED
    grant = XeroAuthorisation.objects.get()
    assert (grant.access_token, grant.refresh_token, grant.state) == ("", "", "ENDED")
    assert AuditEvent.objects.filter(event="xero.disconnected", actor=connected.user).exists()


def test_disconnecting_works_while_xero_does_not_answer(connected: Connected) -> None:
    connected.vendors.control(
        "faults", {"vendor": "xero", "path": ".*", "kind": "status", "status": 503}
    )
    client = sign_in("emma.clarke@brightside.example")

    client.post(f"{OVERVIEW}xero/disconnect/")

    connection = XeroConnection.objects.for_company(connected.company).get()
    assert connection.state == XeroConnection.State.ENDED
    assert XeroAuthorisation.objects.get().refresh_token == ""


def test_reconnecting_the_same_organisation_finds_the_old_row(connected: Connected) -> None:
    client = sign_in("emma.clarke@brightside.example")
    client.post(f"{OVERVIEW}xero/disconnect/")

    connect_xero_as(client, connected.vendors, connected.user.email, "brightside")

    connection = XeroConnection.objects.for_company(connected.company).get()
    assert connection.pk == connected.connection.pk
    assert connection.state == XeroConnection.State.ACTIVE


def uninstall(user_id: int, *, secret: str = "sandbox-pipedrive-secret", body: Any = None) -> int:
    basic = base64.b64encode(f"sandbox-pipedrive:{secret}".encode()).decode()
    answer = Client().delete(
        CALLBACK,
        data=body
        if body is not None
        else json.dumps({"client_id": "sandbox-pipedrive", "company_id": 7001, "user_id": user_id}),
        content_type="application/json",
        headers={"Authorization": f"Basic {basic}"},
    )
    return answer.status_code


def test_uninstalling_by_the_last_user_stops_the_company(
    connected: Connected, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        assert uninstall(101) == 200

    connected.company.refresh_from_db()
    assert connected.company.state == Company.State.UNINSTALLED
    grant = PipedriveAuthorisation.objects.for_company(connected.company).get()
    assert (grant.access_token, grant.refresh_token, grant.state) == ("", "", "ENDED")
    assert len(callbacks) == 1
    assert not connected.company.is_security_stated
    statement = SecurityStatement.objects.for_company(connected.company).get()
    assert statement.revoked_at is not None


def test_connecting_never_writes_the_gates_of_the_company(connected: Connected) -> None:
    colleague = User.objects.create_user("mehmet.yilmaz@brightside.example")

    with CaptureQueriesContext(database) as asked:
        connect_pipedrive(connected.vendors, colleague, now=timezone.now())

    writes = [each["sql"] for each in asked if 'UPDATE "connections_company"' in each["sql"]]
    assert writes
    # An admin states it, or support pauses, between our reading of the row and this writing.
    assert not any('"is_security_stated"' in sql or '"state"' in sql for sql in writes)


def test_connecting_never_writes_what_an_admin_decides_about_a_person(
    connected: Connected,
) -> None:
    with CaptureQueriesContext(database) as asked:
        connect_pipedrive(connected.vendors, connected.user, now=timezone.now())

    writes = [each["sql"] for each in asked if 'UPDATE "connections_membership"' in each["sql"]]
    assert writes
    assert not any(
        f'"{name}"' in sql
        for sql in writes
        for name in ("role", "removed_at", "can_create", "can_approve", "can_see_amounts")
    )


def test_uninstalling_by_one_of_two_users_keeps_the_company(connected: Connected) -> None:
    colleague = User.objects.create_user("mehmet.yilmaz@brightside.example")
    connect_pipedrive(connected.vendors, colleague, now=timezone.now())

    assert uninstall(102) == 200

    connected.company.refresh_from_db()
    assert connected.company.state == Company.State.ACTIVE
    states = PipedriveAuthorisation.objects.for_company(connected.company)
    assert {row.pipedrive_user_id: row.state for row in states} == {101: "ACTIVE", 102: "ENDED"}


@pytest.mark.parametrize(
    ("secret", "body", "status"),
    [
        ("wrong", None, 401),
        ("ş" * 20, None, 401),
        ("sandbox-pipedrive-secret", "", 400),
        ("sandbox-pipedrive-secret", "[]", 400),
        ("sandbox-pipedrive-secret", "null", 400),
        ("sandbox-pipedrive-secret", '{"client_id":"x","company_id":7001,"user_id":101}', 400),
        ("sandbox-pipedrive-secret", "[" * 9000, 400),
        (
            "sandbox-pipedrive-secret",
            '{"client_id":"sandbox-pipedrive","company_id":1e999,"user_id":101}',
            400,
        ),
        (
            "sandbox-pipedrive-secret",
            '{"client_id":"sandbox-pipedrive","company_id":99999999999999999999,"user_id":1}',
            200,
        ),
    ],
)
def test_a_forged_or_broken_uninstall_changes_nothing(
    connected: Connected, secret: str, body: Any, status: int
) -> None:
    assert uninstall(101, secret=secret, body=body) == status

    grant = PipedriveAuthorisation.objects.for_company(connected.company).get()
    assert grant.state == "ACTIVE"


def test_a_sealed_token_moved_to_another_row_or_field_does_not_open(
    connected: Connected,
) -> None:
    row = XeroAuthorisation.objects.get()
    other = XeroAuthorisation(xero_user_id=row.xero_user_id, issued_at=row.issued_at)

    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(row.access_token, row=other, field="access_token")
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(row.access_token, row=row, field="refresh_token")
    assert vault.open_sealed(row.access_token, row=row, field="access_token").reveal()


def test_an_older_key_still_opens_and_the_newest_writes(settings: Any) -> None:
    row = XeroAuthorisation()
    settings.FIELD_ENCRYPTION_KEYS = ["old" * 12]
    sealed = vault.seal(Secret("canary"), row=row, field="access_token")

    settings.FIELD_ENCRYPTION_KEYS = ["new" * 12, "old" * 12]
    again = vault.seal(Secret("canary"), row=row, field="access_token")

    assert vault.open_sealed(sealed, row=row, field="access_token").reveal() == "canary"
    assert sealed.split(".")[1] != again.split(".")[1]
    settings.FIELD_ENCRYPTION_KEYS = ["new" * 12]
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(sealed, row=row, field="access_token")
