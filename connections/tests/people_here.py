"""People for tests of signing in, and a browser that signs in as they would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client, RequestFactory

from connections.models import Company, Membership, User
from tests.totp import code_for

PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def make_user(email: str = "emma@brightside.example", **more: Any) -> User:
    """Return a person with a password and a confirmed address."""
    user = User.objects.create_user(email, PASSWORD, **more)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_member(
    email: str = "emma@brightside.example",
    *,
    company: Company | None = None,
    role: str = Membership.Role.ADMIN,
    **more: Any,
) -> Membership:
    """Return a member of Brightside, or of the company given."""
    if company is None:
        company, _new = Company.objects.get_or_create(
            pipedrive_company_id=7001, defaults={"name": "Brightside Interiors"}
        )
    return Membership.objects.create(company=company, user=make_user(email), role=role, **more)


def add_app(user: User) -> Authenticator:
    """Give a person an authenticator app that knows SECRET."""
    with about(user):
        return TOTP.activate(user, SECRET).instance


@contextmanager
def about(user: User) -> Iterator[None]:
    """Let what is sealed and opened within be this person's, as in a request of theirs."""
    request = RequestFactory().get("/")
    request.user = user
    with context.request_context(request):
        yield


def sign_in(user: User, password: str = PASSWORD, **headers: Any) -> Client:
    """Return a browser that typed an e-mail address and a password."""
    client = Client(**headers)
    client.post("/accounts/login/", {"login": user.email, "password": password})
    return client


def sign_in_fully(user: User) -> Client:
    """Return a browser that typed a password and a code."""
    client = sign_in(user)
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_for(SECRET)})
    assert answer.status_code == 302, answer.content
    return client


def forget_used_code(user: User) -> None:
    """Let the present half minute's code work again: a test does not wait for the next."""
    for row in Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP):
        row.data.pop("used_step", None)
        row.save()


def age_proof(client: Client, seconds: float) -> None:
    """Let what a session showed of its person be older."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= seconds
    session.save()


def read_secret(page: str) -> str:
    """Return the key that an enrolment page shows for the app."""
    found = re.search(r"data-secret>([A-Z2-7]+)<", page)
    assert found
    return found[1]
