"""
Which actions an invoice offers to whom: the one table for every front (product §7).

Pure: rows in, decisions and words out. Flags and Xero's own rights narrow, nothing widens (R-3);
a shut gate leaves every action in sight, disabled with its reason (product §2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connections import gates, rights, wording
from connections.models import XeroConnection
from connections.rights import Actor
from connections.runtime import Runtime
from invoices.models import Invoice

Confirmation = Literal["regular", "destructive"]
Status = Invoice.Status

SUBMIT = "submit"
APPROVE = "approve"
VOID = "void"
VOID_PAID = "void_paid"
EMAIL = "email"
PDF = "pdf"
OPEN = "open"
DELETE = "delete"

# What Xero has to allow whoever acts, beside the company's flag.
_RIGHTS: dict[str, str] = {
    SUBMIT: rights.MAY_DRAFT,
    DELETE: rights.MAY_DRAFT,
    APPROVE: rights.BY_FLAG["can_approve"],
    VOID: rights.BY_FLAG["can_void"],
    VOID_PAID: rights.BY_FLAG["can_void"],
    EMAIL: rights.BY_FLAG["can_email"],
}

LABELS: dict[str, Promise] = {
    SUBMIT: _("Submit for approval"),
    APPROVE: _("Approve"),
    VOID: _("Void"),
    VOID_PAID: _("Void"),
    EMAIL: pgettext_lazy("an action", "Email"),
    PDF: _("Download PDF"),
    OPEN: _("Open in Xero"),
    DELETE: _("Delete"),
}
CONFIRMATIONS: dict[str, Confirmation] = {
    APPROVE: "regular",
    EMAIL: "regular",
    VOID: "destructive",
    VOID_PAID: "destructive",
    DELETE: "destructive",
}
PRIMARY = frozenset({SUBMIT, APPROVE})
# Gates that keep from writing and leave reading Xero as it is.
_READING_GOES_ON = frozenset({"under_way", "statement"})
WRITES = frozenset({SUBMIT, APPROVE, VOID, VOID_PAID, EMAIL, DELETE})

REASONS: dict[str, Promise] = {
    **wording.GATES,
    "other_organisation": _(
        "This invoice belongs to a Xero organisation that is not connected any more."
    ),
    "under_way": _("Another action on this invoice is under way. Wait until it has ended."),
    "flag_create": _("You may not change invoices here. Ask your admin to allow it."),
    "flag_void": _("You may not void invoices here. Ask your admin to allow it."),
    "flag_email": _("You may not email invoices here. Ask your admin to allow it."),
    "flag_amounts": _("The PDF shows amounts, which you may not see. Ask your admin to allow it."),
    "xero_right": _("The Xero user who connected the organisation may not do this in Xero."),
    "own_xero_right": _("Your own Xero user may not do this in Xero."),
    "own_link": _("Your own Xero link has ended. Renew or remove it under My Xero."),
    "applied": _(
        "Payments or credits are applied to this invoice. They have to be removed in Xero first."
    ),
    "no_email": _("The contact has no email address in Xero. Add one there first."),
    "void_paid_off": _("Paid invoices are voided in Xero: remove what is applied there first."),
}

# Why a paid invoice was not voided for a person: the error codes of such an operation, and the
# obstacles of `voiding.Applied`.
OBSTACLES: dict[str, Promise] = {
    "credited": _(
        "A credit note, prepayment or overpayment is applied. Remove it in Xero, then void there."
    ),
    "reconciled": _(
        "A payment is reconciled with a bank line. Your accountant has to undo that in Xero first."
    ),
    "batch": _("A payment belongs to a batch. Remove the batch in Xero first."),
    "many": _("More payments are applied than we remove at once. Remove them in Xero first."),
    "scope_missing": _(
        "The Xero connection does not reach payments. Your admin has to connect Xero again and "
        "allow them."
    ),
    "switched_off": _(
        "Voiding paid invoices was switched off before the first payment was removed. We changed "
        "nothing in Xero."
    ),
    "cancelled": _("Our support ended this before it was sent. Nothing was changed in Xero."),
    "settled": _(
        "Our support settled this by hand. What Xero shows stands; you can press again if you "
        "need to."
    ),
    "own_link_ended": _(
        "The personal Xero link it was pressed with was removed before it was sent. Press again."
    ),
}


@dataclass(frozen=True, slots=True)
class Action:
    """
    One action as it is offered. `reason` says why it is disabled, `reason_code` is its key in
    REASONS; both are "" when it is enabled.
    """

    code: str
    label: str | Promise
    is_enabled: bool = True
    reason: str | Promise = ""
    reason_code: str = ""
    is_primary: bool = False
    confirmation: Confirmation | None = None


def offered(
    invoice: Invoice,
    actor: Actor,
    connection: XeroConnection | None,
    *,
    runtime: Runtime,
    has_open_operation: bool,
) -> tuple[Action, ...]:
    """
    Return the actions of an invoice for whoever acts, in the order of the menu (M-33 to M-38, X-3).

    Void on a paid invoice is `void_paid`: it opens a panel for everybody who may void; whether the
    panel may also act is `may_remove_payments` (R-27).

    :param connection: the company's live connection; None when there is none
    :param has_open_operation: another action on the invoice has not ended
    """
    gate = _shut_gate(invoice, actor, connection, has_open_operation=has_open_operation)
    actions = []
    for code in _codes(invoice, actor, connection):
        own = _own_reason(code, invoice, actor, connection)
        needs_xero = code in WRITES or code == PDF
        is_readable = code == PDF and gate in _READING_GOES_ON
        shut = gate if needs_xero and not is_readable else ""
        reason_code = own if own == "applied" else shut or own
        actions.append(
            Action(
                code=code,
                label=LABELS[code],
                is_enabled=not reason_code,
                reason=REASONS[reason_code] if reason_code else "",
                reason_code=reason_code,
                is_primary=code in PRIMARY,
                confirmation=_confirmation(code, runtime),
            )
        )
    return tuple(actions)


def may_approve(actor: Actor, connection: XeroConnection | None) -> bool:
    """Whether a person sees Approve rather than Submit for approval (M-33, M-34)."""
    return actor.can_approve and rights.xero_allows(actor, connection, rights.MAY_APPROVE)


def may_remove_payments(
    invoice: Invoice,
    actor: Actor,
    connection: XeroConnection | None,
    *,
    runtime: Runtime,
    can_void_paid: bool,
) -> bool:
    """
    Whether the panel of a paid invoice may remove its payments and void it (R-27).

    By what the mirror knows: only payments are applied. Whether one is reconciled is known to
    Xero alone, and asked before anything is removed.

    :param can_void_paid: the company's own switch, in its preferences
    """
    switch = find_void_paid_switch(actor, connection, runtime=runtime, can_void_paid=can_void_paid)
    return (
        not switch
        and actor.can_void
        and invoice.xero_status == Status.PAID
        and invoice.amount_credited == 0
        and all(each["kind"] == "payment" for each in invoice.applied)
    )


def find_void_paid_switch(
    actor: Actor,
    connection: XeroConnection | None,
    *,
    runtime: Runtime,
    can_void_paid: bool,
) -> str:
    """
    Return which switch keeps paid invoices from being voided for a person, whatever the invoice.

    :return: "support", "company" (its preferences) or "right" (in Xero); "" when all are on
    """
    if not runtime.void_paid_invoices:
        return "support"
    if not can_void_paid:
        return "company"
    return "" if rights.xero_allows(actor, connection, rights.MAY_PAY) else "right"


def _confirmation(code: str, runtime: Runtime) -> Confirmation | None:
    """The panel of a paid invoice only explains while support has switched the removal off."""
    if code == VOID_PAID and not runtime.void_paid_invoices:
        return None
    return CONFIRMATIONS.get(code)


def _codes(invoice: Invoice, actor: Actor, connection: XeroConnection | None) -> tuple[str, ...]:
    """Return what the table of product §7 shows for a status; the rest is not shown at all."""
    approver = may_approve(actor, connection)
    void = (VOID,) if actor.can_void else ()
    guided = (VOID_PAID,) if actor.can_void else ()
    match invoice.xero_status:
        case Status.DRAFT:
            return (APPROVE if approver else SUBMIT, PDF, OPEN, DELETE)
        case Status.SUBMITTED:
            return (*((APPROVE,) if approver else ()), PDF, OPEN, DELETE)
        case Status.AUTHORISED:
            return (EMAIL, PDF, OPEN, *void)
        case Status.PAID:
            return (EMAIL, PDF, OPEN, *guided)
        case Status.VOIDED:
            return (PDF, OPEN)
        case _:
            # Deleted, and any word that Xero may add: looking at it is always right.
            return (OPEN,)


def _own_reason(
    code: str, invoice: Invoice, actor: Actor, connection: XeroConnection | None
) -> str:
    """Return why this action, and no other, is disabled; "" when it is not."""
    match code:
        case "submit" | "delete" if not actor.can_create:
            return "flag_create"
        case "pdf" if not actor.can_see_amounts:
            return "flag_amounts"
        case "email" if not actor.can_email:
            return "flag_email"
        case _ if code in _RIGHTS and not rights.xero_allows(actor, connection, _RIGHTS[code]):
            return rights.missing_code(actor)
        case "void" if invoice.amount_paid > 0 or invoice.amount_credited > 0:
            return "applied"
        case "email" if invoice.has_contact_email is False:
            return "no_email"
        case _:
            return ""


def _shut_gate(
    invoice: Invoice,
    actor: Actor,
    connection: XeroConnection | None,
    *,
    has_open_operation: bool,
) -> str:
    """Return which gate keeps everything from being written, "" for none (R-2, F-18)."""
    shut = gates.find_shut(actor.company, connection)
    if shut:
        return shut
    if connection is not None and invoice.connection_id != connection.pk:
        return "other_organisation"
    if rights.is_link_ended(actor):
        return "own_link"
    return "under_way" if has_open_operation else ""
