"""
The page of one invoice: all that Xero holds on it, what is under way, and what happened (§7).

Reads the mirror only; what the mirror has not read whole is asked for by the page afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connections import access, errors, time_zones
from connections import queries as connection_queries
from connections.models import AuditEvent, Membership
from connections.runtime import snapshot
from invoices import (
    action_words,
    applied,
    cards,
    invoice_lines,
    invoice_words,
    one_invoice,
    queries,
    timeline,
    visiting,
    whole,
)
from invoices.models import Invoice, Operation

State = Operation.State


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An operation that has not ended, in words, with what support asks for."""

    operation: Operation
    label: str
    sentence: str
    who: str
    identifiers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The page ready to be drawn."""

    view: cards.CardView
    invoice: Invoice
    facts: tuple[invoice_words.Fact, ...]
    deal_id: int | None
    deal_title: str
    is_deal_deleted: bool
    lines: invoice_lines.Lines
    totals: tuple[invoice_words.Total, ...]
    applied: tuple[applied.Row, ...]
    under_way: tuple[UnderWay, ...]
    timeline: timeline.Timeline
    shows_amounts: bool


def load(
    membership: Membership,
    invoice_id: int,
    *,
    lines_page: int,
    is_all_shown: bool,
    web_url: str,
    now: datetime,
) -> Page | None:
    """
    Return the page of an invoice; None when the company has no such. No network.

    :param lines_page: which page of lines, from 1
    :param is_all_shown: the whole timeline, not only its newest entries
    :param web_url: where Xero's own pages are
    """
    company, shows = membership.company, membership.can_see_amounts
    invoice = one_invoice.get(company, invoice_id)
    if invoice is None:
        return None
    operations = queries.list_operations(invoice)
    audited = timeline.list_audited(company, invoice, operations)
    lines = invoice_lines.load(invoice, page=lines_page, shows_amounts=shows)
    deal_id = visiting.deal_of(invoice)
    deal = visiting.shown_deal(membership, invoice)
    return Page(
        view=cards.present(
            queries.Card.of(invoice, operations),
            membership=membership,
            live=connection_queries.live_connection_beside(invoice.connection),
            web_url=web_url,
            today=time_zones.organisation_today(invoice.connection, now),
            runtime=snapshot(),
            now=now,
        ),
        invoice=invoice,
        facts=invoice_words.facts(invoice, template=lines.template),
        deal_id=deal_id,
        deal_title=deal.title if deal else "",
        is_deal_deleted=deal is not None and deal.deleted_at is not None,
        lines=lines,
        totals=invoice_words.totals(invoice, lines.taxes) if shows else (),
        applied=applied.list_rows(invoice, shows_amounts=shows),
        under_way=tuple(_under_way(each, audited) for each in operations if _is_open(each)),
        timeline=timeline.load(
            invoice,
            operations,
            audited,
            shows_amounts=shows,
            most=timeline.MOST if is_all_shown else timeline.SHORT,
        ),
        shows_amounts=shows,
    )


def read_again(membership: Membership, invoice_id: int, *, now: datetime) -> str | None:
    """
    Ask Xero for an invoice because a person wants it fresh.

    :return: why it could not be read, in words, "" when it was; None when there is no such invoice
    """
    invoice = one_invoice.get(membership.company, invoice_id)
    if invoice is None:
        return None
    if invoice.connection.is_paused(now):
        return invoice_words.unread(invoice, is_paused=True)
    try:
        whole.read(invoice, now=now)
    except (errors.ProviderError, access.NotConnected):
        return invoice_words.unread(invoice, is_paused=False)
    return ""


def _is_open(operation: Operation) -> bool:
    return operation.state not in {State.DONE, State.REFUSED}


def _under_way(operation: Operation, audited: list[AuditEvent]) -> UnderWay:
    requested = f"operation:{operation.pk}"
    return UnderWay(
        operation=operation,
        label=str(operation.get_kind_display()),
        sentence=action_words.state(operation),
        who=str(operation.requested_by) if operation.requested_by else "",
        identifiers=invoice_words.identifiers(
            operation,
            correlation_id=next(
                (each.correlation_id for each in reversed(audited) if each.subject == requested), ""
            ),
        ),
    )
