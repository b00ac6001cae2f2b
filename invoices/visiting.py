"""
Whom an invoice of the company is shown to, and who may press something on it.

Every member reads an invoice, as in the list of its contact; the list of them all is for those
who keep the books. Who acts on one must be able to see the deal it is on (P-11), and is told of no
other deal; admins and accountants work without Pipedrive.
"""

from __future__ import annotations

from datetime import datetime

from connections import access, errors
from connections.models import Membership
from invoices import deals, one_invoice, seen_deals
from invoices.models import Deal, Invoice


class NotThere(Exception):
    """The company has no such invoice, or it is on a deal that this person cannot see."""


def get_to_act(
    membership: Membership, invoice_id: int, *, is_press: bool = False, now: datetime
) -> Invoice:
    """
    Return an invoice that a person may act on, with connection and deal loaded.

    Whoever has not seen its deal within the hour is looked up in Pipedrive, with their own grant.

    :param is_press: look up whoever has as well, because something is about to be changed; while
        Pipedrive does not answer, having seen it within the hour is enough
    :raises NotThere: see there
    """
    invoice = one_invoice.get(membership.company, invoice_id)
    if invoice is None or not _may_act(membership, invoice, is_press=is_press, now=now):
        raise NotThere(invoice_id)
    return invoice


def deal_of(invoice: Invoice) -> int | None:
    """Return the deal that an invoice is on; None when it is on none."""
    link = getattr(invoice, "deal_link", None)
    return link.deal_id if link else None


def is_deal_shown(membership: Membership, deal_id: int) -> bool:
    """Whether this person may be told of a deal without asking Pipedrive again."""
    return membership.keeps_books or deals.may_see(membership, deal_id)


def shown_deal(membership: Membership, invoice: Invoice) -> Deal | None:
    """Return what is kept of an invoice's deal; None for who was not shown it in Pipedrive."""
    deal_id = deal_of(invoice)
    if deal_id is None or not is_deal_shown(membership, deal_id):
        return None
    return seen_deals.get(membership.company, deal_id)


def _may_act(membership: Membership, invoice: Invoice, *, is_press: bool, now: datetime) -> bool:
    deal_id = deal_of(invoice)
    if deal_id is None or membership.keeps_books:
        return True
    is_shown = is_deal_shown(membership, deal_id)
    if is_shown and not is_press:
        return True
    return _ask_pipedrive(membership, deal_id, or_else=is_shown, now=now)


def _ask_pipedrive(membership: Membership, deal_id: int, *, or_else: bool, now: datetime) -> bool:
    """Ask Pipedrive; what may not be asked is not shown, what is not answered is `or_else`."""
    try:
        deals.recall(membership, deal_id, now=now, is_fresh=True)
    except (errors.Unreachable, errors.RateLimited, errors.ServerError):
        return or_else
    except (deals.NotAvailable, access.NotConnected, errors.ProviderError):
        return False
    return True
