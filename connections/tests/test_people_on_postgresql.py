"""What holds when two people decide at the same instant (R-3, P-8, B-18)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as db_connection
from django.db import connections as db_connections
from django.db import transaction
from django.utils import timezone

from connections import access, gates, people
from connections.models import Membership, PersonalXeroLink, XeroAuthorisation, XeroConnection
from connections.models.authorisations import AuthorisationState
from connections.people import Rights
from tests.live import wait_until
from tests.vendors import Connected, connect, connect_pipedrive, link_personally

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

OLIVIA = "olivia.grant@brightside.example"
MEHMET = "mehmet.yilmaz@brightside.example"


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do these at the same instant, each in a thread, and return their values or errors."""
    gate = threading.Barrier(len(works))
    found: list[object] = []

    def run(work: Callable[[], object]) -> None:
        try:
            gate.wait()
            found.append(work())
        except (people.NotPossible, gates.Refused) as exc:
            found.append(exc)
        finally:
            db_connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


def test_two_admins_who_demote_each_other_leave_one_admin(connected: Connected) -> None:
    mehmet = connect(connected.vendors, MEHMET, None, role=Membership.Role.ADMIN)
    pair = (connected.membership, mehmet.membership)

    def demote(member: Membership, by: Membership) -> None:
        seen = Rights.of(member)
        wanted = Rights("rep", *(getattr(seen, name) for name in Rights.__slots__[1:]))
        people.change(member, seen=seen, wanted=wanted, by=by.user, now=timezone.now())

    found = at_once(lambda: demote(pair[0], pair[1]), lambda: demote(pair[1], pair[0]))

    assert [each for each in found if each is None] == [None]
    admins = Membership.objects.for_company(connected.company).filter(role="admin")
    assert admins.count() == 1


def test_two_admins_who_remove_each_other_leave_one_admin(connected: Connected) -> None:
    mehmet = connect(connected.vendors, MEHMET, None, role=Membership.Role.ADMIN)
    now = timezone.now()

    at_once(
        lambda: people.remove(connected.membership, by=mehmet.user, now=now),
        lambda: people.remove(mehmet.membership, by=connected.user, now=now),
    )

    rows = Membership.objects.for_company(connected.company)
    assert rows.filter(role="admin", removed_at__isnull=True).count() == 1


def test_who_is_removed_while_they_reconnect_pipedrive_stays_removed(
    connected: Connected,
) -> None:
    mehmet = connect(connected.vendors, MEHMET, None, role=Membership.Role.REP)
    rows = Membership.objects.for_company(connected.company).filter(pk=mehmet.membership.pk)
    with ThreadPoolExecutor() as pool, transaction.atomic():
        rows.update(removed_at=timezone.now(), role=Membership.Role.ACCOUNTANT)
        found = pool.submit(
            at_once,
            lambda: connect_pipedrive(connected.vendors, mehmet.user, now=timezone.now()),
        )
        wait_until(is_somebody_waiting, seconds=10)

    (refused,) = found.result()
    assert isinstance(refused, gates.Refused)
    assert refused.code == "removed"
    kept = rows.get()
    assert (kept.role, kept.removed_at is None) == (Membership.Role.ACCOUNTANT, False)


def is_somebody_waiting() -> bool:
    """Whether another session waits for a lock that this one holds."""
    with db_connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        (waiting,) = cursor.fetchone()
    return bool(waiting)


def test_two_consents_of_one_member_at_once_make_one_link(connected: Connected) -> None:
    found = at_once(
        lambda: link_personally(connected, OLIVIA),
        lambda: link_personally(connected, MEHMET),
    )

    (link,) = PersonalXeroLink.objects.for_company(connected.company).exclude(state="ENDED")
    (refused,) = (each for each in found if isinstance(each, gates.Refused))
    assert refused.code == "personal_other_user"
    rows = XeroAuthorisation.objects.filter(email__in=[OLIVIA, MEHMET])
    assert {row.pk: row.state for row in rows} == {
        row.pk: AuthorisationState.ACTIVE
        if row.pk == link.authorisation_id
        else AuthorisationState.ENDED
        for row in rows
    }


def test_many_workers_renew_an_own_token_once(connected: Connected) -> None:
    link = link_personally(connected, OLIVIA)
    XeroAuthorisation.objects.filter(email=OLIVIA).update(access_expires_at=timezone.now())

    def read() -> object:
        fresh = PersonalXeroLink.objects.across_companies().select_related("authorisation").get()
        connection = XeroConnection.objects.across_companies().get()
        with access.open_xero(connection, now=timezone.now(), personal_link=fresh) as session:
            return session.authorisation.generation

    found = at_once(*[read] * 12)

    assert found == [link.authorisation.generation + 1] * 12
    asked = connected.vendors.control("traffic?vendor=xero")
    assert len([each for each in asked if each["path"].endswith("/connect/token")]) == 1
    assert PersonalXeroLink.objects.across_companies().get(pk=link.pk).state == "ACTIVE"
