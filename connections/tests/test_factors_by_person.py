"""The secret of a second factor opens for its own person only (S-17, B-23)."""

from __future__ import annotations

import importlib

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.apps import apps
from django.core.cache import cache

from connections import factor_keys, vault
from connections.models import User
from connections.secrets import Secret
from connections.tests.people_here import SECRET, about, add_app, make_member, sign_in
from tests.totp import code_for

pytestmark = pytest.mark.django_db
AUTHENTICATE = "/accounts/2fa/authenticate/"
PAGE = "/settings/people/"
OTHER_SECRET = "KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TF"


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


def test_a_secret_that_was_moved_into_another_row_opens_nothing() -> None:
    """Who may write the table cannot make their own phone open somebody else's account."""
    thief, emma = make_member("thief@brightside.example").user, make_member().user
    theirs, hers = add_app(thief), add_app(emma)
    hers.data = {"secret": theirs.data["secret"]}
    hers.save()
    client = sign_in(emma)

    answer = client.post(AUTHENTICATE, {"code": code_for(SECRET)})

    assert answer.status_code == 200
    assert client.get(PAGE).status_code == 302
    with pytest.raises(vault.CannotOpen):
        vault.open_at(hers.data["secret"], place=factor_keys.place_of(emma.pk))
    assert sign_in_as(thief) == 200


def test_a_code_of_another_account_does_not_help() -> None:
    thief, emma = make_member("thief@brightside.example").user, make_member().user
    add_app(emma)
    with about(thief):
        Authenticator.objects.create(
            user=thief, type="totp", data={"secret": encrypted(OTHER_SECRET, thief.pk)}
        )
        codes = RecoveryCodes.activate(thief).generate_codes()
    client = sign_in(emma)

    for code in (code_for(OTHER_SECRET), codes[0]):
        assert client.post(AUTHENTICATE, {"code": code}).status_code == 200
        assert client.get(PAGE).status_code == 302


def test_what_was_sealed_for_the_table_is_sealed_for_its_person_and_back() -> None:
    migration = importlib.import_module("connections.migrations.0021_second_factors_by_person")
    emma, olivia = make_member().user, make_member("olivia@brightside.example").user
    app = add_app(emma)
    lost = Authenticator.objects.create(
        user=olivia, type="recovery_codes", data={"seed": "v1.deadbeef.AAAA", "used_mask": 3}
    )

    migration.for_the_table(apps, None)
    app.refresh_from_db()
    assert vault.open_at(app.data["secret"], place=migration.TABLE).reveal() == SECRET
    migration.for_the_person(apps, None)

    app.refresh_from_db()
    place = factor_keys.place_of(emma.pk)
    assert vault.open_at(app.data["secret"], place=place).reveal() == SECRET
    lost.refresh_from_db()
    assert lost.data == {"seed": "v1.deadbeef.AAAA", "used_mask": 3}
    assert sign_in_as(emma) == 200


def encrypted(secret: str, user_id: int) -> str:
    return vault.seal_at(Secret(secret), place=factor_keys.place_of(user_id))


def sign_in_as(user: User) -> int:
    client = sign_in(user)
    client.post(AUTHENTICATE, {"code": code_for(SECRET)})
    return client.get(PAGE).status_code
