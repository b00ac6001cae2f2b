"""Nobody sees anything by a password alone (S-2)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver

from connections.models import AuditEvent
from connections.tests.people_here import (
    SECRET,
    add_app,
    age_proof,
    forget_used_code,
    make_member,
    make_user,
    read_secret,
    sign_in,
    sign_in_fully,
)
from tests.totp import code_for

pytestmark = pytest.mark.django_db
ENROLMENT = "/accounts/2fa/"
PAGES = ("/", "/settings/people/", "/settings/connections/", "/invoices/", "/accounts/sessions/")


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


def test_a_member_without_a_second_factor_gets_to_enrolment_only() -> None:
    client = sign_in(make_member().user)

    for path in (*PAGES, "/settings/people/invite/", "/accounts/password/change/"):
        for answer in (client.get(path), client.post(path)):
            assert answer.headers.get("Location") == ENROLMENT, path
    assert client.get(ENROLMENT).status_code == 200
    assert client.get(f"{ENROLMENT}totp/activate/").status_code == 200


def test_setting_up_an_app_opens_the_session_at_once() -> None:
    member = make_member()
    client = sign_in(member.user)
    page = client.get(f"{ENROLMENT}totp/activate/").content.decode()

    answer = client.post(
        f"{ENROLMENT}totp/activate/", {"code": code_for(read_secret(page))}, follow=True
    )

    assert answer.status_code == 200
    assert client.get("/settings/people/").status_code == 200
    types = Authenticator.objects.filter(user=member.user).values_list("type", flat=True)
    assert set(types) == {"totp", "recovery_codes"}


def test_a_passkey_is_called_one_until_its_person_names_it() -> None:
    user = make_user()
    kind = Authenticator.Type.WEBAUTHN

    first = get_adapter().generate_authenticator_name(user, kind)
    Authenticator.objects.create(user=user, type=kind, data={})

    assert first == "Passkey"
    assert get_adapter().generate_authenticator_name(user, kind) == "Passkey 2"


def test_the_apps_secret_is_sealed_in_the_table() -> None:
    row = add_app(make_user())

    stored = str(Authenticator.objects.get(pk=row.pk).data)

    assert SECRET not in stored and "v1." in stored


def test_signing_in_asks_for_the_code_and_then_lets_in() -> None:
    user = make_member().user
    add_app(user)
    client = sign_in(user)
    assert client.get("/settings/people/").headers["Location"].startswith("/accounts/login/")

    answer = client.post(f"{ENROLMENT}authenticate/", {"code": "000000"})
    assert answer.status_code == 200
    assert client.get("/settings/people/").status_code == 302
    client.post(f"{ENROLMENT}authenticate/", {"code": code_for(SECRET)})

    assert client.get("/settings/people/").status_code == 200
    assert AuditEvent.objects.filter(event="signed_in", actor=user).exists()


@pytest.mark.parametrize("is_cache_lost", [False, True])
def test_a_code_works_once_even_when_the_cache_forgets(is_cache_lost: bool) -> None:
    user = make_member().user
    add_app(user)
    code = code_for(SECRET)
    first = sign_in(user)
    first.post(f"{ENROLMENT}authenticate/", {"code": code})
    assert first.get("/settings/people/").status_code == 200
    if is_cache_lost:
        cache.clear()

    second = sign_in(user)
    second.post(f"{ENROLMENT}authenticate/", {"code": code})

    assert second.get("/settings/people/").status_code == 302


def test_recovery_codes_alone_are_no_second_factor() -> None:
    member = make_member()
    Authenticator.objects.create(
        user=member.user, type="recovery_codes", data={"seed": "", "used_mask": 0}
    )

    client = sign_in(member.user)

    assert client.get("/settings/people/").headers["Location"] == ENROLMENT


def test_who_removes_the_last_factor_has_to_enrol_again() -> None:
    user = make_member().user
    add_app(user)
    client = sign_in_fully(user)

    client.post(f"{ENROLMENT}totp/deactivate/")

    assert not Authenticator.objects.filter(user=user).exists()
    assert client.get("/settings/people/").headers["Location"] == ENROLMENT


def test_a_password_alone_adds_no_second_app_beside_the_first() -> None:
    """An open session of somebody who then enrols elsewhere must not enrol a thief's phone."""
    user = make_member().user
    client = sign_in(user)
    add_app(user)

    for path in ("totp/activate/", "webauthn/add/", "recovery-codes/generate/"):
        answer = client.get(f"{ENROLMENT}{path}")
        assert answer.headers["Location"].startswith("/accounts/confirm/"), path


def test_a_password_reset_does_not_skip_the_second_step() -> None:
    user = make_member().user
    add_app(user)
    client = Client()
    client.post("/accounts/password/reset/", {"email": user.email})
    letter = mail.outbox[0]
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", str(letter.body))
    assert link
    assert letter.subject.startswith("InvoiceBridge: ")
    assert str(letter.body).startswith("Hello,") and "Hello from" not in str(letter.body)
    form = client.get(link[1], follow=True)

    changed = client.post(
        form.request["PATH_INFO"],
        {"password1": "another horse battery staple", "password2": "another horse battery staple"},
        follow=True,
    )

    assert changed.status_code == 200
    user.refresh_from_db()
    assert user.check_password("another horse battery staple")
    assert client.get("/settings/people/").status_code == 302
    again = sign_in(user, "another horse battery staple")
    assert again.get("/settings/people/").status_code == 302
    again.post(f"{ENROLMENT}authenticate/", {"code": code_for(SECRET)})
    assert again.get("/settings/people/").status_code == 200


def test_staff_without_a_second_factor_see_no_page_of_the_admin() -> None:
    staff = make_user("sam@invoicebridge.example", is_staff=True, is_superuser=True)
    client = sign_in(staff)
    paths = {
        "/admin/" + str(each.pattern).replace("<path:object_id>", "1").replace("<app_label>", "x")
        for each in _admin_patterns(get_resolver())
    }
    assert len(paths) > 10

    for path in paths:
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code in {302, 404}, path
            assert answer.headers.get("Location", ENROLMENT) == ENROLMENT, path

    add_app(staff)
    assert sign_in_fully(staff).get("/admin/").status_code == 200


def _admin_patterns(resolver: Any) -> list[Any]:
    site = next(
        each for each in resolver.url_patterns if getattr(each, "namespace", None) == "admin"
    )
    return [each for each in site.url_patterns if "?P" not in str(each.pattern)]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", f"{ENROLMENT}totp/deactivate/"),
        ("get", f"{ENROLMENT}webauthn/add/"),
        ("get", f"{ENROLMENT}recovery-codes/"),
        ("get", f"{ENROLMENT}recovery-codes/download/"),
        ("get", "/accounts/password/change/"),
        ("get", "/accounts/email/"),
        ("get", "/settings/sign-on/"),
        ("post", "/settings/sign-on/require/"),
        ("post", "/settings/sign-on/remove/"),
        ("post", "/settings/people/invite/"),
        ("post", "/settings/connections/pipedrive/"),
        ("post", "/settings/connections/pipedrive/disconnect/"),
        ("post", "/settings/connections/security/"),
        ("post", "/settings/connections/xero/"),
        ("post", "/settings/connections/xero/disconnect/"),
        ("get", "/settings/connections/xero/organisation/"),
        ("post", "/settings/my-xero/link/"),
        ("post", "/accounts/sessions/others/"),
    ],
)
def test_what_is_dangerous_asks_again_after_ten_minutes(method: str, path: str) -> None:
    user = make_member().user
    add_app(user)
    client = sign_in_fully(user)
    ask = getattr(client, method)
    assert "/accounts/confirm/" not in ask(path).headers.get("Location", "")
    client = sign_in_again(user)
    age_proof(client, 601)

    answer = getattr(client, method)(path)

    assert answer.headers["Location"].startswith("/accounts/confirm/")
    assert client.get("/settings/people/").status_code == 200


def sign_in_again(user: Any) -> Client:
    cache.clear()
    forget_used_code(user)
    return sign_in_fully(user)


def test_a_password_does_not_stand_in_for_the_second_factor_when_asked_again() -> None:
    user = make_member().user
    add_app(user)
    client = sign_in_fully(user)
    age_proof(client, 601)
    page = client.get("/accounts/confirm/?next=/settings/sign-on/").content.decode()
    assert "/accounts/2fa/reauthenticate/" in page
    assert "/accounts/reauthenticate/" not in page

    client.post("/accounts/reauthenticate/", {"password": "correct horse battery staple"})
    assert client.get("/settings/sign-on/").status_code == 302

    cache.clear()
    forget_used_code(user)
    done = client.post(
        f"{ENROLMENT}reauthenticate/", {"code": code_for(SECRET), "next": "/settings/sign-on/"}
    )

    assert done.headers["Location"] == "/settings/sign-on/"
    assert client.get("/settings/sign-on/").status_code == 200


def test_switches_of_the_admin_ask_again_after_ten_minutes() -> None:
    staff = make_user("sam@invoicebridge.example", is_staff=True, is_superuser=True)
    add_app(staff)
    client = sign_in_fully(staff)
    age_proof(client, 601)

    assert client.get("/admin/constance/config/").status_code == 200
    answer = client.post("/admin/constance/config/", {})

    assert answer.headers["Location"].startswith("/accounts/confirm/")


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_nobody_is_sent_to_another_site_after_showing_who_they_are(path: str) -> None:
    user = make_member().user
    add_app(user)
    client = sign_in_fully(user)

    assert client.get("/accounts/confirm/", {"next": path}).headers["Location"] == "/"


def test_an_unconfirmed_address_cannot_sign_in() -> None:
    user = make_member().user
    EmailAddress.objects.filter(user=user).update(verified=False)

    client = sign_in(user)

    assert client.get("/settings/people/").headers["Location"].startswith("/accounts/login/")
