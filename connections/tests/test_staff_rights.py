"""What each group of staff sees and does, what is masked, what is on record (P-12, S-27, S-28)."""

from __future__ import annotations

from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from constance.utils import get_values
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from connections import masking, staff
from connections.fields import SealedTextField
from connections.models import AuditEvent, Company, Membership, User, XeroConnection
from invoices.models import Invoice, Operation
from invoices.tests import rows

pytestmark = pytest.mark.django_db
OURS = ("connections", "mappings", "invoices")
WHY = "Ticket 4711"
CUSTOMER = "Harbour Dental Ltd"
BODY = (
    '{"Invoices":[{"Type":"ACCREC","Contact":{"ContactID":"7","Name":"Harbour Dental Ltd",'
    '"EmailAddress":"books@harbour.example"},"LineItems":[{"Description":"Oak desk",'
    '"Quantity":2.0,"UnitAmount":10.5}],"Reference":"PO 77"}]}'
)


def staff_client(*groups: str) -> Client:
    staff.make_groups()
    user = User.objects.create_user(f"{uuid4()}@invoicebridge.example", is_staff=True)
    for group in groups:
        staff.add_to_group(user, group)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def connection(db: None) -> XeroConnection:
    """The connection of a company whose admin is Emma Clarke."""
    connection = rows.make_connection()
    emma = User.objects.create_user(
        "emma.clarke@harbour.example", first_name="Emma", last_name="Clarke"
    )
    Membership.objects.create(company=connection.company, user=emma, role="admin")
    return connection


def operation(connection: XeroConnection, state: str = "needs_person", **more: Any) -> Operation:
    now = timezone.now()
    return Operation.objects.create(
        company=connection.company,
        connection=connection,
        kind="create",
        submission_id=uuid4(),
        deal_id=more.pop("deal_id", 41),
        state=state,
        state_changed_at=now,
        next_attempt_at=now,
        request_body=BODY,
        error_messages=["The mail books@harbour.example bounced"],
        **more,
    )


def act(client: Client, action: str, row: Any, reason: str = WHY) -> Any:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist"
    data = {"action": action, "_selected_action": str(row.pk), "reason": reason}
    return client.post(reverse(name), data, follow=True)


def page(client: Client, row: Any) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    answer = client.get(reverse(name, args=[row.pk]))
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def reveal(client: Client, row: Any, reason: str = WHY) -> Any:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_reveal"
    return client.post(reverse(name, args=[row.pk]), {"reason": reason})


@pytest.mark.parametrize("group", [staff.SUPPORT, staff.LEAD, staff.ENGINEER])
def test_each_group_opens_every_list_and_adds_changes_and_deletes_nothing(
    connection: XeroConnection, group: str
) -> None:
    client = staff_client(group)
    operation(connection)

    for model in admin.site._registry:
        if model._meta.app_label not in OURS:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        answer = client.get(reverse(f"{name}_changelist"))
        assert answer.status_code == 200, name
        assert 'value="delete_selected"' not in answer.content.decode(), name
        assert client.get(reverse(f"{name}_add")).status_code == 403, name
        row = model._default_manager.all()
        row = row.across_companies() if hasattr(row, "across_companies") else row
        for each in row[:1]:
            assert client.post(reverse(f"{name}_change", args=[each.pk])).status_code == 403, name
            assert client.get(reverse(f"{name}_delete", args=[each.pk])).status_code == 403, name


def test_no_sealed_column_is_in_any_form_list_filter_or_search() -> None:
    assert get_resolver().url_patterns  # the admin is found with the addresses
    assert User in admin.site._registry
    for model, site in admin.site._registry.items():
        if model._meta.app_label not in OURS:
            continue
        sealed = {each.name for each in model._meta.fields if isinstance(each, SealedTextField)}
        shown = {
            *site.list_display,
            *site.list_filter,
            *site.search_fields,
            *getattr(site, "texts", ()),
            *({each.name for each in model._meta.fields} - set(site.exclude or ())),
        }
        assert sealed.isdisjoint(map(str, shown)), model
    assert "password" not in str(admin.site._registry[User].fieldsets)


@pytest.mark.parametrize(
    ("group", "may"),
    [
        (staff.SUPPORT, {"retry_safely"}),
        (staff.LEAD, {"retry_safely", "cancel", "mark_resolved"}),
        (staff.ENGINEER, {"retry_safely"}),
    ],
)
def test_each_group_does_to_operations_what_its_rights_say(
    connection: XeroConnection, group: str, may: set[str]
) -> None:
    client = staff_client(group)
    done = set()

    for action, state in (
        ("retry_safely", "needs_person"),
        ("mark_resolved", "needs_person"),
        ("cancel", "waiting"),
    ):
        row = operation(connection, state, deal_id=len(action))
        assert act(client, action, row, reason="").status_code == 200
        row.refresh_from_db()
        assert row.state == state  # without a reason nothing is done
        act(client, action, row)
        row.refresh_from_db()
        if row.state != state:
            done.add(action)
            told = AuditEvent.objects.filter(subject=f"operation:{row.pk}", reason=WHY)
            assert told.count() == 1

    assert done == may


def test_only_what_cannot_be_in_xero_is_ended_and_only_what_needs_a_person_is_settled(
    connection: XeroConnection,
) -> None:
    client = staff_client(staff.LEAD)
    unsure = operation(connection, "unsure", deal_id=1)
    begun = operation(connection, "ready", deal_id=2, steps=[{"kind": "remove", "is_done": True}])
    waiting = operation(connection, "waiting", deal_id=3)

    for row in (unsure, begun):
        act(client, "cancel", row)
        act(client, "mark_resolved", row)
    act(client, "cancel", waiting)

    states = [Operation.objects.across_companies().get(pk=row.pk).state for row in (unsure, begun)]
    assert states == ["unsure", "ready"]
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == ("refused", "cancelled")
    assert waiting.finished_at is not None


@pytest.mark.parametrize(
    ("group", "may"),
    [
        (staff.SUPPORT, {"check_gates_again", "make_hooks_again"}),
        (staff.LEAD, {"pause", "resume", "check_gates_again", "make_hooks_again"}),
        (staff.ENGINEER, {"check_gates_again", "make_hooks_again"}),
    ],
)
def test_each_group_does_to_companies_what_its_rights_say(
    connection: XeroConnection, group: str, may: set[str]
) -> None:
    client = staff_client(group)
    company = connection.company
    events = {
        "pause": "company.paused",
        "resume": "company.resumed",
        "check_gates_again": "xero.gates_asked",
        "make_hooks_again": "pipedrive.hooks_asked",
    }

    for action in events:
        act(client, action, company, reason="  ")
        act(client, action, company)

    told = AuditEvent.objects.filter(company=company, reason=WHY).values_list("event", flat=True)
    assert sorted(told) == sorted(events[action] for action in may)
    company.refresh_from_db()
    assert company.state == "ACTIVE"


def test_a_pause_stops_writing_and_its_end_lets_what_waited_go(connection: XeroConnection) -> None:
    client = staff_client(staff.LEAD)

    act(client, "pause", connection.company)

    company = Company.objects.get(pk=connection.company.pk)
    assert company.state == "PAUSED"
    text = page(client, company)
    assert "paused for your company" in text
    act(client, "resume", company)
    assert Company.objects.get(pk=company.pk).state == "ACTIVE"


@pytest.mark.parametrize("group", [staff.SUPPORT, staff.LEAD, staff.ENGINEER])
def test_personal_data_is_masked_until_asked_for_with_a_reason_and_that_is_on_record(
    connection: XeroConnection, group: str
) -> None:
    client = staff_client(group)
    row = operation(connection)
    other = operation(connection, deal_id=42)
    secret_words = ("Harbour Dental", "books@harbour.example", "Oak desk", "PO 77")

    masked = page(client, row)
    assert [word for word in secret_words if word in masked] == []
    assert "10.5" in masked and "ACCREC" in masked
    reveal(client, row, reason=" \x00 ")
    assert "Harbour Dental" not in page(client, row)
    reveal(client, row)

    shown = page(client, row)
    assert [word for word in secret_words if word not in shown] == []
    assert "Harbour Dental" not in page(client, other)  # each row by itself
    event = AuditEvent.objects.get(event="data.revealed")
    assert (event.company, event.subject, event.reason) == (
        connection.company,
        f"operation:{row.pk}",
        WHY,
    )
    session = client.session
    session["revealed"] = dict.fromkeys(session["revealed"], 0)  # five minutes are over
    session.save()
    assert "Harbour Dental" not in page(client, row)


def test_people_are_masked_in_lists_and_beneath_their_company(connection: XeroConnection) -> None:
    client = staff_client(staff.SUPPORT)
    member = Membership.objects.across_companies().get()
    lists = [reverse(f"admin:connections_{name}_changelist") for name in ("user", "membership")]

    for address in lists:
        text = client.get(address).content.decode()
        assert "Emma" not in text and "emma.clarke" not in text, address
    assert "Clarke" not in page(client, connection.company)
    assert "Clarke" not in page(client, member)
    # Whoever writes to us is found by the address they write from.
    found = client.get(lists[1], {"q": "emma.clarke@harbour.example"}).content.decode()
    assert f"/{member.pk}/change/" in found
    reveal(client, connection.company)
    assert "Emma Clarke" in page(client, connection.company)
    assert User.objects.filter(first_name="Emma").exists()


def test_nobody_reveals_without_the_right_or_by_get(connection: XeroConnection) -> None:
    row = operation(connection)
    stranger = Client()
    stranger.force_login(User.objects.create_user("nobody@invoicebridge.example", is_staff=True))
    client = staff_client(staff.SUPPORT)
    address = reverse("admin:invoices_operation_reveal", args=[row.pk])

    assert reveal(stranger, row).status_code == 403
    assert client.get(address).status_code == 403
    assert not AuditEvent.objects.filter(event="data.revealed").exists()


def test_an_invoice_shows_figures_and_masks_the_customer(connection: XeroConnection) -> None:
    now = timezone.now()
    invoice = Invoice.objects.create(
        company=connection.company,
        connection=connection,
        xero_invoice_id=uuid4(),
        number="INV-0042",
        xero_status="DRAFT",
        xero_contact_id=uuid4(),
        contact_name=CUSTOMER,
        reference="For Emma",
        subtotal=1,
        total_tax=0,
        total="34.50",
        amount_due=1,
        amount_paid=0,
        xero_updated_at=now,
        fetched_at=now,
        checked_at=now,
    )
    client = staff_client(staff.SUPPORT)

    for term in ("INV-0042", str(invoice.xero_invoice_id)):
        answer = client.get(reverse("admin:invoices_invoice_changelist"), {"q": term})
        assert "INV-0042" in answer.content.decode()
        assert "Harbour" not in answer.content.decode()
    text = page(client, invoice)
    assert "34.50" in text and "Harbour" not in text and "For Emma" not in text


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("invoices_invoice", "contact_name__startswith=H"),
        ("connections_user", "email__startswith=e"),
        ("connections_user", "password__startswith=a"),
        ("connections_membership", "user__email__startswith=e"),
        ("connections_xeroauthorisation", "access_token__startswith=v1"),
        ("connections_xeroconnection", "authorisation__refresh_token__gt=a"),
    ],
)
def test_a_list_is_narrowed_by_what_it_offers_and_not_by_what_is_masked_or_sealed(
    connection: XeroConnection, name: str, query: str
) -> None:
    client = staff_client(staff.SUPPORT)

    assert client.get(f"{reverse(f'admin:{name}_changelist')}?{query}").status_code == 400


def test_a_list_is_in_its_own_order_and_counts_nothing_whatever_is_asked(
    connection: XeroConnection,
) -> None:
    client = staff_client(staff.SUPPORT)
    operation(connection)
    address = reverse("admin:invoices_operation_changelist")

    with CaptureQueriesContext(database) as caught:
        for query in ("o=5.-3", "_facets=True", "all=", "state__exact=needs_person", "p=99"):
            client.get(f"{address}?{query}")

    asked = [each["sql"] for each in caught if 'FROM "invoices_operation"' in each["sql"]]
    assert asked
    for statement in asked:
        assert "COUNT(" not in statement
        assert 'ORDER BY "invoices_operation"."created_at" DESC' in statement


def test_a_bulk_of_too_many_does_nothing(connection: XeroConnection) -> None:
    client = staff_client(staff.LEAD)
    many = [operation(connection, deal_id=number) for number in range(1, 203)]

    answer = client.post(
        reverse("admin:invoices_operation_changelist"),
        {
            "action": "mark_resolved",
            "_selected_action": [str(row.pk) for row in many],
            "reason": WHY,
            "select_across": "1",
        },
        follow=True,
    )

    assert "Choose at most 200 at once." in answer.content.decode()
    assert not AuditEvent.objects.filter(event="operation.resolved").exists()


@pytest.mark.parametrize(
    ("group", "may"),
    [
        (staff.SUPPORT, set()),
        (staff.LEAD, {"SENDING_PAUSED"}),
        (staff.ENGINEER, {"POLL_SECONDS"}),
    ],
)
def test_switches_are_a_leads_and_durations_an_engineers(
    connection: XeroConnection, group: str, may: set[str]
) -> None:
    ContentType.objects.clear_cache()
    client = staff_client(group)
    address = reverse("admin:constance_config_changelist")
    shown = client.get(address)
    assert shown.status_code == 200
    version = shown.context["form"]["version"].value()
    values = {key: value for key, value in get_values().items() if value is not False}

    client.post(
        address, values | {"version": version, "POLL_SECONDS": "601", "SENDING_PAUSED": "on"}
    )

    after = get_values()
    changed = {
        name
        for name, value in (("SENDING_PAUSED", True), ("POLL_SECONDS", 601))
        if after[name] == value
    }
    assert changed == may
    told = AuditEvent.objects.filter(event="settings.changed")
    assert {name for each in told for name in each.after} == may


def test_a_command_lists_superusers_and_fails_at_a_third() -> None:
    for number in (1, 2):
        User.objects.create_superuser(f"root{number}@invoicebridge.example")
    out = StringIO()

    call_command("list_superusers", stdout=out)
    User.objects.create_superuser("root3@invoicebridge.example")

    assert [line.split("\t") for line in out.getvalue().splitlines()] == [
        ["root1@invoicebridge.example", "never"],
        ["root2@invoicebridge.example", "never"],
    ]
    with pytest.raises(CommandError, match="3 superusers"):
        call_command("list_superusers", stdout=out)


def test_a_superuser_who_changes_a_right_does_not_store_the_mask() -> None:
    emma = User.objects.create_user("emma@harbour.example", first_name="Emma")
    client = Client()
    client.force_login(User.objects.create_superuser("root@invoicebridge.example"))
    address = reverse("admin:connections_user_change", args=[emma.pk])
    assert "Emma" not in client.get(address).content.decode()

    client.post(address, {"is_staff": "on", "is_active": "on"})

    emma.refresh_from_db()
    assert (emma.email, emma.first_name, emma.is_staff) == ("emma@harbour.example", "Emma", True)


def test_masks_leave_nothing_to_read() -> None:
    assert masking.text("Emma Clarke") == "E••• C•••"
    assert masking.text("emma@harbour.example") == "e•••@harbour.example"
    assert masking.emails("to emma@harbour.example, twice") == "to e•••@harbour.example, twice"
    assert masking.body("not json, Emma") == "•••"
    assert masking.body("") == ""
