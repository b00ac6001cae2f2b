"""The admin's word on sign-in in Pipedrive: who said it, when, how, and how it ends (M-2, R-1)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from connections import security
from connections.models import AuditEvent, Company, Membership, SecurityStatement, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Membership:
    company = Company.objects.create(pipedrive_company_id=7, name="Seven")
    user = User.objects.create_user("ada@seven.example", first_name="Ada")
    return Membership.objects.create(company=company, user=user, role=Membership.Role.ADMIN)


def rows(company: Company) -> Any:
    return SecurityStatement.objects.for_company(company)


def test_a_company_begins_without_a_statement(admin: Membership) -> None:
    assert security.get_last(admin.company) is None
    assert not admin.company.is_security_stated


def test_stating_records_who_when_and_how(admin: Membership) -> None:
    now = timezone.now()

    security.state(admin, method="sso", now=now)

    statement = rows(admin.company).get()
    assert (statement.method, statement.stated_by, statement.stated_at) == ("sso", admin.user, now)
    assert Company.objects.get().is_security_stated
    event = AuditEvent.objects.get(event="security.stated")
    assert (event.actor, event.after) == (admin.user, {"method": "sso"})


def test_the_same_press_twice_is_one_statement(admin: Membership) -> None:
    first = security.state(admin, method="sso", now=timezone.now())

    again = security.state(admin, method="sso", now=timezone.now())

    assert again == first
    assert AuditEvent.objects.filter(event="security.stated").count() == 1


def test_another_method_revokes_the_old_statement(admin: Membership) -> None:
    old = security.state(admin, method="sso", now=timezone.now())

    security.state(admin, method="two_factor", now=timezone.now())

    old.refresh_from_db()
    assert (old.revoked_by, old.revoke_reason) == (admin.user, "stated anew")
    assert rows(admin.company).get(revoked_at__isnull=True).method == "two_factor"
    assert Company.objects.get().is_security_stated


def test_an_unknown_method_stores_nothing(admin: Membership) -> None:
    with pytest.raises(security.UnknownMethod):
        security.state(admin, method="password", now=timezone.now())

    assert not rows(admin.company).exists()
    assert not Company.objects.get().is_security_stated


def test_support_revokes_with_a_reason_and_an_admin_may_state_it_again(admin: Membership) -> None:
    support = User.objects.create_user("support@invoicebridge.example")
    statement = security.state(admin, method="sso", now=timezone.now())

    is_revoked = security.revoke(statement, by=support, reason="No SSO", now=timezone.now())
    is_again = security.revoke(statement, by=support, reason="Twice", now=timezone.now())

    assert (is_revoked, is_again) == (True, False)
    assert not Company.objects.get().is_security_stated
    last = security.get_last(admin.company)
    assert last is not None and (last.revoked_by, last.revoke_reason) == (support, "No SSO")
    assert AuditEvent.objects.get(event="security.revoked").reason == "No SSO"
    security.state(admin, method="sso", now=timezone.now())
    assert Company.objects.get().is_security_stated
    assert rows(admin.company).count() == 2
