"""What a person relies on who voids a paid invoice: steps, resumed, no bank line undone."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from connections import access
from invoices import action_words, lifecycle, queries, sending, voiding
from invoices.models import Invoice, Operation
from invoices.tests import pressing as p
from invoices.tests import world as w
from tests.vendors import Connected

pytestmark = pytest.mark.django_db

State = Operation.State
TWICE = ("approve", ("pay", {"amount": "10.00"}), "pay")


def press(connected: Connected, invoice: Invoice, **more: Any) -> Operation:
    now = timezone.now()
    runtime = w.runtime(void_paid_invoices=True)
    given: dict[str, Any] = {"can_void_paid": True, "runtime": runtime} | more
    return p.press("void_paid", connected, invoice, now=now, **given)


def run(operation: Operation, count: int = 9) -> Operation:
    """Let workers do this many steps, a minute after one another."""
    now = timezone.now()
    for number in range(count):
        operation = w.send(operation, now=now + w.seconds(60 * number))
    return operation


def removals(connected: Connected) -> list[dict[str, Any]]:
    return [each for each in w.writes(connected, "POST") if "/Payments/" in each["path"]]


def paid(connected: Connected, *moves: Any) -> Invoice:
    p.allow(connected)
    p.grant_payments(connected)
    p.switch_void_paid(connected)
    return p.make(connected, *(moves or TWICE))


def test_each_payment_is_removed_and_then_the_invoice_is_voided(connected: Connected) -> None:
    invoice = paid(connected)

    operation = run(press(connected, invoice))

    assert operation.state == State.DONE
    assert [each["is_done"] for each in operation.steps] == [True, True, True]
    assert [each["amount"] for each in operation.steps[:2]] == ["10.00", "11.00"]
    assert p.truth(connected, invoice)["Status"] == "VOIDED"
    stored = p.row(invoice)
    assert (stored.xero_status, stored.applied) == ("VOIDED", [])
    assert len(removals(connected)) == 2
    keys = [each["idempotency_key"] for each in w.writes(connected, "POST")]
    assert len(keys) == len(set(keys)) == 3
    assert p.audited(connected) == ["invoice.void_paid.requested", "invoice.void_paid.done"]


@pytest.mark.parametrize("steps_before", [1, 2])
def test_a_worker_that_dies_between_steps_is_followed_by_the_next_undone_one(
    connected: Connected, steps_before: int
) -> None:
    invoice = paid(connected)
    operation = press(connected, invoice)
    now = timezone.now()
    for step in range(steps_before):
        operation = w.send(operation, now=now + w.seconds(step))
    assert [each["is_done"] for each in operation.steps].count(True) == steps_before

    operation = run(operation)

    assert operation.state == State.DONE
    assert len(removals(connected)) == 2
    assert p.truth(connected, invoice)["Status"] == "VOIDED"


@pytest.mark.parametrize("kind", ["reset_after", "reset_before", "garble"])
@pytest.mark.parametrize("pause", [60, 500])
def test_a_removal_of_unknown_outcome_is_read_before_it_is_sent_again(
    connected: Connected, kind: str, pause: int
) -> None:
    invoice = paid(connected)
    p.fault(connected, kind, "/Payments/")
    operation = press(connected, invoice)
    now = timezone.now()

    operation = w.send(operation, now=now)
    assert operation.state == State.UNSURE
    for step in range(6):
        operation = w.send(operation, now=now + w.seconds(pause + step))

    assert operation.state == State.DONE
    expected = 3 if kind == "reset_before" else 2
    assert len(removals(connected)) == expected
    assert p.truth(connected, invoice)["Status"] == "VOIDED"


def test_a_worker_killed_inside_a_step_leaves_it_to_be_read(connected: Connected) -> None:
    invoice = paid(connected)
    operation = press(connected, invoice)
    now = timezone.now()
    operation = w.send(operation, now=now)
    Operation.objects.across_companies().filter(pk=operation.pk).update(
        state=State.SENDING,
        lease_token=operation.pk,
        lease_until=now + w.seconds(90),
        first_sent_at=now,
        last_sent_at=now,
        idempotency_key="a-key-of-the-dead",
        sends=1,
    )

    for step in range(6):
        sending.send(operation.id, now=now + w.seconds(120 + 40 * step), runtime=w.runtime())

    assert w.fresh(operation).state == State.DONE
    assert len(removals(connected)) == 2


def test_a_worker_with_an_old_row_does_not_refuse_the_press_for_our_own_removal(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = paid(connected)
    operation = press(connected, invoice)
    old = queries.get_for_worker(operation.pk)
    operation = w.send(operation, now=timezone.now())

    with monkeypatch.context() as late:
        late.setattr(queries, "get_for_worker", lambda _: old)
        after = w.send(operation, now=timezone.now())

    assert (after.state, after.error_code) == (State.READY, "")
    assert after.steps == operation.steps
    assert run(operation).state == State.DONE
    assert len(removals(connected)) == 2


def test_a_worker_with_an_old_plan_does_not_remove_a_payment_again(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = paid(connected)
    operation = press(connected, invoice)
    read_applied = voiding.read_applied

    def read_slowly(*given: Any) -> voiding.Applied:
        monkeypatch.setattr(voiding, "read_applied", read_applied)
        found = read_applied(*given)
        # Meanwhile another worker plans the same, and removes the first payment.
        w.send(operation, now=timezone.now())
        return found

    monkeypatch.setattr(voiding, "read_applied", read_slowly)
    after = w.send(operation, now=timezone.now())

    assert (after.state, after.attempts) == (State.READY, 1)
    assert [each["is_done"] for each in after.steps] == [True, False, False]
    assert len(removals(connected)) == 1
    assert run(operation).state == State.DONE
    assert len(removals(connected)) == 2


@pytest.mark.parametrize(
    ("moves", "code"),
    [
        (("approve", ("pay", {"amount": "10.00", "reconciled": True}), "pay"), "reconciled"),
        (("approve", ("pay", {"amount": "10.00", "batch": True}), "pay"), "batch"),
        (("approve", ("pay", {"amount": "10.00"}), "credit"), "credited"),
        (("approve", ("pay", {"amount": "9.00"}), ("credit", {"kind": "prepayment"})), "credited"),
        (("approve", ("pay", {"amount": "9.00"}), ("credit", {"kind": "overpayment"})), "credited"),
    ],
)
def test_what_is_reconciled_or_credited_stays_with_the_accountant(
    connected: Connected, moves: tuple[Any, ...], code: str
) -> None:
    invoice = paid(connected, *moves)
    # The mirror may be older than the credit: Xero's own word decides.
    Invoice.objects.across_companies().update(
        applied=[each for each in invoice.applied if each["kind"] == "payment"]
    )
    invoice = p.row(invoice)
    seen = invoice.amount_credited
    invoice.amount_credited = invoice.amount_credited - seen
    operation = press(connected, invoice)
    operation.summary["amount_credited"] = str(seen)
    operation.save()

    operation = run(operation, 2)

    assert (operation.state, operation.error_code) == (State.REFUSED, code)
    assert removals(connected) == []
    assert p.truth(connected, invoice)["Status"] == "PAID"


def test_a_payment_reconciled_after_the_first_step_is_left(connected: Connected) -> None:
    invoice = paid(connected)
    operation = press(connected, invoice)
    operation = w.send(operation, now=timezone.now())
    p.in_xero(connected, invoice, "pay", amount="1.00", reconciled=True)

    operation = run(operation)

    assert (operation.state, operation.error_code) == (State.REFUSED, "changed_in_xero")
    assert [each["is_done"] for each in operation.steps] == [True, False, False]
    assert len(removals(connected)) == 1


def test_a_payment_that_somebody_removed_meanwhile_is_passed_over(connected: Connected) -> None:
    invoice = paid(connected)
    operation = press(connected, invoice)
    operation = w.send(operation, now=timezone.now())
    p.in_xero(connected, invoice, "unpay")

    operation = run(operation)

    assert operation.state == State.DONE
    assert len(removals(connected)) == 1


@pytest.mark.parametrize(
    "more",
    [{"can_void_paid": False}, {"runtime": lambda: w.runtime(void_paid_invoices=False)}],
    ids=["company", "service"],
)
def test_both_switches_have_to_be_on(connected: Connected, more: dict[str, Any]) -> None:
    invoice = paid(connected)
    given = {name: value() if callable(value) else value for name, value in more.items()}

    with pytest.raises(lifecycle.NotAllowed) as caught:
        press(connected, invoice, **given)

    assert caught.value.code == "void_paid_off"
    assert not Operation.objects.for_company(connected.company).filter(kind="void_paid").exists()


@pytest.mark.parametrize("switch", ["company", "service"])
def test_what_waited_until_it_was_switched_off_removes_nothing(
    connected: Connected, switch: str
) -> None:
    invoice = paid(connected)
    operation = press(connected, invoice)
    now = timezone.now()
    connected.connection.pause_until = now + w.seconds(60)
    connected.connection.save(update_fields=["pause_until"])
    assert w.send(operation, now=now).state == State.WAITING

    p.switch_void_paid(connected, **{switch: False})
    operation = w.send(operation, now=now + w.seconds(90))

    assert (operation.state, operation.error_code) == (State.REFUSED, "switched_off")
    assert removals(connected) == []
    assert p.truth(connected, invoice)["Status"] == "PAID"
    assert p.audited(connected)[-1] == "invoice.void_paid.refused"
    assert "switched off" in action_words.state(operation, sees_amounts=True)


@pytest.mark.parametrize("switch", ["company", "service"])
def test_what_has_begun_when_it_is_switched_off_is_not_left_half_done(
    connected: Connected, switch: str
) -> None:
    invoice = paid(connected)
    operation = press(connected, invoice)
    operation = w.send(operation, now=timezone.now())

    p.switch_void_paid(connected, **{switch: False})

    assert run(operation).state == State.DONE
    assert p.truth(connected, invoice)["Status"] == "VOIDED"


def test_a_removal_that_never_arrived_is_not_sent_anew_once_it_is_switched_off(
    connected: Connected,
) -> None:
    invoice = paid(connected)
    p.fault(connected, "reset_before", "/Payments/")
    operation = press(connected, invoice)
    now = timezone.now()
    assert w.send(operation, now=now).state == State.UNSURE

    p.switch_void_paid(connected, company=False)
    for step in range(3):
        operation = w.send(operation, now=now + w.seconds(500 + step))

    assert (operation.state, operation.error_code) == (State.REFUSED, "switched_off")
    assert p.truth(connected, invoice)["Status"] == "PAID"


def test_a_grant_without_payments_is_asked_for_consent_and_keeps_its_connection(
    connected: Connected,
) -> None:
    p.allow(connected)
    p.switch_void_paid(connected)
    invoice = p.make(connected, *TWICE)

    operation = run(press(connected, invoice), 1)

    assert (operation.state, operation.error_code) == (State.REFUSED, "scope_missing")
    connected.connection.refresh_from_db()
    assert connected.connection.is_usable


def test_the_panel_lists_what_is_applied(connected: Connected) -> None:
    invoice = paid(connected, "approve", ("pay", {"amount": "10.00", "reconciled": True}), "pay")

    with access.open_xero(connected.connection, now=timezone.now()) as session:
        applied = voiding.read_applied(session, invoice)

    assert applied.obstacle == "reconciled"
    assert [(str(each.amount), each.is_reconciled) for each in applied.payments] == [
        ("10.00", True),
        ("11.00", False),
    ]
