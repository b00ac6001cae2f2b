"""An uninstall leaves no token, whatever the vendors and our workers do (P-22)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from connections import services, upkeep
from connections.models import Company, PipedriveAuthorisation, XeroAuthorisation, XeroConnection
from connections.models.authorisations import AuthorisationState
from connections.pipedrive.types import Me
from connections.secrets import Secret
from connections.tokens import TokenSet
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def uninstall(connected: Connected) -> None:
    assert connected.membership.pipedrive_user_id is not None
    assert services.uninstall(
        pipedrive_company_id=connected.company.pipedrive_company_id,
        pipedrive_user_id=connected.membership.pipedrive_user_id,
        now=NOW,
    )


def tokens() -> list[str]:
    pairs = [
        *XeroAuthorisation.objects.values_list("access_token", "refresh_token"),
        *PipedriveAuthorisation.objects.across_companies().values_list(
            "access_token", "refresh_token"
        ),
    ]
    return [each for pair in pairs for each in pair if each]


def test_the_next_minute_erases_them_when_no_worker_was_woken_and_xero_refuses(
    connected: Connected,
) -> None:
    assert len(tokens()) == 4
    connected.vendors.control(
        "faults", {"vendor": "xero", "path": ".*", "times": 100, "kind": "status", "status": 500}
    )
    uninstall(connected)  # its wake-up call is lost: nobody runs it here

    upkeep.finish_uninstalls(now=NOW + timedelta(minutes=1))

    assert tokens() == []
    company = Company.objects.get(pk=connected.company.pk)
    assert (company.state, company.uninstalled_at) == ("UNINSTALLED", NOW)
    assert XeroConnection.objects.across_companies().get().state == "ENDED"


def test_a_worker_that_died_between_ending_and_erasing_is_made_good_within_five_minutes(
    connected: Connected,
) -> None:
    uninstall(connected)
    # What is committed before Xero is asked, and then the worker is killed.
    XeroConnection.objects.across_companies().update(state="ENDED", authorisation=None)
    XeroAuthorisation.objects.update(unused_since=NOW)

    upkeep.finish_uninstalls(now=NOW + timedelta(minutes=1))
    assert len(tokens()) == 2  # perhaps it lives and is at it

    upkeep.finish_uninstalls(now=NOW + timedelta(minutes=3))

    assert tokens() == []
    assert XeroAuthorisation.objects.get().state == AuthorisationState.ENDED


def test_a_grant_in_use_and_one_whose_organisation_is_being_chosen_are_left(
    connected: Connected,
) -> None:
    XeroAuthorisation.objects.update(unused_since=NOW - timedelta(hours=1))
    upkeep.finish_uninstalls(now=NOW)
    assert len(tokens()) == 4

    XeroConnection.objects.across_companies().update(state="ENDED", authorisation=None)
    XeroAuthorisation.objects.update(unused_since=None)  # a new consent
    upkeep.finish_uninstalls(now=NOW + timedelta(minutes=10))

    assert len(tokens()) == 4


def test_installing_again_ends_the_month(connected: Connected) -> None:
    uninstall(connected)
    company, member = connected.company, connected.membership
    me = Me(
        id=member.pipedrive_user_id or 0,
        name="Emma Clarke",
        email=connected.user.email,
        is_admin=True,
        language="en",
        timezone_name="Europe/London",
        default_currency="GBP",
        company_id=company.pipedrive_company_id,
        company_name=company.name,
        company_domain="brightside",
        company_country="GB",
    )
    given = TokenSet(Secret("a"), Secret("r"), 3600, (), api_domain="https://b.pipedrive.com")

    services.finish_pipedrive(
        user=connected.user, company_id=None, me=me, tokens=given, now=NOW + timedelta(days=29)
    )

    company = Company.objects.get(pk=company.pk)
    assert (company.state, company.uninstalled_at) == ("ACTIVE", None)
