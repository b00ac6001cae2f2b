"""What is erased, when and how whole: companies after a month, people on request (P-22, S-37)."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from connections import audit, invitations, rows_of_a_company, services, upkeep
from connections.models import (
    ApiCall,
    AuditEvent,
    BrowserSession,
    Company,
    ErasureRecord,
    Invitation,
    Membership,
    SignOn,
    SignOnIdentity,
    User,
    WebhookEvent,
    XeroConnection,
)
from invoices import erasing, retention
from invoices.models import (
    Deal,
    DealInvoice,
    DialogDraft,
    Invoice,
    LineItem,
    Operation,
    OperationEvent,
)
from invoices.tests import rows
from mappings import folding
from mappings.models import ContactLink, InvoicePreferences
from mappings.names import _key as names_key

pytestmark = pytest.mark.django_db
CANARY, ADDRESS = "Kanarya Öztürk", "kanarya@canary.example"
NOW = timezone.now()


def fill(number: int, *, canary: str = CANARY, address: str = ADDRESS) -> Company:
    """Return a company in every table of which a customer called so stands."""
    connection = rows.make_connection(number)
    company = connection.company
    mine = {"company": company}
    first, last = canary.split(" ")
    person = User.objects.create_user(
        f"{number}-{address}", first_name=first, last_name=last, password="x"
    )
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    member = Membership.objects.create(**mine, user=person, role="rep", pipedrive_user_id=7)
    ContactLink.objects.across_companies().update(contact_name=canary)
    invoice = rows.keep_draft(
        connection,
        NOW,
        number="INV-1",
        contact_name=canary,
        reference=f"For {canary}",
        search_text=folding.fold(canary),
    )
    LineItem.objects.create(**mine, invoice=invoice, position=1, description=f"Desk of {canary}")
    DealInvoice.objects.create(**mine, invoice=invoice, deal_id=1, linked_at=NOW)
    Deal.objects.create(
        **mine, deal_id=1, title=f"{canary}'s desk", owner_name=canary.upper(), seen_at=NOW
    )
    DialogDraft.objects.create(
        **mine,
        membership=member,
        deal_id=1,
        submission_id=uuid4(),
        content={"email": address, "lines": [{"to": canary}]},
        saved_at=NOW,
    )
    body = {"Invoices": [{"Contact": {"Name": canary, "EmailAddress": address}}]}
    operation = make_operation(connection, "done", json.dumps(body), invoice=invoice, canary=canary)
    later = make_operation(connection, "refused", "", depends_on=operation, canary=canary)
    OperationEvent.objects.create(**mine, operation=later, to_state="refused", generation=1, at=NOW)
    InvoicePreferences.objects.create(**mine, saved_at=NOW)
    ApiCall.objects.create(**mine, vendor="xero", operation="x", duration_ms=1, at=NOW)
    WebhookEvent.objects.create(
        vendor="pipedrive",
        dedupe_key=str(uuid4()),
        received_at=NOW,
        category="deal",
        action="change",
        resource_id="1",
        pipedrive_company_id=company.pipedrive_company_id,
        next_attempt_at=NOW,
    )
    audit.record("company.paused", company=company, actor=person, reason=canary, now=NOW)
    cache.set(names_key(company), {7: canary})
    return company


def make_operation(
    connection: XeroConnection, state: str, body: str, *, canary: str = CANARY, **more: Any
) -> Operation:
    return Operation.objects.create(
        company=connection.company,
        connection=connection,
        kind="create",
        submission_id=uuid4(),
        deal_id=1,
        state=state,
        state_changed_at=NOW,
        next_attempt_at=NOW,
        finished_at=NOW,
        request_body=body,
        summary={"total": "1.00", "to": canary, "products": [], "organization_id": 5},
        **more,
    )


def tables_with(word: str) -> set[str]:
    """Return which tables of the whole database hold a word, read as a plain dump would."""
    found = set()
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")  # noqa: S608
            if any(word.lower() in str(row).lower() for row in cursor.fetchall()):
                found.add(table)
    return found


def uninstall(company: Company, *, days_ago: float) -> None:
    Company.objects.filter(pk=company.pk).update(
        state="UNINSTALLED", uninstalled_at=NOW - timedelta(days=days_ago)
    )


def test_a_month_after_uninstalling_nothing_is_left_but_ids(
    caplog: pytest.LogCaptureFixture,
) -> None:
    company = fill(1)
    other = fill(2, canary="Serçe Yıldız", address="serce@canary.example")
    before = rows_left(other)
    uninstall(company, days_ago=31)
    assert len(tables_with("kanarya")) >= 8

    assert erasing.erase_due(now=NOW) == 1

    assert tables_with("kanarya") == set()
    assert tables_with("1-kanarya") == set()
    assert {each.model for each in rows_of_a_company.iterate(company) if each.exists()} == set()
    assert not Company.objects.filter(pk=company.pk).exists()
    assert cache.get(names_key(company)) is None
    assert "kanarya" not in caplog.text.lower()
    assert rows_left(other) == before and "invoices_invoice" in tables_with("Serçe")
    record = ErasureRecord.objects.get()
    assert (record.kind, record.subject["pipedrive_company_id"]) == ("company", 1)
    assert record.counts["invoices_operation"] == 2
    # The trail keeps who did what, by ids.
    told = AuditEvent.objects.filter(company_id=company.pk)
    assert {each.event for each in told} == {"company.paused", "company.erased"}
    assert [each.reason for each in told] == ["", ""]


def test_before_that_and_after_a_reinstall_nothing_is_erased() -> None:
    early, back = fill(1), fill(2)
    uninstall(early, days_ago=29)
    uninstall(back, days_ago=40)
    Company.objects.filter(pk=back.pk).update(state="ACTIVE", uninstalled_at=None)
    before = (rows_left(early), rows_left(back))

    assert erasing.erase_due(now=NOW) == 0
    assert not erasing.erase(back.pk, before=NOW, now=NOW)

    assert (rows_left(early), rows_left(back)) == before


def test_uninstalling_notes_the_day_and_a_person_of_two_companies_stays() -> None:
    company, other = fill(1), fill(2)
    both = User.objects.get(email__startswith="1-")
    Membership.objects.create(company=other, user=both, role="rep")
    assert not services.uninstall(pipedrive_company_id=1, pipedrive_user_id=7, now=NOW)
    uninstall(company, days_ago=31)

    erasing.erase_due(now=NOW)

    assert User.objects.filter(pk=both.pk).exists()


def test_records_of_erasures_are_kept_three_years() -> None:
    for days in (3 * 365 - 1, 3 * 365 + 2):
        ErasureRecord.objects.create(kind="person", erased_at=NOW - timedelta(days=days))

    upkeep.clean_up(now=NOW)

    assert ErasureRecord.objects.count() == 1


def test_what_was_typed_is_forgotten_when_its_time_is_over_and_the_figures_stay() -> None:
    fill(1)
    Operation.objects.across_companies().update(finished_at=NOW - timedelta(days=91))
    connection = XeroConnection.objects.across_companies().get()
    young = make_operation(connection, "refused", "{}", is_another=True)
    Operation.objects.across_companies().update(
        error_messages=[f"The contact name {CANARY} is already assigned to another contact."]
    )

    assert retention.forget_forms(now=NOW) == 1

    old = Operation.objects.across_companies().get(state="done")
    assert (old.request_body, old.summary) == ("", {"total": "1.00", "organization_id": 5})
    assert old.error_messages == ["The contact name ••• is already assigned to another contact."]
    young.refresh_from_db()
    assert young.request_body == "{}"


def run(command: str, *options: str, by: str = "sam@invoicebridge.example") -> str:
    User.objects.get_or_create(email=by, defaults={"is_staff": True})
    out = StringIO()
    call_command(command, *options, f"--by={by}", "--reason=Request 9", stdout=out)
    return out.getvalue()


def test_a_customers_person_is_handed_out_with_all_that_names_them() -> None:
    company = fill(1)

    found = json.loads(run("export_person", ADDRESS, f"--company={company.pipedrive_company_id}"))

    assert found["names"] == [CANARY]  # learned from what was sent beside the address
    assert {each["table"] for each in found["found"]} >= {
        "invoices_invoice",
        "invoices_lineitem",
        "invoices_deal",
        "invoices_dialogdraft",
        "invoices_operation",
        "mappings_contactlink",
    }
    event = AuditEvent.objects.get(event="person.exported")
    assert (event.company, event.reason) == (company, "Request 9")
    assert "kanarya" not in str(event.after).lower()


def test_one_of_our_users_is_handed_out_with_their_account_and_what_they_did() -> None:
    fill(1)
    fill(2)
    person = User.objects.get(email__startswith="1-")

    here = json.loads(run("export_person", person.email, "--company=1"))
    elsewhere = json.loads(run("export_person", person.email, "--company=2"))

    assert here["account"]["name"] == CANARY
    assert [each["role"] for each in here["account"]["memberships"]] == ["rep"]
    assert [each["what"] for each in here["did"]] == ["company.paused"]
    assert (elsewhere["account"], elsewhere["did"]) == (None, [])


def test_a_customers_person_is_erased_from_one_company_and_only_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    company = fill(1)
    other = fill(2, canary="Serçe Yıldız", address="serce@canary.example")
    ContactLink.objects.for_company(company).update(contact_name=CANARY)
    User.objects.filter(email__startswith="1-").update(first_name="", last_name="")
    User.objects.filter(email__startswith="1-").update(email="rep@harbour.example")
    EmailAddress.objects.filter(email__startswith="1-").delete()
    before = rows_left(other)

    run("erase_person", ADDRESS, f"--company={company.pipedrive_company_id}")

    assert tables_with("kanarya") == set()
    assert "kanarya" not in caplog.text.lower()
    assert cache.get(names_key(company)) is None
    assert rows_left(other) == before
    assert Invoice.objects.for_company(company).get().contact_name == "[erased]"
    record = ErasureRecord.objects.get()
    assert (record.kind, record.subject["company"]) == ("person", company.pk)
    assert AuditEvent.objects.filter(event="person.erased").count() == 1


def test_a_member_is_erased_with_every_way_to_sign_in() -> None:
    fill(1)
    person = User.objects.get(email__startswith="1-")
    client = Client()
    client.force_login(person)

    run("erase_person", person.email, f"--name={CANARY}")

    assert tables_with("1-kanarya") == set()
    assert tables_with(CANARY) == set()
    person.refresh_from_db()
    assert (person.is_active, person.email) == (False, f"erased-{person.pk}@erased.invalid")
    assert not person.has_usable_password()
    assert Membership.objects.across_companies().get().removed_at is not None
    assert client.get("/deals/").status_code == 302


def test_nothing_of_a_person_who_signed_in_is_left_to_sign_in_with() -> None:
    fill(1)
    person = User.objects.get(email__startswith="1-")
    key = {"name": "The laptop of the front desk"}
    Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data=key)
    Membership.objects.across_companies().filter(user=person).update(removed_at=NOW)
    client = Client()
    client.force_login(person)
    client.get("/settings/connections/")
    assert BrowserSession.objects.filter(user=person).exists()

    run("erase_person", person.email)

    assert not Authenticator.objects.exists()
    assert not BrowserSession.objects.filter(user=person).exists()


def test_people_who_were_only_invited_are_erased_one_after_the_other() -> None:
    company = fill(1)
    for number in (1, 2):
        Invitation.objects.create(
            company=company,
            email=f"invited{number}@canary.example",
            role="rep",
            key_hash=f"{number}",
            invited_at=NOW,
            expires_at=NOW + timedelta(days=7),
        )

    for number in (1, 2):
        run("erase_person", f"invited{number}@canary.example")

    assert tables_with("invited1") == tables_with("invited2") == set()
    assert invitations.list_open(company) == []  # there is nobody to send them to


def test_people_whose_provider_names_them_by_address_are_erased_one_after_the_other() -> None:
    company = fill(1)
    sign_on = SignOn.objects.create(company=company, slug="canary", saved_at=NOW)
    people = []
    for number in (1, 2):
        user = User.objects.create_user(f"named{number}@canary.example")
        member = Membership.objects.create(company=company, user=user, role="rep")
        SignOnIdentity.objects.create(
            company=company,
            sign_on=sign_on,
            membership=member,
            subject=user.email,
            bound_at=NOW,
        )
        people.append(user.email)

    for email in people:
        run("erase_person", email)

    assert tables_with("named1") == tables_with("named2") == set()


def test_what_is_under_way_is_left_and_named() -> None:
    company = fill(1)
    connection = XeroConnection.objects.for_company(company).get()
    waiting = make_operation(connection, "waiting", f'{{"Name": "{CANARY}"}}', is_another=True)

    with pytest.raises(CommandError, match=str(waiting.pk)):
        run("erase_person", ADDRESS)

    waiting.refresh_from_db()
    assert CANARY in waiting.request_body
    assert tables_with(CANARY) <= {"invoices_operation", "connections_user"}


def test_staff_and_a_companys_last_admin_are_not_erased_and_strangers_may_not_ask() -> None:
    company = fill(1)
    Membership.objects.for_company(company).update(role="admin")
    person = User.objects.get(email__startswith="1-")

    with pytest.raises(CommandError, match="last admin"):
        run("erase_person", person.email)
    with pytest.raises(CommandError, match="our staff"):
        run("erase_person", "sam@invoicebridge.example")
    with pytest.raises(CommandError, match="nobody of our staff"):
        call_command("erase_person", ADDRESS, f"--by={person.email}", "--reason=x")
    with pytest.raises(CommandError, match="no such company"):
        run("export_person", ADDRESS, "--company=99")

    assert {"invoices_invoice", "invoices_deal"} <= tables_with(CANARY)
    assert not ErasureRecord.objects.exists()


def rows_left(company: Company) -> dict[str, int]:
    return {each.model.__name__: each.count() for each in rows_of_a_company.iterate(company)}
