"""Sentences of the contact's pages: what happened, what did not change, and the next click."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from connections.models import XeroConnection
from connections.templatetags import display
from invoices import contact_links, contact_placing, wording
from invoices.models import ContactHistory, Deal, Invoice

_CONNECTION_ENDED = frozenset({"not_connected", "revoked", "forbidden", "unauthorized"})
# A page looks again this often while the first reading is under way.
LOOK_AGAIN_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a contact's invoices have been read: a sentence, and when a page looks again."""

    text: str
    is_problem: bool = False
    look_again_seconds: int = 0


def reading(history: ContactHistory | None, connection: XeroConnection) -> Reading:
    """Return what to say of the reading of a contact's invoices (M-42, M-45)."""
    if history is not None and history.state == ContactHistory.State.DONE:
        return Reading(
            _("Last read from Xero: %(time)s.") % {"time": display.moment(history.read_at)}
        )
    if history is None or not history.error_code:
        if not connection.is_usable:
            return Reading(_not_connected(), is_problem=True)
        return Reading(_("Earlier invoices are being read…"), look_again_seconds=LOOK_AGAIN_SECONDS)
    again = {"time": display.moment(history.next_attempt_at)}
    if history.error_code in _CONNECTION_ENDED:
        return Reading(_not_connected(), is_problem=True)
    if history.error_code == "rate_limited":
        text = _(
            "Xero asked us to wait, so not all earlier invoices are here yet. They are read "
            "again at %(time)s."
        )
    elif history.error_code == "day_reserve":
        text = _(
            "Most of Xero's calls for today are used up, so not all earlier invoices are here "
            "yet. They are read again at %(time)s."
        )
    else:
        text = _(
            "Xero did not answer, so not all earlier invoices are here yet. They are read again "
            "at %(time)s."
        )
    return Reading(text % again, is_problem=True)


def linked(invoice: Invoice, *, moved: bool) -> str:
    """Say that an invoice is on the deal now."""
    if moved:
        return _("Invoice %(number)s was moved to this deal.") % {"number": invoice}
    return _("Invoice %(number)s is on this deal now.") % {"number": invoice}


def unlinked(invoice: Invoice) -> str:
    """Say that an invoice is not on the deal any more, and where it is."""
    return _(
        "Invoice %(number)s is not on this deal any more. It stays in Xero and in this list."
    ) % {"number": invoice}


def not_placed(
    error: contact_links.NotAllowed | contact_placing.NotOfContact | contact_placing.Elsewhere,
    deal_title: str,
) -> str:
    """
    Say why an invoice stayed where it was.

    :param deal_title: of the deal it is on, "" for one that the reader may not see
    """
    if isinstance(error, contact_links.NotAllowed):
        return not_allowed(error.code)
    if isinstance(error, contact_placing.NotOfContact):
        return _(
            "Only invoices of the linked contact can be put on this deal. Nothing was changed."
        )
    if error.deal_id is None:
        return _("Somebody took this invoice off its deal meanwhile. Nothing was changed.")
    if deal_title:
        return _(
            "This invoice is on the deal “%(deal)s” already. Nothing was changed; you can move it."
        ) % {"deal": deal_title}
    return _("This invoice is on another deal already. Nothing was changed; you can move it.")


def not_here() -> str:
    """Say that somebody else was faster in taking an invoice off this deal."""
    return _("This invoice is not on this deal any more. Nothing was changed.")


def not_movable() -> str:
    """Say that an invoice cannot be moved away from a deal which the person may not see."""
    return _(
        "This invoice is on a deal that is not visible to you. Ask somebody who sees that deal to "
        "unlink it. Nothing was changed."
    )


def not_allowed(code: str) -> str:
    """Say why nothing can be linked (the codes of `contact_links.NotAllowed`)."""
    if code == "flag":
        return _("You may not link invoices or contacts here. Ask your admin to allow it.")
    return wording.not_allowed(code)


def nobody_to_link() -> str:
    """Say that a deal has no customer whom a contact could be linked to."""
    return _(
        "This deal has neither an organization nor a person in Pipedrive, so no contact can be "
        "linked. Add one there first."
    )


def before_unlinking(contact: str, deal: Deal) -> list[str]:
    """Return what happens, and what does not, when a contact's link is removed (R-31)."""
    if deal.organization_id is not None:
        first = _(
            "%(contact)s will no longer be the Xero contact of this deal's organization. This also "
            "applies to the organization's other deals."
        )
    else:
        first = _(
            "%(contact)s will no longer be the Xero contact of this deal's person. This also "
            "applies to the person's other deals."
        )
    return [
        first % {"contact": contact},
        _("Nothing changes in Xero. Invoices stay on the deals they are on."),
        _("Invoices that are being sent keep the contact that was confirmed for them."),
    ]


def contact_blocked(problem: str) -> str:
    """Say why a contact takes no invoices (F-19, F-21)."""
    if problem == "gdpr":
        return _("This contact is under a privacy request in Xero: choose another.")
    return _("This contact is archived in Xero: restore it or choose another.")


def _not_connected() -> str:
    return _(
        "The Xero connection ended, so not all earlier invoices are here yet. They are read once "
        "Xero is connected again."
    )
