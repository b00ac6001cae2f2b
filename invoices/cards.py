"""
What a card says of an invoice and of the operation that makes it (product §7, reliability §4).

Pure: rows in, words out, chosen here so that a page, a frame and a test read the same.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from connections import gates
from connections import wording as connection_wording
from connections.models import Membership, XeroConnection
from connections.runtime import Runtime
from connections.templatetags import display
from invoices import action_words, actions, difference_words, refusals
from invoices.models import Invoice, Operation
from invoices.queries import Card

State = Operation.State
_SOON = timedelta(seconds=10)
_LATER = timedelta(minutes=2)
_GIVEN_UP = timedelta(minutes=30)

FIELD_LABELS: dict[str, str | Promise] = {
    "contact": gettext_lazy("Xero contact"),
    "to": gettext_lazy("To"),
    "address": gettext_lazy("Address"),
    "city": gettext_lazy("City"),
    "postal_code": gettext_lazy("Postal code"),
    "country": gettext_lazy("Country"),
    "lines": gettext_lazy("Invoice items"),
    "item": gettext_lazy("Item"),
    "description": gettext_lazy("Description"),
    "quantity": gettext_lazy("Quantity"),
    "discount": gettext_lazy("Discount"),
    "account": gettext_lazy("Account"),
    "tax_rate": gettext_lazy("Tax rate"),
    "issue_date": gettext_lazy("Issue date"),
    "due_date": gettext_lazy("Due date"),
    "tax_mode": gettext_lazy("Amounts are"),
    "currency": gettext_lazy("Currency"),
    "theme": gettext_lazy("Template"),
    "email": gettext_lazy("Email"),
    "tax_number": gettext_lazy("Customer tax number"),
    "reference": gettext_lazy("Reference"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a refusal: which field it concerns, "" for none, and what to do."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class CardView:
    """A card ready to be drawn. Amounts are None for people who may not see amounts."""

    card: Card
    key: str
    statuses: tuple[str, ...]
    sentence: str = ""
    is_alert: bool = False
    refresh_seconds: int = 0
    total: Decimal | None = None
    amount_due: Decimal | None = None
    shows_amounts: bool = True
    currency_code: str = ""
    xero_url: str = ""
    reasons: tuple[Reason, ...] = ()
    originals: str = ""
    differences: tuple[str, ...] = ()
    can_correct: bool = False
    note: str = ""
    actions: tuple[actions.Action, ...] = ()
    # One press of a form drawn here: made by the server, used once.
    submission: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def invoice(self) -> Invoice | None:
        """Return the mirror row, once Xero has the invoice."""
        return self.card.invoice

    @property
    def operation(self) -> Operation | None:
        """Return what a person asked for, when the app made the invoice."""
        return self.card.operation


def present(
    card: Card,
    *,
    membership: Membership,
    live: XeroConnection | None,
    web_url: str,
    today: date | None,
    runtime: Runtime,
    now: datetime,
) -> CardView:
    """
    Return what to draw for a card.

    :param live: the company's connection now; an invoice of another one says so (F-17)
    :param web_url: where Xero's own pages are
    :param today: the calendar day of the organisation, for Overdue
    """
    if card.invoice is not None:
        return _present_invoice(card, card.invoice, membership, live, web_url, today, runtime, now)
    assert card.operation is not None
    return _present_operation(card, card.operation, membership, now)


def link_to_xero(connection: XeroConnection, invoice_id: object, web_url: str) -> str:
    """Return the deep link that lands in the right organisation (R-30, xero-api §7)."""
    code = quote(connection.short_code, safe="")
    return f"{web_url}/app/{code}/invoicing/view/{invoice_id}"


def _present_invoice(
    card: Card,
    invoice: Invoice,
    membership: Membership,
    live: XeroConnection | None,
    web_url: str,
    today: date | None,
    runtime: Runtime,
    now: datetime,
) -> CardView:
    act = card.action
    is_open = act is not None and act.state not in {State.DONE, State.REFUSED}
    flags = []
    if today and invoice.is_overdue(today):
        flags.append("overdue")
    if invoice.is_partly_paid:
        flags.append("partly_paid")
    sees = membership.can_see_amounts
    is_own = act is not None and act.requested_by_id == membership.user_id
    own_waits = action_words.own_link_ended(act) if act and is_own else ""
    return CardView(
        card=card,
        key=f"operation-{card.operation.pk}" if card.operation else f"invoice-{invoice.pk}",
        statuses=(invoice.xero_status, *flags),
        total=invoice.total if sees else None,
        amount_due=_amount_due(invoice) if sees else None,
        shows_amounts=sees,
        currency_code=invoice.currency_code,
        xero_url=link_to_xero(invoice.connection, invoice.xero_invoice_id, web_url),
        differences=difference_words.of_creation(card.operation, invoice, sees_amounts=sees)
        if card.operation
        else (),
        note=own_waits or _other_organisation(invoice.connection, live),
        sentence=action_words.state(act, sees_amounts=sees) if act and not own_waits else "",
        reasons=tuple(
            Reason("", each) for each in difference_words.since_seen(act, sees_amounts=sees)
        )
        if act
        else (),
        originals=action_words.originals(act, sees_amounts=sees) if act else "",
        is_alert=act is not None and act.state in {State.REFUSED, State.NEEDS_PERSON},
        refresh_seconds=_refresh_seconds(act, now) if act else 0,
        actions=actions.offered(
            invoice, membership, live, runtime=runtime, has_open_operation=is_open
        ),
    )


def _present_operation(
    card: Card, operation: Operation, membership: Membership, now: datetime
) -> CardView:
    acting = operation.depends_on if _waits_for_contact(operation) else operation
    assert acting is not None
    is_refused = operation.state == State.REFUSED
    sees = membership.can_see_amounts
    told = operation.error_messages if is_refused else []
    reasons = refusals.explain(told, sees_amounts=sees)
    total = operation.summary.get("total")
    return CardView(
        card=card,
        key=f"operation-{operation.pk}",
        statuses=(acting.state,),
        sentence=_sentence(acting, membership, now),
        is_alert=operation.state in {State.REFUSED, State.NEEDS_PERSON},
        refresh_seconds=_refresh_seconds(operation, now),
        total=Decimal(total) if total and sees else None,
        shows_amounts=sees,
        currency_code=operation.summary.get("currency_code", ""),
        reasons=tuple(
            Reason(str(FIELD_LABELS.get(each.field, "")), str(each.text)) for each in reasons
        ),
        originals="\n".join(filter(None, (each.original for each in reasons))),
        can_correct=is_refused and membership.can_create,
    )


def _waits_for_contact(operation: Operation) -> bool:
    return (
        operation.waiting_for == Operation.WaitingFor.CONTACT
        and operation.depends_on is not None
        and operation.depends_on.state not in {State.DONE, State.REFUSED}
    )


def _amount_due(invoice: Invoice) -> Decimal | None:
    """A voided invoice may still carry its sum as due (xero-api §4.4): nobody owes it."""
    return None if invoice.is_gone else invoice.amount_due


def _other_organisation(connection: XeroConnection, live: XeroConnection | None) -> str:
    if live is None or live.pk == connection.pk:
        return ""
    return _("This invoice belongs to %(organisation)s, which is not connected now.") % {
        "organisation": connection.organisation_name
    }


def _refresh_seconds(operation: Operation, now: datetime) -> int:
    """Every second at first, then slower; 0 when nothing moves by itself any more."""
    age = now - operation.created_at
    if operation.is_final or age > _GIVEN_UP:
        return 0
    if age < _SOON:
        return 1
    return 3 if age < _LATER else 15


def _sentence(operation: Operation, membership: Membership, now: datetime) -> str:
    match operation.state:
        case State.READY | State.SENDING:
            return _("Sending…")
        case State.WAITING:
            return _waiting(operation, membership, now)
        case State.UNSURE | State.LOOKING if operation.equal_failures:
            return _("Xero has a problem; we keep trying. Nothing is created twice.")
        case State.UNSURE | State.LOOKING:
            return _("Checking with Xero whether the invoice arrived. Nothing is sent twice.")
        case State.REFUSED if operation.error_code in actions.OBSTACLES:
            return str(actions.OBSTACLES[operation.error_code])
        case State.REFUSED:
            return _("Xero refused this invoice. Nothing was created.")
        case State.NEEDS_PERSON:
            return _(
                "We could not find out whether Xero has this invoice. Look in Xero before you "
                "make another; our support sees this too."
            )
        case _:
            return _("Xero has the invoice. It appears here in a moment.")


def _waiting(operation: Operation, membership: Membership, now: datetime) -> str:
    connection = operation.connection
    since = display.moment(operation.state_changed_at)
    if operation.waiting_for == Operation.WaitingFor.OWN_LINK:
        return action_words.waits_for_own_link(operation)
    shut = gates.find_shut(membership.company, connection)
    if shut and connection.state == XeroConnection.State.ENDED:
        return _(
            "This invoice was made for %(organisation)s, which is not connected now. It goes by "
            "itself once your admin connects that organisation again."
        ) % {"organisation": connection.organisation_name}
    if shut:
        return " ".join(
            (str(connection_wording.GATES[shut]), _("Then this invoice goes by itself."))
        )
    if operation.waiting_for == Operation.WaitingFor.OUTAGE:
        return _(
            "Waiting for Xero since %(since)s: it does not answer. The invoice goes by itself "
            "once Xero is back."
        ) % {"since": since}
    if connection.is_paused(now) and connection.pause_until:
        until = connection.pause_until
        if connection.pause_reason == XeroConnection.PauseReason.DAY:
            return _(
                "Your Xero organisation's daily limit is used up; it continues at %(until)s."
            ) % {"until": display.moment(until)}
        seconds = max(1, round((until - now).total_seconds()))
        return ngettext(
            "Waiting for Xero, about %(count)d s.", "Waiting for Xero, about %(count)d s.", seconds
        ) % {"count": seconds}
    return _("Waiting for Xero since %(since)s.") % {"since": since}
