"""An invoice as Xero prints it (R-28, S-25)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from connections import access, errors
from connections.rights import Actor
from connections.runtime import snapshot
from invoices import actions, lifecycle
from invoices.models import Invoice

NAME_LENGTH = 80
# What file systems refuse or hide behind: separators, wildcards, controls, writing directions.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+')


class NoPdf(Exception):
    """There is no file to serve. `is_answered`: Xero answered, but with no PDF."""

    def __init__(self, *, is_answered: bool) -> None:
        super().__init__("no_pdf")
        self.is_answered = is_answered


@dataclass(frozen=True, slots=True)
class Document:
    """A file for a person to keep."""

    name: str
    content: bytes


def fetch_pdf(invoice: Invoice, actor: Actor, *, now: datetime) -> Document:
    """
    Ask Xero for the PDF of an invoice; its bytes are checked to be one.

    :param invoice: of the company of whoever asks, with its connection loaded
    :raises lifecycle.NotAllowed: it is not offered, or disabled
    :raises NoPdf: Xero has none, or did not answer
    """
    lifecycle.check_offered(actions.PDF, invoice, actor, runtime=snapshot())
    try:
        with access.open_xero(
            invoice.connection, now=now, personal_link=actor.xero_link
        ) as session:
            content = session.call(lambda xero: xero.get_invoice_pdf(str(invoice.xero_invoice_id)))
    except (errors.UnexpectedAnswer, errors.NotFound) as exc:
        raise NoPdf(is_answered=True) from exc
    except (errors.ProviderError, access.NotConnected) as exc:
        raise NoPdf(is_answered=False) from exc
    return Document(file_name(invoice), content)


def file_name(invoice: Invoice) -> str:
    """Return `{number}-{contact}.pdf`, without what a file system would refuse."""
    text = " ".join(_UNSAFE.sub(" ", f"{invoice.number}-{invoice.contact_name}").split())
    return f"{text[:NAME_LENGTH].strip(' .-') or 'invoice'}.pdf"
