"""What a person relies on who submits, approves, voids or deletes an invoice (P-5, product §7)."""

from __future__ import annotations

import uuid
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import Company, XeroConnection
from invoices import lifecycle, sending
from invoices.models import InvoiceEvent, Operation
from invoices.tests import pressing as p
from invoices.tests import world as w
from tests.vendors import Connected

pytestmark = pytest.mark.django_db

State = Operation.State
HAPPY = [
    ("submit", (), "SUBMITTED", {"can_approve": False}),
    ("approve", (), "AUTHORISED", {}),
    ("approve", ("submit",), "AUTHORISED", {}),
    ("void", ("approve",), "VOIDED", {}),
    ("delete", (), "DELETED", {}),
    ("delete", ("submit",), "DELETED", {}),
]


@pytest.mark.parametrize(("action", "moves", "status", "flags"), HAPPY)
def test_one_press_moves_the_invoice_once(
    connected: Connected,
    action: str,
    moves: tuple[str, ...],
    status: str,
    flags: dict[str, bool],
) -> None:
    p.allow(connected, **flags)
    invoice = p.make(connected, *moves)
    now = timezone.now()
    operation = p.press(action, connected, invoice, now=now)

    operation = w.send(operation, now=now)

    (write,) = p.writes_to(connected, str(invoice.xero_invoice_id))
    assert write["body"] == {
        "Invoices": [{"InvoiceID": str(invoice.xero_invoice_id), "Status": status}]
    }
    assert write["idempotency_key"] == operation.idempotency_key
    assert p.truth(connected, invoice)["Status"] == status
    assert p.row(invoice).xero_status == status
    assert w.story(operation) == ["ready", "sending", "done"]
    assert invoice.events.latest("pk").source == InvoiceEvent.Source.ACTION
    assert p.audited(connected) == [f"invoice.{action}.requested", f"invoice.{action}.done"]


def test_a_change_between_the_page_and_the_press_is_refused_and_shown(
    connected: Connected,
) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    p.in_xero(connected, invoice, "edit", DueDate="2026-12-01")
    now = timezone.now()

    operation = w.send(p.press("void", connected, invoice, now=now), now=now)

    assert (operation.state, operation.error_code) == (State.REFUSED, "changed_in_xero")
    found = {each["field"]: (each["confirmed"], each["in_xero"]) for each in operation.differences}
    assert found["due_date"] == ("2026-03-20", "2026-12-01")
    assert found["updated_at"][0] == invoice.xero_updated_at.isoformat()
    assert set(found) == {"due_date", "updated_at"}
    assert p.writes_to(connected, str(invoice.xero_invoice_id)) == []
    assert str(p.row(invoice).due_date) == "2026-12-01"
    assert p.audited(connected) == ["invoice.void.requested", "invoice.void.refused"]


def test_a_change_that_does_not_move_its_time_is_noticed(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    p.in_xero(connected, invoice, "edit", DueDate="2026-12-01", bump=False)
    now = timezone.now()

    operation = w.send(p.press("void", connected, invoice, now=now), now=now)

    assert (operation.state, operation.error_code) == (State.REFUSED, "changed_in_xero")
    assert [each["field"] for each in operation.differences] == ["due_date"]
    assert p.truth(connected, invoice)["Status"] == "AUTHORISED"


def test_an_older_page_says_what_was_on_it(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    seen = invoice.xero_updated_at
    p.in_xero(connected, invoice, "submit")
    invoice = p.mirrored(connected, invoice)
    now = timezone.now()

    operation = p.press("delete", connected, invoice, now=now, seen_updated_at=seen)
    operation = w.send(operation, now=now)

    assert (operation.state, operation.error_code) == (State.REFUSED, "changed_in_xero")
    found = {each["field"]: (each["confirmed"], each["in_xero"]) for each in operation.differences}
    assert found["status"] == ("DRAFT", "SUBMITTED")
    assert p.truth(connected, invoice)["Status"] == "SUBMITTED"


def test_a_double_press_is_one_operation(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    now = timezone.now()
    submission = uuid.uuid4()

    first = p.press("approve", connected, invoice, now=now, submission=submission)
    second = p.press("approve", connected, invoice, now=now, submission=submission)

    assert first == second
    w.send(first, now=now)
    sending.send(first.id, now=now, runtime=w.runtime())
    assert len(p.writes_to(connected, str(invoice.xero_invoice_id))) == 1


def test_a_second_action_waits_for_the_first_to_end(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    now = timezone.now()
    first = p.press("approve", connected, invoice, now=now)

    with pytest.raises(lifecycle.AlreadyOpen) as caught:
        p.press("delete", connected, invoice, now=now)

    assert caught.value.operation == first
    assert Operation.objects.for_company(connected.company).filter(invoice=invoice).count() == 2


UNSURE = [
    ("reset_before", {}, 2),
    ("reset_after", {}, 1),
    ("cut", {"bytes": 20}, 1),
    ("garble", {}, 1),
    ("html", {}, 1),
    ("status_after", {"status": 500}, 1),
    ("status", {"status": 503}, 2),
    ("alter", {"json_path": "Invoices.0.Status", "value": "AUTHORISED"}, 1),
]


@pytest.mark.parametrize(("kind", "more", "posts"), UNSURE)
def test_a_void_of_unknown_outcome_is_read_before_it_is_sent_again(
    connected: Connected, kind: str, more: dict[str, Any], posts: int
) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    p.fault(connected, kind, str(invoice.xero_invoice_id), **more)
    now = timezone.now()
    operation = p.press("void", connected, invoice, now=now)

    operation = w.send(operation, now=now)
    assert operation.state == State.UNSURE
    assert p.row(invoice).xero_status == "AUTHORISED"
    later = now + w.seconds(60)
    connected.connection.refresh_from_db()
    if connected.connection.pause_until is not None:
        later = max(later, connected.connection.pause_until)
    operation = w.send(operation, now=later)

    assert operation.state == State.DONE
    assert p.row(invoice).xero_status == "VOIDED"
    writes = p.writes_to(connected, str(invoice.xero_invoice_id))
    assert len(writes) == posts
    assert len({each["idempotency_key"] for each in writes}) == 1


def test_a_void_that_arrives_late_is_found_after_the_pause(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    p.fault(connected, "reset_after", str(invoice.xero_invoice_id))
    now = timezone.now()
    operation = w.send(p.press("void", connected, invoice, now=now), now=now)

    operation = w.send(operation, now=now + w.seconds(500))

    assert operation.state == State.DONE
    assert w.story(operation) == ["ready", "sending", "unsure", "looking", "done"]
    assert invoice.events.latest("pk").source == InvoiceEvent.Source.ADOPTED


def test_a_void_that_never_arrived_gets_a_new_key_after_the_look(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    p.fault(connected, "reset_before", str(invoice.xero_invoice_id))
    now = timezone.now()
    operation = w.send(p.press("void", connected, invoice, now=now), now=now)

    operation = w.send(operation, now=now + w.seconds(500))
    assert (operation.state, operation.generation) == (State.READY, 2)
    operation = w.send(operation, now=now + w.seconds(501))

    assert operation.state == State.DONE
    assert (
        len(
            {
                each["idempotency_key"]
                for each in p.writes_to(connected, str(invoice.xero_invoice_id))
            }
        )
        == 2
    )


def test_what_others_did_meanwhile_is_not_overwritten_by_a_resend(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected, "approve")
    p.fault(connected, "reset_before", str(invoice.xero_invoice_id))
    now = timezone.now()
    operation = w.send(p.press("void", connected, invoice, now=now), now=now)
    p.in_xero(connected, invoice, "edit", DueDate="2026-12-01")

    operation = w.send(operation, now=now + w.seconds(60))
    assert operation.state == State.LOOKING
    operation = w.send(operation, now=now + w.seconds(500))

    assert (operation.state, operation.error_code) == (State.REFUSED, "changed_in_xero")
    assert p.truth(connected, invoice)["Status"] == "AUTHORISED"
    assert len(p.writes_to(connected, str(invoice.xero_invoice_id))) == 1


def test_approving_asks_for_account_and_tax_rate_first(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    line = invoice.line_items.get()
    line.account_code, line.tax_type = "", ""
    line.save()

    with pytest.raises(lifecycle.NotAllowed) as caught:
        p.press("approve", connected, invoice, now=timezone.now())

    assert caught.value.code == "not_ready"
    assert [(each.line, each.field) for each in caught.value.missing] == [
        (1, "account"),
        (1, "tax_rate"),
    ]
    assert not Operation.objects.for_company(connected.company).filter(kind="approve").exists()


def test_approving_reads_the_lines_that_the_mirror_does_not_have(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    held = p.truth(connected, invoice)["LineItems"][0]
    p.in_xero(
        connected,
        invoice,
        "edit",
        LineItems=[
            {
                "LineItemID": held["LineItemID"],
                "Description": "Oak desk",
                "Quantity": "2",
                "UnitAmount": "10.50",
            }
        ],
    )
    invoice = p.mirrored(connected, invoice)
    invoice.line_items.all().delete()
    now = timezone.now()

    operation = w.send(p.press("approve", connected, invoice, now=now), now=now)

    assert (operation.state, operation.error_code) == (State.REFUSED, "not_ready")
    assert (1, "account") in {(each["line"], each["field"]) for each in operation.differences}
    assert p.writes_to(connected, str(invoice.xero_invoice_id)) == []


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"approvals_left": 0}, "limit of invoices you can approve"),
        ({"period_lock_date": "2030-01-01"}, "locked period"),
    ],
)
def test_what_xero_refuses_stays_as_it_was(
    connected: Connected, limits: dict[str, Any], words: str
) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    connected.vendors.control(f"xero/{connected.connection.tenant_id}/settings", limits)
    now = timezone.now()

    operation = w.send(p.press("approve", connected, invoice, now=now), now=now)

    assert (operation.state, operation.error_code) == (State.REFUSED, "rejected")
    assert words in operation.error_messages[0]
    assert p.row(invoice).xero_status == "DRAFT"
    assert p.audited(connected)[-1] == "invoice.approve.refused"
    # In our words, with Xero's own under the details.
    client = Client()
    client.force_login(connected.membership.user)
    for page in (f"/invoices/{invoice.pk}/card/", f"/invoices/{invoice.pk}/"):
        shown = unescape(client.get(page).content.decode())
        assert "Approve was not done." in shown
        assert f'<pre lang="en">{operation.error_messages[0]}</pre>' in shown


@pytest.mark.parametrize(
    ("action", "moves", "flags"),
    [
        ("approve", (), {"can_approve": False}),
        ("submit", (), {"can_approve": False, "can_create": False}),
        ("void", ("approve",), {"can_void": False}),
        ("email", ("approve",), {"can_email": False}),
        ("delete", (), {"can_create": False}),
    ],
)
def test_a_flag_forbids_its_action_on_the_server(
    connected: Connected, action: str, moves: tuple[str, ...], flags: dict[str, bool]
) -> None:
    invoice = p.make(connected, *moves)
    p.allow(connected, **flags)

    with pytest.raises(lifecycle.NotAllowed):
        p.press(action, connected, invoice, now=timezone.now())

    assert Operation.objects.for_company(connected.company).count() == 1


@pytest.mark.parametrize("gate", ["role", "company", "disconnected", "statement"])
def test_a_lost_gate_leaves_everything_to_be_read_and_nothing_to_be_written(
    connected: Connected, gate: str
) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    if gate in {"company", "statement"}:
        shut: dict[str, dict[str, Any]] = {
            "company": {"state": Company.State.PAUSED},
            "statement": {"is_security_stated": False},
        }
        Company.objects.update(**shut[gate])
        connected.company.refresh_from_db()
        connected.membership.company.refresh_from_db()
    else:
        state = XeroConnection.State.ROLE_REFUSED if gate == "role" else "DISCONNECTED"
        XeroConnection.objects.across_companies().update(state=state)

    with pytest.raises(lifecycle.NotAllowed) as caught:
        p.press("approve", connected, invoice, now=timezone.now())

    assert caught.value.code == gate
    assert Operation.objects.for_company(connected.company).count() == 1


def test_a_press_waits_while_xero_asks_for_time(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    p.fault(connected, "rate_limit", "Invoices", problem="minute", retry_after=40)
    now = timezone.now()
    operation = w.send(p.press("approve", connected, invoice, now=now), now=now)

    assert (operation.state, operation.waiting_for) == (State.WAITING, "limit")
    operation = w.send(operation, now=now + w.seconds(45))

    assert operation.state == State.DONE
    assert p.row(invoice).xero_status == "AUTHORISED"
