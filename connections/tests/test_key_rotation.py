"""A new key seals everything, while tokens are renewed, stopped and started at will (S-18)."""

from __future__ import annotations

import threading
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import decrypt, encrypt
from django.core import signing
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from connections import renewal, rotation, vault
from connections.models import Company, PipedriveAuthorisation, User, XeroAuthorisation
from connections.secrets import Secret
from connections.tests.people_here import about
from connections.tokens import TokenSet

pytestmark = pytest.mark.django_db
OLD, NEW = "an-older-key-of-thirty-two-characters", "the-newer-key-of-thirty-two-characters"


@pytest.fixture(autouse=True)
def old_key(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]


def grant(number: int) -> XeroAuthorisation:
    row = XeroAuthorisation(xero_user_id=uuid4(), generation=0)
    renewal.store(row, tokens(f"first-{number}"), now=timezone.now())
    return row


def tokens(word: str) -> TokenSet:
    return TokenSet(Secret(f"access-{word}"), Secret(f"refresh-{word}"), 1800, ())


def opened(row: XeroAuthorisation | PipedriveAuthorisation) -> tuple[str, str]:
    row.refresh_from_db()
    return (
        vault.open_sealed(row.access_token, row=row, field="access_token").reveal(),
        vault.open_sealed(row.refresh_token, row=row, field="refresh_token").reveal(),
    )


def run(*options: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *options, stdout=out)
    return out.getvalue()


def test_afterwards_the_old_key_is_not_needed_and_status_says_how_many_were_left(
    settings: Any,
) -> None:
    rows = [grant(number) for number in range(5)]
    company = Company.objects.create(pipedrive_company_id=1, name="Harbour")
    own = PipedriveAuthorisation(company=company, pipedrive_user_id=1, generation=0)
    renewal.store(own, tokens("own"), now=timezone.now())
    ended = grant(9)
    renewal.wipe(ended)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    before = run("--status")
    told = run("--rows", "2")

    assert "connections_xeroauthorisation.access_token\t5 sealed\t5 left" in before
    assert "connections_pipedriveauthorisation.refresh_token\t1 sealed\t1 left" in before
    assert told.startswith("12 sealed anew, 0 changed meanwhile, 0 unreadable")
    assert "0 left" in told and "5 left" not in told
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    for number, row in enumerate(rows):
        assert opened(row) == (f"access-first-{number}", f"refresh-first-{number}")
    assert opened(own) == ("access-own", "refresh-own")
    assert run().startswith("0 sealed anew")


def test_second_factors_work_on_without_the_old_key(settings: Any) -> None:
    person = User.objects.create_user("emma@harbour.example")
    with about(person):
        app = Authenticator.objects.create(
            user=person,
            type=Authenticator.Type.TOTP,
            data={"secret": encrypt("JBSWY3DP"), "used_step": 7},
        )
        codes = RecoveryCodes.activate(person)
        expected = codes.generate_codes()
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    before, told = run("--status"), run()

    assert "mfa_authenticator.data\t2 sealed\t2 left" in before
    assert told.startswith("2 sealed anew, 0 changed meanwhile, 0 unreadable")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    app.refresh_from_db()
    codes.instance.refresh_from_db()
    with about(person):
        assert (decrypt(app.data["secret"]), app.data["used_step"]) == ("JBSWY3DP", 7)
        assert codes.generate_codes() == expected


def test_a_value_that_changed_since_it_was_read_is_left_as_it_is(settings: Any) -> None:
    row = grant(1)
    read = row.refresh_token
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    column = next(
        each
        for each in rotation.list_columns()
        if each.name == "connections_xeroauthorisation.refresh_token"
    )
    renewal.store(row, tokens("renewed"), now=timezone.now())

    done = rotation.reseal(column, row.pk, read)

    assert done == rotation.Done(changed_meanwhile=1)
    assert opened(row) == ("access-renewed", "refresh-renewed")


def test_what_cannot_be_opened_is_left_and_told_and_the_rest_goes_on(
    settings: Any,
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = ["a-key-that-somebody-took-away-too-early"]
    lost = grant(1)
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    kept = grant(2)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    before = lost.access_token

    with pytest.raises(CommandError, match="2 values still need an older key"):
        run("--rows", "1")

    lost.refresh_from_db()
    assert lost.access_token == before
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert opened(kept) == ("access-first-2", "refresh-first-2")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_under_load_no_renewal_is_undone_and_none_is_missed(settings: Any) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    rows = [grant(number) for number in range(20)]
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    last: dict[int, int] = {}
    stop = threading.Event()

    def renew() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            for number, row in enumerate(rows):
                renewal.store(row, tokens(f"{number}-{turn}"), now=timezone.now())
                last[number] = turn
        connection.close()

    worker = threading.Thread(target=renew)
    worker.start()
    for _ in range(5):
        rotation.rotate(rows_at_once=3)
    stop.set()
    worker.join()

    assert sum(each.left for each in rotation.status()) == 0
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    for number, row in enumerate(rows):
        turn = last[number]
        assert opened(row) == (f"access-{number}-{turn}", f"refresh-{number}-{turn}")


def test_what_an_older_secret_key_signed_is_still_believed(settings: Any) -> None:
    settings.SECRET_KEY = "the-secret-key-of-yesterday-is-fifty-characters-long"
    signed = signing.dumps({"deal": 41})
    settings.SECRET_KEY = "the-secret-key-of-today-is-also-fifty-characters-long"

    with pytest.raises(signing.BadSignature):
        signing.loads(signed)
    settings.SECRET_KEY_FALLBACKS = ["the-secret-key-of-yesterday-is-fifty-characters-long"]

    assert signing.loads(signed) == {"deal": 41}
