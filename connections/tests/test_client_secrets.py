"""The secrets that we share with vendors change while the service runs (S-18)."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.conf import settings as ours
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from connections import access, errors
from connections.models import PipedriveAuthorisation, XeroAuthorisation, XeroConnection
from connections.models.authorisations import AuthorisationState
from connections.pipedrive import callers
from connections.tests.test_renewal import fresh_connection, let_tokens_end
from invoicebridge.env import Environment
from tests.vendors import Connected

OLD, NEW = "the-old-secret-of-the-app", "the-new-secret-of-the-app"


def basic(secret: str) -> str:
    pair = f"{ours.PIPEDRIVE_CLIENT_ID}:{secret}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def test_pipedrive_may_call_with_either_secret_while_it_changes(settings: Any) -> None:
    settings.PIPEDRIVE_CLIENT_SECRETS = [NEW, OLD]
    assert callers.is_pipedrive(basic(NEW)) and callers.is_pipedrive(basic(OLD))
    assert not callers.is_pipedrive(basic(f"{NEW},{OLD}"))

    settings.PIPEDRIVE_CLIENT_SECRETS = [NEW]

    assert callers.is_pipedrive(basic(NEW)) and not callers.is_pipedrive(basic(OLD))


@pytest.mark.django_db
@pytest.mark.parametrize("vendor", ["xero", "pipedrive"])
def test_tokens_are_asked_for_with_the_newest_and_a_refused_secret_ends_no_grant(
    connected: Connected, settings: Any, vendor: str
) -> None:
    name = f"{vendor.upper()}_CLIENT_SECRETS"
    (known,) = getattr(settings, name)

    def renew() -> None:
        if vendor == "xero":
            access.open_xero(fresh_connection(connected), now=timezone.now()).close()
        else:
            access.open_pipedrive(connected.membership, now=timezone.now()).close()

    let_tokens_end(connected)
    setattr(settings, name, [NEW, known])
    with pytest.raises(errors.ProviderError):
        renew()

    assert XeroAuthorisation.objects.get().state == AuthorisationState.ACTIVE
    grant = PipedriveAuthorisation.objects.for_company(connected.company).get()
    assert grant.state == AuthorisationState.ACTIVE
    connection = XeroConnection.objects.for_company(connected.company).get()
    assert connection.state == XeroConnection.State.ACTIVE
    setattr(settings, name, [known, OLD])
    renew()


@pytest.mark.parametrize("name", ["PIPEDRIVE_CLIENT_SECRET", "XERO_CLIENT_SECRET"])
def test_each_of_the_secrets_is_held_to_the_rules(name: str) -> None:
    def read(value: str) -> list[str]:
        return Environment({name: value}).secrets(name, minimum=16, development="for-the-demo")

    assert read(f"{NEW}, {OLD}") == [NEW, OLD]
    for weak in (f"{NEW},short", ",", f"{NEW},for-the-demo"):
        with pytest.raises(ImproperlyConfigured, match=name):
            read(weak)


def test_signing_in_with_a_vendor_uses_the_newest() -> None:
    providers: Any = ours.SOCIALACCOUNT_PROVIDERS
    xero = next(
        each for each in providers["openid_connect"]["APPS"] if each["provider_id"] == "xero"
    )

    assert xero["secret"] == ours.XERO_CLIENT_SECRETS[0]
    assert providers["pipedrive"]["APPS"][0]["secret"] == ours.PIPEDRIVE_CLIENT_SECRETS[0]
