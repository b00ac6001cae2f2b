"""The table of product §7: which actions an invoice offers, to whom, and why not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connections.models import Company, Membership, XeroConnection
from connections.runtime import Runtime
from invoices import actions
from invoices.models import Invoice

Status = Invoice.Status
RIGHTS = ["CreateApprovedInvoice", "CreateDraftInvoice", "CreateInvoicePayment"]
EVERYTHING = {"can_create": True, "can_approve": True, "can_void": True, "can_email": True}

DRAFT = {"xero_status": Status.DRAFT}
SUBMITTED = {"xero_status": Status.SUBMITTED}
OPEN = {"xero_status": Status.AUTHORISED}
PARTLY_PAID = OPEN | {"amount_paid": Decimal(5)}
CREDITED = OPEN | {"amount_credited": Decimal(5)}
PAID = {"xero_status": Status.PAID, "amount_paid": Decimal(120), "amount_due": Decimal(0)}
VOIDED = {"xero_status": Status.VOIDED}
DELETED = {"xero_status": Status.DELETED}

# What is there for somebody with every right: code, and the reason where it is off.
TABLE: list[tuple[dict[str, Any], dict[str, str]]] = [
    (DRAFT, {"approve": "", "pdf": "", "open": "", "delete": ""}),
    (SUBMITTED, {"approve": "", "pdf": "", "open": "", "delete": ""}),
    (OPEN, {"email": "", "pdf": "", "open": "", "void": ""}),
    (PARTLY_PAID, {"email": "", "pdf": "", "open": "", "void": "applied"}),
    (CREDITED, {"email": "", "pdf": "", "open": "", "void": "applied"}),
    (PAID, {"email": "", "pdf": "", "open": "", "void_paid": ""}),
    (VOIDED, {"pdf": "", "open": ""}),
    (DELETED, {"open": ""}),
    ({"xero_status": "ON_HOLD"}, {"open": ""}),
]


def runtime(*, is_void_paid_on: bool = False) -> Runtime:
    values = dict.fromkeys(Runtime.__slots__, 0) | {"void_paid_invoices": is_void_paid_on}
    return Runtime(**values)  # type: ignore[arg-type]


def connection(**changes: Any) -> XeroConnection:
    values = {"pk": 1, "state": XeroConnection.State.ACTIVE, "actions": RIGHTS} | changes
    return XeroConnection(**values)


def member(**changes: Any) -> Membership:
    company = Company(
        pk=1,
        state=changes.pop("company", Company.State.ACTIVE),
        is_security_stated=changes.pop("is_stated", True),
    )
    return Membership(company=company, **EVERYTHING | changes)


def invoice(**changes: Any) -> Invoice:
    values = {
        "pk": 1,
        "connection_id": 1,
        "total": Decimal(120),
        "amount_due": Decimal(120),
        "amount_paid": Decimal(0),
        "amount_credited": Decimal(0),
    }
    return Invoice(**values | changes)


def offer(
    row: Invoice,
    *,
    by: Membership | None = None,
    live: XeroConnection | None = None,
    has_open_operation: bool = False,
    is_void_paid_on: bool = False,
) -> tuple[actions.Action, ...]:
    return actions.offered(
        row,
        by or member(),
        live or connection(),
        runtime=runtime(is_void_paid_on=is_void_paid_on),
        has_open_operation=has_open_operation,
    )


def reasons(offered: tuple[actions.Action, ...]) -> dict[str, str]:
    return {each.code: each.reason_code for each in offered}


@pytest.mark.parametrize(("values", "expected"), TABLE)
def test_the_table_of_actions(values: dict[str, Any], expected: dict[str, str]) -> None:
    offered = offer(invoice(**values))

    assert reasons(offered) == expected
    assert list(reasons(offered)) == list(expected)
    for each in offered:
        assert each.is_enabled == (not each.reason_code)
        assert bool(each.reason) == bool(each.reason_code)


@pytest.mark.parametrize(
    ("values", "flags", "expected"),
    [
        (DRAFT, {"can_approve": False}, {"submit": "", "pdf": "", "open": "", "delete": ""}),
        (SUBMITTED, {"can_approve": False}, {"pdf": "", "open": "", "delete": ""}),
        (
            DRAFT,
            {"can_approve": False, "can_create": False},
            {"submit": "flag_create", "pdf": "", "open": "", "delete": "flag_create"},
        ),
        (OPEN, {"can_void": False}, {"email": "", "pdf": "", "open": ""}),
        (PAID, {"can_void": False}, {"email": "", "pdf": "", "open": ""}),
        (OPEN, {"can_email": False}, {"email": "flag_email", "pdf": "", "open": "", "void": ""}),
    ],
)
def test_flags_narrow(
    values: dict[str, Any], flags: dict[str, bool], expected: dict[str, str]
) -> None:
    assert reasons(offer(invoice(**values), by=member(**flags))) == expected


@pytest.mark.parametrize(
    ("values", "lacking", "expected"),
    [
        (
            DRAFT,
            "CreateApprovedInvoice",
            {"submit": "", "pdf": "", "open": "", "delete": ""},
        ),
        (
            DRAFT,
            "CreateDraftInvoice",
            {"approve": "", "pdf": "", "open": "", "delete": "xero_right"},
        ),
    ],
)
def test_what_xero_does_not_allow_no_flag_gives(
    values: dict[str, Any], lacking: str, expected: dict[str, str]
) -> None:
    live = connection(actions=[right for right in RIGHTS if right != lacking])

    assert reasons(offer(invoice(**values), live=live)) == expected


@pytest.mark.parametrize(
    ("by", "live", "code"),
    [
        (member(company=Company.State.PAUSED), connection(), "company"),
        (member(company=Company.State.UNINSTALLED), connection(), "uninstalled"),
        (member(), connection(state=XeroConnection.State.ROLE_REFUSED), "role"),
        (member(), connection(state=XeroConnection.State.DISCONNECTED), "disconnected"),
        (member(), connection(state=XeroConnection.State.RECONNECT), "connection"),
        (member(), connection(pk=2), "other_organisation"),
    ],
)
@pytest.mark.parametrize("values", [DRAFT, SUBMITTED, OPEN, PAID, VOIDED])
def test_a_lost_gate_hides_nothing_and_stops_everything(
    values: dict[str, Any], by: Membership, live: XeroConnection, code: str
) -> None:
    row = invoice(**values)
    offered = offer(row, by=by, live=live)

    assert [each.code for each in offered] == [each.code for each in offer(row)]
    assert reasons(offered) == {each.code: "" if each.code == "open" else code for each in offered}


def test_without_a_statement_on_sign_in_nothing_is_written_and_reading_goes_on() -> None:
    offered = offer(invoice(**OPEN), by=member(is_stated=False))

    assert reasons(offered) == {"email": "statement", "pdf": "", "open": "", "void": "statement"}


def test_without_a_connection_everything_names_it() -> None:
    offered = actions.offered(
        invoice(**DRAFT), member(), None, runtime=runtime(), has_open_operation=False
    )

    assert reasons(offered) == {
        "approve": "no_connection",
        "pdf": "no_connection",
        "open": "",
        "delete": "no_connection",
    }


def test_one_action_at_a_time_and_reading_goes_on() -> None:
    offered = offer(invoice(**OPEN), has_open_operation=True)

    assert reasons(offered) == {"email": "under_way", "pdf": "", "open": "", "void": "under_way"}


@pytest.mark.parametrize(("known", "code"), [(None, ""), (True, ""), (False, "no_email")])
def test_a_contact_known_to_have_no_address_gets_no_mail(known: bool | None, code: str) -> None:
    offered = offer(invoice(has_contact_email=known, **OPEN))

    assert reasons(offered)["email"] == code


def test_what_cannot_be_undone_is_confirmed() -> None:
    every = [
        *offer(invoice(**DRAFT)),
        *offer(invoice(**OPEN)),
        *offer(invoice(**DRAFT), by=member(can_approve=False)),
    ]

    assert {each.code: each.confirmation for each in every} == {
        "submit": None,
        "approve": "regular",
        "email": "regular",
        "void": "destructive",
        "delete": "destructive",
        "pdf": None,
        "open": None,
    }
    assert {each.code for each in every if each.is_primary} == {"submit", "approve"}


@pytest.mark.parametrize(("is_on", "confirmation"), [(False, None), (True, "destructive")])
def test_the_panel_of_a_paid_invoice_only_explains_until_it_is_switched_on(
    is_on: bool, confirmation: str | None
) -> None:
    (void,) = (
        each for each in offer(invoice(**PAID), is_void_paid_on=is_on) if each.code == "void_paid"
    )

    assert (void.is_enabled, void.confirmation) == (True, confirmation)


PAYMENT = {"kind": "payment", "id": "p", "date": "", "amount": "120", "reference": ""}


@pytest.mark.parametrize(
    ("service", "company", "flag", "values", "rights", "may"),
    [
        (True, True, True, {"applied": [PAYMENT]}, RIGHTS, True),
        (False, True, True, {"applied": [PAYMENT]}, RIGHTS, False),
        (True, False, True, {"applied": [PAYMENT]}, RIGHTS, False),
        (True, True, False, {"applied": [PAYMENT]}, RIGHTS, False),
        (True, True, True, {"applied": [PAYMENT]}, RIGHTS[:2], False),
        (True, True, True, {"applied": [PAYMENT | {"kind": "prepayment"}]}, RIGHTS, False),
        (True, True, True, {"amount_credited": Decimal(1)}, RIGHTS, False),
        (True, True, True, {"xero_status": Status.AUTHORISED}, RIGHTS, False),
    ],
)
def test_payments_may_be_removed_only_where_everybody_agreed(
    service: bool,
    company: bool,
    flag: bool,
    values: dict[str, Any],
    rights: list[str],
    may: bool,
) -> None:
    assert (
        actions.may_remove_payments(
            invoice(**PAID | values),
            member(can_void=flag),
            connection(actions=rights),
            runtime=runtime(is_void_paid_on=service),
            can_void_paid=company,
        )
        is may
    )
