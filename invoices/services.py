"""What people do with invoices: create one from a deal, and ask Xero for news."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from connections import audit, doorbell, gates, rights
from connections.models import Company, Membership, User, XeroConnection
from connections.rights import Actor
from connections.runtime import Runtime, snapshot
from connections.xero.types import ContactChange
from invoices import ceilings, contact_links, operations, polling, queries
from invoices.dialog_tokens import ContactChoice, Submission
from invoices.models import Deal, Operation
from invoices.polling import Refreshed
from mappings import drafting
from mappings import services as mapping_services
from mappings.customer import CustomerDetails
from mappings.drafting import InvoiceChoices
from mappings.types import ProductKey

# Xero refuses a link that holds its own name.
_FORBIDDEN_IN_LINKS = "xero"


class NotAllowed(Exception):
    """Nothing was stored; `code` says which gate is shut (R-2)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AlreadyOpen(Exception):
    """The deal has a creation under way, and "make another" was not said (P-1)."""

    def __init__(self, operation: Operation) -> None:
        super().__init__(str(operation.pk))
        self.operation = operation


class MadeMeanwhile(Exception):
    """The deal has got an invoice that its form did not tell of; nothing was stored (P-1)."""


@dataclass(frozen=True, slots=True)
class Order:
    """
    What a person confirmed by one press.

    :param contact: the Xero contact; None to create one from the details
    :param change: what is sent to the contact first; None to leave it as it is
    :param total: decimal text in the invoice's currency, to compare Xero's answer with (P-4)
    :param is_total_known: False where Xero adds a tax to it that nobody has confirmed
    :param typed: the form as typed, to open it again after a refusal
    :param language: the one it was typed in
    :param is_deal_checked: Pipedrive confirmed the deal at the press; False when it did not answer
    """

    submission: Submission
    details: CustomerDetails
    contact: ContactChoice | None
    change: ContactChange | None
    choices: InvoiceChoices
    items: Mapping[ProductKey, uuid.UUID]
    total: str
    typed: Mapping[str, Sequence[str]]
    language: str
    is_total_known: bool = True
    is_another: bool = False
    is_deal_checked: bool = True


def check_may_create(membership: Actor, connection: XeroConnection | None) -> None:
    """
    Check all gates of writing (R-2, R-3).

    :raises NotAllowed: "flag", "amounts", the code of a shut gate, "own_link", or which Xero user
        lacks the right
    """
    if not membership.can_create:
        raise NotAllowed("flag")
    if not membership.can_see_amounts:
        # The dialog is made of amounts (docs/adr/0006).
        raise NotAllowed("amounts")
    shut = gates.find_shut(membership.company, connection)
    if shut or connection is None:
        raise NotAllowed(shut)
    if rights.is_link_ended(membership):
        raise NotAllowed("own_link")
    if not rights.xero_allows(membership, connection, rights.MAY_DRAFT):
        raise NotAllowed(rights.missing_code(membership))


def create_from_deal(
    *, membership: Membership, connection: XeroConnection, order: Order, now: datetime
) -> Operation:
    """
    Store one press: the invoice, its contact's part, the links; a worker sends it (P-1, P-2).

    The same submission again returns the operation that it made. No network.

    :raises NotAllowed: a gate is shut, or "deal_gone": the deal was merged; nothing was stored
    :raises ceilings.Reached: too much for one invoice, or too many in an hour; nothing was stored
    :raises AlreadyOpen: another creation is under way for the deal; nothing was stored
    :raises MadeMeanwhile: see there
    :raises mapping_services.NoSuchItem: an item has left Xero's list; nothing was stored
    """
    repeated = find_pressed(membership, order.submission)
    if repeated is not None:
        return repeated
    check_may_create(membership, connection)
    ceilings.check(
        membership.company,
        by=membership.user,
        amount=Decimal(order.total),
        runtime=snapshot(),
        now=now,
    )
    try:
        with transaction.atomic():
            return _store(membership, connection, order, now=now)
    except IntegrityError as exc:
        repeated = find_pressed(membership, order.submission)
        if repeated is not None:  # a double click: the same form, the same invoice
            return repeated
        under_way = queries.get_open_creation(membership.company, order.submission.deal_id)
        if under_way is None:
            raise
        raise AlreadyOpen(under_way) from exc


def find_pressed(membership: Membership, submission: Submission) -> Operation | None:
    """Return what this form has made already, None for a form that was not pressed yet."""
    return (
        Operation.objects.for_company(membership.company)
        .filter(submission_id=submission.id, kind=Operation.Kind.CREATE)
        .first()
    )


def get_refused(membership: Membership, deal_id: int, operation_id: uuid.UUID) -> Operation | None:
    """Return a refused creation of this deal, to correct it; None for any other."""
    return (
        Operation.objects.for_company(membership.company)
        .filter(
            pk=operation_id,
            deal_id=deal_id,
            kind=Operation.Kind.CREATE,
            state=Operation.State.REFUSED,
        )
        # Its form was forgotten: there is nothing to correct any more (S-36).
        .exclude(request_body="")
        .first()
    )


def refresh(connection: XeroConnection, deal_id: int, *, by: User, now: datetime) -> Refreshed:
    """
    Ask Xero for news now, brought forward by a person (M-42); a failure keeps the old data.

    :param deal_id: whose open invoices are read by id as well
    """
    outcome = polling.refresh(connection, now=now, deal_id=deal_id)
    audit.record(
        "invoices.refreshed",
        company=connection.company,
        actor=by,
        subject=f"deal:{deal_id}",
        after={"outcome": outcome.outcome},
        now=now,
    )
    return outcome


def look_when_old(
    connection: XeroConnection | None,
    shown: Sequence[queries.Card],
    *,
    now: datetime,
    runtime: Runtime,
) -> None:
    """Wake a worker to check an organisation when a person looks at old cards (P-7)."""
    if connection is None or not connection.is_usable:
        return
    oldest = now - timedelta(seconds=runtime.poll_seconds)
    if any(card.checked_at is not None and card.checked_at < oldest for card in shown):
        doorbell.ring_on_commit("invoices.tasks.refresh_connection", connection_id=connection.pk)


def _store(
    membership: Membership, connection: XeroConnection, order: Order, *, now: datetime
) -> Operation:
    company, user, submission = membership.company, membership.user, order.submission
    _refuse_merged(company, submission.deal_id)
    mapping_services.link_products(connection=connection, items=dict(order.items), by=user, now=now)
    if order.contact is not None:
        contact_links.link(
            connection,
            organization_id=submission.org_id,
            person_id=submission.person_id,
            xero_contact_id=uuid.UUID(order.contact.xero_contact_id),
            contact_name=order.contact.name,
            by=user,
            now=now,
        )
    first = _store_contact(membership, connection, order, now=now)
    operation_id = uuid.uuid4()
    contact_id = order.contact.xero_contact_id if order.contact else str(first.id if first else "")
    draft = drafting.build_invoice(
        order.choices,
        contact_id=contact_id,
        marker_url=_marker_url(company, submission.deal_id, operation_id),
    )
    requested = audit.recording(
        "invoice.requested",
        company=company,
        actor=user,
        subject=f"operation:{operation_id}",
        after={
            "deal_id": submission.deal_id,
            "is_another": order.is_another,
            "is_deal_checked": order.is_deal_checked,
        },
        now=now,
    )
    operation = operations.record(
        company=company,
        connection=connection,
        personal_link=membership.xero_link,
        kind=Operation.Kind.CREATE,
        operation_id=operation_id,
        submission_id=submission.id,
        deal_id=submission.deal_id,
        body=draft.to_json(),
        summary=_summary(order),
        xero_contact_id=order.contact.xero_contact_id if order.contact else None,
        depends_on=first,
        is_another=order.is_another,
        requested_by=user,
        beside=[requested],
        now=now,
    )
    # Asked once ours is stored: a creation that ended just before has its invoice by now.
    told = set(submission.invoices)
    live = queries.list_live_invoices(company, submission.deal_id)
    if not order.is_another and any(each.pk not in told for each in live):
        raise MadeMeanwhile
    return operation


def _refuse_merged(company: Company, deal_id: int) -> None:
    """
    Refuse a press on a deal that was merged into another: its invoices are shown there.

    A merge that is told of in this moment waits for this press, and takes it along.

    :raises NotAllowed: "deal_gone"
    """
    rows = Deal.objects.for_company(company).select_for_update().filter(deal_id=deal_id)
    merged_into = rows.values_list("merged_into_id", flat=True).first()
    if merged_into is not None:
        raise NotAllowed("deal_gone")


def _store_contact(
    membership: Membership, connection: XeroConnection, order: Order, *, now: datetime
) -> Operation | None:
    """Store what the contact needs first: its creation, a change of it, or nothing."""
    if order.contact is not None and order.change is None:
        return None
    operation_id = uuid.uuid4()
    submission = order.submission
    if order.contact is None:
        kind = Operation.Kind.CREATE_CONTACT
        body = drafting.build_contact(order.details, contact_number=str(operation_id)).to_json()
    else:
        assert order.change is not None
        kind = Operation.Kind.UPDATE_CONTACT
        body = order.change.to_json()
    payer = submission.payer or ("", None)
    return operations.record(
        company=membership.company,
        connection=connection,
        personal_link=membership.xero_link,
        kind=kind,
        operation_id=operation_id,
        submission_id=submission.id,
        deal_id=submission.deal_id,
        body=body,
        summary={
            "entity": payer[0],
            "pipedrive_id": payer[1],
            "organization_id": submission.org_id,
            "person_id": submission.person_id,
            "contact_name": order.contact.name if order.contact else order.details.to,
        },
        xero_contact_id=order.contact.xero_contact_id if order.contact else None,
        requested_by=membership.user,
        now=now,
    )


def _summary(order: Order) -> dict[str, Any]:
    return {
        **({"total": order.total} if order.is_total_known else {}),
        "currency_code": order.choices.currency_code,
        "contact_name": order.contact.name if order.contact else order.details.to,
        "products": {key: list(row) for key, row in order.submission.products.items()},
        "plain_lines": list(order.submission.plain_lines),
        "typed": {name: list(values) for name, values in order.typed.items()},
        "language": order.language,
    }


def _marker_url(company: Company, deal_id: int, operation_id: uuid.UUID) -> str:
    """The deal's address with our mark, by which a look finds the invoice (reliability §2)."""
    url = f"{company.pipedrive_url}/deal/{deal_id}"
    if not company.pipedrive_url or _FORBIDDEN_IN_LINKS in url.lower():
        url = f"{settings.SITE_URL}/deals/{deal_id}/"
    return f"{url}#ib={operation_id}"
