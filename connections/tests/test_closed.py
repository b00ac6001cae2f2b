"""Closed to new installs: on the pages and on the server; nobody who is in notices (M-3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from constance.test import override_config
from django.test import Client
from django.utils import timezone

from connections.models import (
    Company,
    Membership,
    PipedriveAuthorisation,
    User,
    XeroAuthorisation,
    XeroConnection,
)
from connections.tests.test_connecting import (
    OVERVIEW,
    answer_consent,
    connect_pipedrive_as,
    connect_xero_as,
    said,
    sign_in,
    tenant,
)
from tests.vendors import Connected, Vendors, connect_pipedrive

pytestmark = pytest.mark.django_db
EMMA = "emma.clarke@brightside.example"


@pytest.fixture
def closed() -> Iterator[None]:
    with override_config(CLOSED_TO_NEW_INSTALLS=True):
        yield


@pytest.fixture
def begun(vendors: Vendors) -> Client:
    """Emma has installed the app in Pipedrive and not connected Xero yet."""
    user = User.objects.create_user(EMMA)
    connect_pipedrive(vendors, user, now=timezone.now())
    return sign_in(EMMA)


def actions(page: str) -> list[str]:
    """Return where the forms of a page's content go."""
    main = page.split("<main")[1].split("</main>")[0]
    return [part.split('"')[0] for part in main.split('action="')[1:]]


def test_a_company_without_a_connection_sees_a_notice_and_nothing_to_press(
    begun: Client, closed: None
) -> None:
    page, start = said(begun), begun.get("/").content.decode()

    assert "Closed to new installs" in page
    assert "Connect Xero" not in page.split("<main")[1]
    assert [each for each in actions(page) if "disconnect" not in each] == []
    assert "takes no new companies at the moment" in start


@pytest.mark.parametrize("vendor", ["pipedrive", "xero"])
def test_beginning_a_consent_is_refused(begun: Client, vendor: str, closed: None) -> None:
    answer = begun.post(f"{OVERVIEW}{vendor}/")

    assert (answer.status_code, answer.headers["Location"]) == (302, OVERVIEW)
    assert "takes no new companies" in said(begun)


def test_xeros_callback_refuses_what_was_begun_before(begun: Client, vendors: Vendors) -> None:
    page = begun.post(f"{OVERVIEW}xero/")
    choices = {
        "person": person(vendors),
        "organisation": tenant(vendors, "brightside"),
        "choice": "allow",
    }
    back = answer_consent(page["Location"], choices)

    with override_config(CLOSED_TO_NEW_INSTALLS=True):
        begun.get(back)
        told = said(begun)

    assert "takes no new companies" in told
    assert not XeroConnection.objects.across_companies().exists()
    assert not XeroAuthorisation.objects.exists()


def test_pipedrives_callback_refuses_a_known_company_without_a_connection(
    begun: Client,
) -> None:
    asked = begun.post(f"{OVERVIEW}pipedrive/")
    back = answer_consent(asked["Location"], {"user_id": "101", "decision": "allow"})

    with override_config(CLOSED_TO_NEW_INSTALLS=True):
        begun.get(back)

    assert PipedriveAuthorisation.objects.across_companies().get().generation == 1


def test_pipedrives_callback_refuses_a_company_that_uninstalled(connected: Connected) -> None:
    client = sign_in(EMMA)
    Company.objects.update(state=Company.State.UNINSTALLED)
    asked = client.post(f"{OVERVIEW}pipedrive/")
    back = answer_consent(asked["Location"], {"user_id": "101", "decision": "allow"})

    with override_config(CLOSED_TO_NEW_INSTALLS=True):
        client.get(back)
        page = said(client)

    assert Company.objects.get().state == Company.State.UNINSTALLED
    assert "Install now" not in page


@pytest.mark.parametrize("state", ["ACTIVE", "RECONNECT", "ENDED"])
def test_an_existing_company_notices_nothing_and_reconnects(
    connected: Connected, state: str, closed: None
) -> None:
    XeroConnection.objects.for_company(connected.company).update(state=state)
    client = sign_in(EMMA)

    before = said(client)
    connect_pipedrive_as(client, 101)
    connect_xero_as(client, connected.vendors, EMMA, "brightside")

    assert "Closed to new installs" not in before
    row = XeroConnection.objects.for_company(connected.company).get()
    assert row.state == XeroConnection.State.ACTIVE


def test_a_colleague_of_an_existing_company_connects_their_own_pipedrive(
    connected: Connected, closed: None
) -> None:
    client = sign_in("mehmet.yilmaz@brightside.example")
    Membership.objects.create(
        company=connected.company, user=User.objects.get(email="mehmet.yilmaz@brightside.example")
    )

    connect_pipedrive_as(client, 102)

    assert PipedriveAuthorisation.objects.for_company(connected.company).count() == 2


def person(vendors: Vendors) -> str:
    """Return Emma's id in the pretend Xero."""
    grant: dict[str, Any] = vendors.control("xero/connect", {"email": EMMA, "slugs": []})
    return str(grant["xero_userid"])
