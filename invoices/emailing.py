"""
Mail of an invoice, sent by Xero: who gets it, when it last went, and whether it went at all
(R-29, P-5, xero-api §4.7).

Xero answers a mail with an empty 204, so an unknown outcome is settled by the invoice's history:
how many lines it had before the send is kept, what came after is ours or somebody's news.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connections import access, errors
from connections.xero.types import Contact, HistoryRecord
from connections.xero.types import Invoice as XeroInvoice
from invoices.models import Invoice, Operation
from invoices.version_check import Verdict

# Xero's words for it are not published: matched loosely, and what is not recognised is no "no".
_SENT = re.compile(r"\b(sent|e-?mail(ed)?)\b", re.IGNORECASE)
_BEFORE = "history_before"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person whom Xero will mail; `name` may be ""."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom a mail would reach, and when Xero's history says that one last went (None: never)."""

    people: tuple[Recipient, ...]
    last_sent_at: datetime | None


def recipients(session: access.XeroSession, invoice: Invoice) -> Recipients:
    """
    Ask Xero whom a mail of this invoice reaches: the contact, and its persons marked to receive
    invoices. Two reads at once; for the panel, which a person opens.

    :return: no people when the contact has no address: then Xero refuses to mail
    :raises errors.ProviderError: Xero does not tell who they are
    """
    contact, history = session.gather(
        [
            lambda xero: xero.get_contact(str(invoice.xero_contact_id)),
            lambda xero: xero.list_history(str(invoice.xero_invoice_id)),
        ]
    )
    for outcome in (contact, history):
        if isinstance(outcome, errors.ProviderError):
            raise outcome
    return Recipients(_people(contact), last_sent_at(history))


def last_sent_at(history: Sequence[HistoryRecord]) -> datetime | None:
    """Return when a mail last went by Xero's history, of Xero's clock."""
    return max((each.at for each in history if _is_mail(each)), default=None)


def before(held: XeroInvoice, history: Sequence[HistoryRecord]) -> list[dict[str, Any]]:
    """
    Return what to keep in `Operation.steps` before a mail is sent.

    The sent mark is Xero's of this moment: the one that the page had may be long past, because it
    need not move the update time (xero-api §5).
    """
    return [{"kind": _BEFORE, "count": len(history), "is_sent": held.is_sent_to_contact}]


def judge(
    operation: Operation, held: XeroInvoice, history: Sequence[HistoryRecord]
) -> tuple[Verdict, str]:
    """
    Return what became of a mail whose outcome is unknown, and a short reason in codes.

    REACHED when the history or the sent mark gained a mail; SAME only when nothing at all
    happened since, because a second mail reaches the customer; else UNCLEAR, for a person.
    """
    kept = next((each for each in operation.steps if each["kind"] == _BEFORE), None)
    if kept is None:
        return Verdict.SAME, "not_sent_yet"
    newest_first = sorted(history, key=lambda each: each.at, reverse=True)
    news = newest_first[: max(0, len(history) - kept["count"])]
    if any(_is_mail(each) for each in news):
        return Verdict.REACHED, "in_history"
    # One that was stored before the mark was kept has only what the page had.
    was_sent = kept.get("is_sent", operation.summary.get("is_sent", False))
    if held.is_sent_to_contact and not was_sent:
        return Verdict.REACHED, "sent_mark"
    return (Verdict.UNCLEAR, "other_news") if news else (Verdict.SAME, "no_news")


def _people(contact: Contact) -> tuple[Recipient, ...]:
    if not contact.email:
        return ()
    others = (
        Recipient(each.name, each.email)
        for each in contact.contact_persons
        if each.is_included_in_emails and each.email
    )
    return (Recipient(contact.name, contact.email), *others)


def _is_mail(record: HistoryRecord) -> bool:
    # Notes of people stand in the history too: only Xero's own word for the event counts.
    return bool(_SENT.search(record.changes))
