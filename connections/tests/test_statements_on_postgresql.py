"""Two admins state and support revokes at the same instant: one statement, one truth (M-2, T-5)."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections as db_connections
from django.utils import timezone

from connections import security
from connections.models import AuditEvent, Company, Membership, SecurityStatement, User

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def make_admins() -> list[Membership]:
    company = Company.objects.create(pipedrive_company_id=7, name="Seven")
    return [
        Membership.objects.create(
            company=company,
            user=User.objects.create_user(f"{name}@seven.example"),
            role=Membership.Role.ADMIN,
        )
        for name in ("ada", "bel", "cem", "dil")
    ]


def at_once(*presses: Callable[[], object]) -> None:
    gate = threading.Barrier(len(presses))

    def run(press: Callable[[], object]) -> None:
        try:
            gate.wait()
            press()
        finally:
            db_connections.close_all()

    threads = [threading.Thread(target=run, args=(press,)) for press in presses]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def test_admins_who_state_at_the_same_instant_make_one_statement() -> None:
    admins = make_admins()
    now = timezone.now()

    at_once(*(lambda each=each: security.state(each, method="sso", now=now) for each in admins))

    SecurityStatement.objects.for_company(admins[0].company).get()
    assert AuditEvent.objects.filter(event="security.stated").count() == 1
    assert Company.objects.get().is_security_stated


def test_stating_and_revoking_at_the_same_instant_leave_flag_and_statement_of_one_mind() -> None:
    admins = make_admins()
    company = admins[0].company
    support = User.objects.create_user("support@invoicebridge.example")
    for turn in range(10):
        now = timezone.now()
        first = security.state(admins[0], method="sso" if turn % 2 else "two_factor", now=now)
        other = "two_factor" if turn % 2 else "sso"

        at_once(
            lambda first=first, now=now: security.revoke(  # type: ignore[misc]
                first, by=support, reason="Audit", now=now
            ),
            lambda other=other, now=now: security.state(admins[1], method=other, now=now),  # type: ignore[misc]
        )

        stands = SecurityStatement.objects.for_company(company).filter(revoked_at__isnull=True)
        assert stands.exists() == Company.objects.get().is_security_stated
