"""Which organisation a company's invoices go to: chosen, changed, kept (R-6, P-9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from connections import gates, organisations, upkeep, xero_services
from connections.models import AuditEvent, Company, XeroAuthorisation, XeroConnection
from connections.tests.test_connecting import (
    OVERVIEW,
    connect_pipedrive_as,
    connect_xero_as,
    said,
    sign_in,
    tenant,
)
from tests.vendors import Connected, Vendors, connect

pytestmark = pytest.mark.django_db
CHOOSE = f"{OVERVIEW}xero/organisation/"
EMMA = "emma.clarke@brightside.example"


def reach_both(connected: Connected) -> Client:
    """Emma has given access to a second organisation, and is asked which one it is to be."""
    client = sign_in(EMMA)
    connect_xero_as(client, connected.vendors, EMMA, "brightside-nz")
    return client


def live(company: Company) -> list[str]:
    rows = XeroConnection.objects.for_company(company).filter(state="ACTIVE")
    return [row.organisation_name for row in rows]


def test_an_organisation_is_chosen_when_there_are_several(connected: Connected) -> None:
    client = reach_both(connected)

    page = client.get(CHOOSE).content.decode()

    assert "Brightside NZ" in page
    assert "(connected now)" in page
    assert live(connected.company) == ["Brightside Interiors Ltd"]


def test_another_organisation_is_not_taken_before_the_consequences_were_shown(
    connected: Connected,
) -> None:
    client = reach_both(connected)
    chosen = {"tenant_id": tenant(connected.vendors, "brightside-nz")}

    asked = client.post(CHOOSE, chosen).content.decode()
    before = live(connected.company)
    client.post(CHOOSE, chosen | {"change": "yes"})

    assert "Switch from Brightside Interiors Ltd to Brightside NZ" in asked
    assert "never to another organisation." in asked
    assert before == ["Brightside Interiors Ltd"]
    assert live(connected.company) == ["Brightside NZ"]
    old = XeroConnection.objects.for_company(connected.company).get(pk=connected.connection.pk)
    assert old.state == XeroConnection.State.ENDED


def test_the_organisation_that_was_left_is_given_back(connected: Connected) -> None:
    client = reach_both(connected)
    chosen = {"tenant_id": tenant(connected.vendors, "brightside-nz"), "change": "yes"}

    client.post(CHOOSE, chosen)

    connection = XeroConnection.objects.for_company(connected.company).get(state="ACTIVE")
    assert connection.authorisation is not None
    reached = xero_services.list_tenants(
        connection.authorisation, company=connected.company, now=timezone.now()
    )
    assert [each.tenant_name for each in reached] == ["Brightside NZ"]


def test_a_colleagues_grant_erases_the_one_that_it_took_over_from(connected: Connected) -> None:
    client = sign_in(EMMA)

    connect_xero_as(client, connected.vendors, "olivia.grant@brightside.example", "brightside")
    upkeep.finish_uninstalls(now=timezone.now() + timedelta(minutes=4))

    olivias, emmas = XeroAuthorisation.objects.order_by("-issued_at")
    assert (emmas.email, emmas.state, emmas.refresh_token) == (EMMA, "ENDED", "")
    assert olivias.state == "ACTIVE"
    connection = XeroConnection.objects.for_company(connected.company).get()
    organisations.check_gates(connection, now=timezone.now())
    assert (connection.state, connection.authorisation) == ("ACTIVE", olivias)


def test_a_consent_that_reaches_another_organisation_alone_changes_nothing_by_itself(
    connected: Connected,
) -> None:
    client = sign_in(EMMA)
    client.post(f"{OVERVIEW}xero/disconnect/")

    connect_xero_as(client, connected.vendors, EMMA, "brightside-nz")

    assert live(connected.company) == []
    assert "Brightside NZ" in client.get(CHOOSE).content.decode()
    assert "Choose the organisation" in client.get(OVERVIEW).content.decode()


def test_choosing_the_same_organisation_reconnects_it_without_a_question(
    connected: Connected,
) -> None:
    client = reach_both(connected)

    answer = client.post(CHOOSE, {"tenant_id": tenant(connected.vendors, "brightside")})

    assert answer.status_code == 302
    assert live(connected.company) == ["Brightside Interiors Ltd"]
    assert client.get(CHOOSE).status_code == 404


def test_a_cancelled_choice_leaves_everything_as_it_was(connected: Connected) -> None:
    client = reach_both(connected)

    client.post(CHOOSE, {"cancel": "yes"})

    assert live(connected.company) == ["Brightside Interiors Ltd"]
    assert connected.connection.authorisation is not None
    connected.connection.authorisation.refresh_from_db()
    assert connected.connection.authorisation.state == "ACTIVE"
    assert client.get(CHOOSE).status_code == 404
    assert "Waiting for your choice" not in said(client)


def test_a_consent_that_was_never_used_is_given_back(connected: Connected) -> None:
    client = sign_in(EMMA)
    connect_xero_as(client, connected.vendors, "mehmet.yilmaz@brightside.example", "brightside")
    works = connected.connection.authorisation
    assert works is not None
    refused = XeroAuthorisation.objects.exclude(pk=works.pk)
    assert refused.get().state == "ACTIVE"

    upkeep.clean_up(now=timezone.now() + timedelta(hours=13))

    assert (refused.get().state, refused.get().refresh_token) == ("ENDED", "")
    assert live(connected.company) == ["Brightside Interiors Ltd"]
    assert XeroAuthorisation.objects.get(pk=works.pk).state == "ACTIVE"


def test_a_choice_is_bound_to_the_company_that_began_it(connected: Connected) -> None:
    client = reach_both(connected)
    session = client.session
    session["xero_choice"] = "999" + session["xero_choice"]
    session.save()

    assert client.get(CHOOSE).status_code == 404


@pytest.mark.parametrize("given", ["", "anadolu", "not-an-id", "\x00", "9" * 400])
def test_a_tenant_that_was_not_offered_cannot_be_chosen(connected: Connected, given: str) -> None:
    client = reach_both(connected)
    tenant_id = tenant(connected.vendors, given) if given == "anadolu" else given

    answer = client.post(CHOOSE, {"tenant_id": tenant_id, "change": "yes"})

    assert answer.status_code == 422
    assert "Choose one of these organisations" in answer.content.decode()
    assert live(connected.company) == ["Brightside Interiors Ltd"]


def test_an_organisation_of_another_company_is_named_and_cannot_be_chosen(
    vendors: Vendors,
) -> None:
    theirs = connect(vendors, "olivia.grant@brightside.example", "brightside")
    other = sign_in("zeynep.kaya@anadolu.example")
    other.cookies["ib_language"] = "en"
    connect_pipedrive_as(other, 201)
    tenant_id = tenant(vendors, "brightside")

    connect_xero_as(other, vendors, EMMA, "brightside")
    alone = said(other)
    connect_xero_as(other, vendors, EMMA, "brightside-nz")
    page = other.get(CHOOSE).content.decode()
    posted = other.post(CHOOSE, {"tenant_id": tenant_id, "change": "yes"})

    assert "Brightside Interiors Ltd is already connected to another company" in alone
    assert "Connected to another company in InvoiceBridge." in page
    assert posted.status_code == 422
    assert live(theirs.company) == ["Brightside Interiors Ltd"]
    assert live(Company.objects.get(pipedrive_company_id=7002)) == []


def test_one_organisation_feeds_one_company(connected: Connected) -> None:
    other = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    authorisation = connected.connection.authorisation
    assert authorisation is not None
    now = timezone.now()
    tenants = xero_services.list_tenants(authorisation, company=other.company, now=now)

    with pytest.raises(gates.Refused) as refused:
        xero_services.connect_tenant(
            company=other.company,
            authorisation=authorisation,
            tenant=tenants[0],
            by=other.user,
            now=now,
        )

    assert refused.value.code == "organisation_taken"
    rows = XeroConnection.objects.for_company(other.company)
    assert [row.state for row in rows] == [XeroConnection.State.ACTIVE]


def test_a_colleague_without_the_role_does_not_break_what_works(connected: Connected) -> None:
    client = sign_in(EMMA)

    connect_xero_as(client, connected.vendors, "mehmet.yilmaz@brightside.example", "brightside")

    row = XeroConnection.objects.for_company(connected.company).get()
    assert row.state == XeroConnection.State.ACTIVE
    assert row.authorisation == connected.connection.authorisation
    assert "Your role in Xero is Invoice Only" in said(client)
    assert not AuditEvent.objects.filter(event="xero.role_refused").exists()
