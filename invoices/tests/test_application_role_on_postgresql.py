"""The application works as a role that owns nothing and cannot touch the trail (S-32, P-21)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone

from connections import audit, upkeep
from connections.models import AuditEvent
from invoices import polling, sending
from invoices.models import Invoice, Operation
from invoices.tests.dialog_page import DialogPage
from tests.vendors import Connected, connect

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
REFIT = 1
ROLE = f"invoicebridge_app_{os.getpid()}"


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def app_role(transactional_db: None) -> Iterator[str]:
    """Connections of this test are the application's role's, made as docs/security.md says."""
    if connection.vendor != "postgresql":
        pytest.skip("roles are PostgreSQL's")
    owner = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    run(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'for-this-test-only'")
    try:
        call_command("grant_application_role", ROLE)
        connection.close()
        connection.settings_dict.update(USER=ROLE, PASSWORD="for-this-test-only")
        yield ROLE
    finally:
        connection.close()
        connection.settings_dict.update(owner)
        run(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")


@pytest.fixture
def connected(app_role: str, vendors: object) -> Connected:
    """Brightside, connected by the application's role."""
    return connect(vendors, "emma.clarke@brightside.example", "brightside")  # type: ignore[arg-type]


def test_the_main_job_needs_no_more(connected: Connected, client: Client) -> None:
    client.force_login(connected.user)

    DialogPage(client, REFIT).link_all("er").press("contact:0").press("create")
    operation = Operation.objects.for_company(connected.company).get()
    sending.send(operation.pk, now=timezone.now())
    polling.refresh(connected.connection, now=timezone.now(), deal_id=REFIT)
    invoice = Invoice.objects.for_company(connected.company).get()
    seen = invoice.xero_updated_at
    assert seen is not None
    form = {"seen": seen.isoformat(), "submission": str(uuid4())}
    page = client.post(f"/invoices/{invoice.pk}/actions/approve/", form, follow=True)

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, session_user")
        assert cursor.fetchone() == (ROLE, ROLE)
    assert invoice.xero_status == "DRAFT"
    kinds = Operation.objects.for_company(connected.company).values_list("kind", flat=True)
    assert set(kinds) == {"create", "approve"}, page.content.decode()
    assert AuditEvent.objects.filter(event="invoice.requested").exists()


def test_upkeep_needs_no_more(connected: Connected) -> None:
    old = timezone.now() - audit.KEPT - timedelta(days=30)
    audit.record("company.paused", company=connected.company, reason="long ago", now=old)
    audit.record("company.paused", company=connected.company, reason="Ada", now=timezone.now())

    upkeep.clean_up(now=timezone.now())

    events = AuditEvent.objects.filter(event="company.paused")
    assert [each.reason for each in events] == ["Ada"]
    assert audit.empty_reasons(events) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE connections_auditevent",
        "TRUNCATE connections_company CASCADE",
        "DROP TRIGGER audit_is_append_only ON connections_auditevent",
        "ALTER TABLE connections_auditevent DISABLE TRIGGER ALL",
        "ALTER TABLE connections_auditevent DISABLE TRIGGER audit_is_append_only",
        "DROP TABLE connections_auditevent",
        "ALTER TABLE connections_auditevent RENAME TO gone",
        "ALTER TABLE connections_auditevent OWNER TO CURRENT_USER",
        (
            "CREATE OR REPLACE FUNCTION connections_audit_is_append_only() RETURNS trigger"
            " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        ),
        "CREATE RULE quiet AS ON INSERT TO connections_auditevent DO INSTEAD NOTHING",
        "CREATE TABLE mine (id int)",
        "SET session_replication_role = replica",
        "SET SESSION AUTHORIZATION postgres",
        "CREATE ROLE another SUPERUSER",
    ],
)
def test_the_role_reaches_nothing_but_rows(app_role: str, statement: str) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        run(statement)


def test_no_row_of_the_trail_is_changed_or_deleted(app_role: str) -> None:
    audit.record("company.paused", company=None, reason="Ada", now=timezone.now())

    for statement in (
        "UPDATE connections_auditevent SET event = 'company.resumed'",
        "UPDATE connections_auditevent SET reason = ''",
        "DELETE FROM connections_auditevent",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            run(statement)

    assert AuditEvent.objects.get().reason == "Ada"


def test_the_role_owns_nothing(app_role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner"
            " WHERE rolname = %s",
            [app_role],
        )
        assert cursor.fetchone() == (0,)


def test_a_role_that_may_do_more_is_granted_nothing(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        with pytest.raises(CommandError, match="Only PostgreSQL"):
            call_command("grant_application_role", "anybody")
        return
    owner = connection.settings_dict["USER"]

    with pytest.raises(CommandError, match="more than an application needs"):
        call_command("grant_application_role", owner)
    with pytest.raises(CommandError, match="There is no role"):
        call_command("grant_application_role", "nobody_has_this_name")
