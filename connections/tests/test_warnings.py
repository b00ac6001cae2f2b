"""An admin hears of what ends days before it does: by one mail, and on each page until mended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends import locmem
from django.test import Client
from django.utils import timezone

from connections import access, alerts, dangers, errors, renewal
from connections.frames import sessions
from connections.models import (
    Company,
    ConnectionWarning,
    Membership,
    PipedriveAuthorisation,
    XeroAuthorisation,
    XeroConnection,
)
from connections.runtime import snapshot
from connections.tests.people_here import make_member
from tests.vendors import Connected, connect_pipedrive, connect_xero

PAGE = "/settings/people/"
ENDING = "Access to Xero ends on"
ENDED = "Xero has to be reconnected"
EVENING = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)


def page(member: Membership, path: str = PAGE) -> str:
    client = Client()
    client.force_login(member.user)
    return client.get(path).content.decode()


def panel(member: Membership) -> str:
    token = sessions.start(member, now=timezone.now())
    bearer = {"Authorization": f"Bearer {token}"}
    return Client(headers=bearer).get("/frames/app/settings/preferences/").content.decode()


def let_xero_age(days: float, *, now: datetime) -> None:
    XeroAuthorisation.objects.update(issued_at=now - timedelta(days=days))


def open_kinds(company: Company) -> list[str]:
    rows = ConnectionWarning.objects.for_company(company).filter(ended_at__isnull=True)
    return list(rows.order_by("kind").values_list("kind", flat=True))


def kinds(company: Company, now: datetime) -> list[str]:
    found = dangers.find(now=now, runtime=snapshot(), company=company)
    return [each.kind for each in found]


def test_nobody_is_warned_while_all_is_well(connected: Connected) -> None:
    now = timezone.now()
    let_xero_age(45.9, now=now)

    alerts.look(now=now)

    assert mail.outbox == []
    assert not ConnectionWarning.objects.across_companies().exists()
    assert ENDING not in page(connected.membership)


def test_an_admin_hears_a_fortnight_before_a_grant_dies_unused(connected: Connected) -> None:
    now = timezone.now()
    let_xero_age(46.1, now=now)
    rep = make_member("rep@brightside.example", company=connected.company, role="rep")

    alerts.look(now=now)
    alerts.look(now=now + timedelta(days=1))

    (told,) = mail.outbox
    assert told.to == [connected.user.email]
    assert told.subject.startswith(f"{connected.company.name}: {ENDING} ")
    assert f"{settings.SITE_URL}/settings/connections/" in told.body
    # Nothing of a person: neither who connected, nor as which user of Xero.
    assert "@" not in told.body
    assert ENDING in page(connected.membership)
    assert "Reconnect Xero before" not in page(rep)
    assert "an admin of your company has to reconnect it" in page(rep)


def test_the_panel_says_it_too_to_each_in_their_words(connected: Connected) -> None:
    now = timezone.now()
    let_xero_age(50, now=now)
    rep = make_member("rep@brightside.example", company=connected.company, role="rep")
    PipedriveAuthorisation.objects.create(
        company=rep.company, pipedrive_user_id=77, issued_at=now, access_expires_at=now
    )
    Membership.objects.for_company(rep.company).filter(pk=rep.pk).update(pipedrive_user_id=77)
    rep.refresh_from_db()
    alerts.look(now=now)

    assert "reconnect Xero before" in panel(connected.membership)
    assert ENDING in panel(rep)
    assert "reconnect Xero before" not in panel(rep)


def test_a_mail_is_in_its_readers_language_and_tells_their_day(connected: Connected) -> None:
    rows = Membership.objects.for_company(connected.company)
    rows.update(language="tr", time_zone="Europe/Istanbul")
    XeroAuthorisation.objects.update(issued_at=EVENING - timedelta(days=60) + timedelta(hours=4))

    alerts.look(now=EVENING)

    (told,) = mail.outbox
    # 22:00 in London is another day in Istanbul.
    assert "01.12.2026" in told.subject
    assert "Merhaba" in told.body


def test_what_is_mended_is_gone_from_every_page_at_once(connected: Connected) -> None:
    now = timezone.now()
    let_xero_age(50, now=now)
    alerts.look(now=now)
    assert ENDING in page(connected.membership)

    connect_xero(connected.vendors, connected.membership, "brightside", now=now)

    assert ENDING not in page(connected.membership)
    assert ENDING not in panel(connected.membership)
    alerts.look(now=now)
    assert open_kinds(connected.company) == []
    connected.company.refresh_from_db()
    assert not connected.company.is_warned


def test_the_same_occasion_is_mailed_once_and_another_one_anew(connected: Connected) -> None:
    now = timezone.now()
    for day in (0, 0.5, 5):
        at = now + timedelta(days=day)
        let_xero_age(50, now=at)
        alerts.look(now=at)
        let_xero_age(1, now=at)
        alerts.look(now=at + timedelta(minutes=5))

    assert len(mail.outbox) == 2
    assert ConnectionWarning.objects.for_company(connected.company).count() == 2


def test_renewals_that_fail_for_a_day_are_told_long_before_the_end(connected: Connected) -> None:
    now = timezone.now()
    grant = XeroAuthorisation.objects.get()
    connected.vendors.control("faults", {"kind": "status", "status": 503, "times": 2})

    for hours in (0, 20):
        with pytest.raises(errors.ProviderError):
            renewal.renew(grant, refresh=access.refresh_xero, now=now + timedelta(hours=hours))
    grant.refresh_from_db()

    assert grant.renewal_failing_since == now
    assert kinds(connected.company, now + timedelta(hours=23)) == []
    assert kinds(connected.company, now + timedelta(hours=25)) == ["xero_ending"]
    renewal.renew(grant, refresh=access.refresh_xero, now=now + timedelta(hours=25))
    assert kinds(connected.company, now + timedelta(hours=25)) == []


def test_an_ended_connection_is_told_once_it_is_sure(connected: Connected) -> None:
    now = timezone.now()
    connected.vendors.control("xero/revoke", {"email": connected.user.email})
    XeroAuthorisation.objects.update(access_expires_at=now)
    connection = XeroConnection.objects.for_company(connected.company).get()
    with pytest.raises(errors.Revoked):
        access.open_xero(connection, now=now)

    alerts.look(now=now + timedelta(minutes=5))
    assert mail.outbox == []
    alerts.look(now=now + timedelta(minutes=11))

    (told,) = mail.outbox
    assert told.subject == f"{connected.company.name}: {ENDED}"
    XeroConnection.objects.for_company(connected.company).update(
        state_changed_at=now - timedelta(hours=1)
    )
    assert ENDED in page(connected.membership)
    # That page says it in its own words, with the button to press.
    assert ENDED not in page(connected.membership, "/settings/connections/")


def test_scopes_that_xero_retires_are_told_before_their_day(connected: Connected) -> None:
    XeroAuthorisation.objects.update(
        scopes="openid offline_access accounting.transactions accounting.contacts",
        issued_at=datetime(2027, 9, 1, tzinfo=UTC),
    )
    PipedriveAuthorisation.objects.across_companies().update(
        issued_at=datetime(2027, 9, 1, tzinfo=UTC)
    )

    assert kinds(connected.company, datetime(2027, 9, 16, tzinfo=UTC)) == []
    assert kinds(connected.company, datetime(2027, 9, 18, tzinfo=UTC)) == ["xero_consent"]
    XeroAuthorisation.objects.update(scopes="openid offline_access accounting.invoices")
    assert kinds(connected.company, datetime(2027, 9, 18, tzinfo=UTC)) == []


def test_one_pipedrive_grant_that_lives_is_enough(connected: Connected) -> None:
    now = timezone.now()
    rows = PipedriveAuthorisation.objects.for_company(connected.company)
    rows.update(issued_at=now - timedelta(days=50))
    assert kinds(connected.company, now) == ["pipedrive_ending"]

    PipedriveAuthorisation.objects.create(
        company=connected.company, pipedrive_user_id=77, issued_at=now, access_expires_at=now
    )

    assert kinds(connected.company, now) == []


def test_a_company_that_nobody_reads_deals_for_is_told(connected: Connected) -> None:
    now = timezone.now()
    PipedriveAuthorisation.objects.for_company(connected.company).update(state="DEAD")
    alerts.look(now=now)
    assert mail.outbox[0].subject.endswith("Pipedrive has to be reconnected")

    connect_pipedrive(connected.vendors, connected.user, now=now)

    assert kinds(connected.company, now) == []


def test_a_company_that_left_hears_nothing(connected: Connected) -> None:
    now = timezone.now()
    Company.objects.filter(pk=connected.company.pk).update(state=Company.State.UNINSTALLED)
    let_xero_age(70, now=now)

    alerts.look(now=now + timedelta(days=1))

    assert mail.outbox == []


def test_only_admins_who_are_still_there_are_mailed(connected: Connected) -> None:
    now = timezone.now()
    second = make_member("second@brightside.example", company=connected.company)
    make_member("gone@brightside.example", company=connected.company, removed_at=now)
    make_member("books@brightside.example", company=connected.company, role="accountant")
    let_xero_age(50, now=now)

    alerts.look(now=now)

    assert sorted(each.to[0] for each in mail.outbox) == sorted(
        [connected.user.email, second.user.email]
    )


class Refusing(locmem.EmailBackend):
    """A mail server that takes the first mail and no other."""

    def send_messages(self, messages: Any) -> int:
        """Take one mail, then be away."""
        if mail.outbox:
            raise ConnectionRefusedError
        return super().send_messages(messages)


def test_a_mail_server_that_is_away_delays_a_mail_and_doubles_none(
    connected: Connected, settings: Any
) -> None:
    now = timezone.now()
    make_member("second@brightside.example", company=connected.company)
    let_xero_age(50, now=now)
    usual = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    alerts.look(now=now)
    assert len(mail.outbox) == 1

    settings.EMAIL_BACKEND = usual
    alerts.look(now=now + timedelta(minutes=5))
    assert len(mail.outbox) == 1
    alerts.look(now=now + timedelta(minutes=20))
    alerts.look(now=now + timedelta(minutes=40))

    assert len(mail.outbox) == 2
    assert len({each.to[0] for each in mail.outbox}) == 2


def test_a_page_of_a_company_that_is_not_warned_asks_nothing(
    connected: Connected, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert dangers.list_for(connected.company, now=timezone.now()) == []
