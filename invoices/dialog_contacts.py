"""
Whom the invoice goes to: suggested, searched, chosen or new (M-18, M-19, R-13 to R-17).

Xero is asked only where its word is needed: never for a customer that is linked already. When it
does not answer, the dialog stays as it was and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.utils.translation import gettext as _

from connections import access, errors, throttling
from connections.models import XeroConnection
from connections.runtime import Runtime
from connections.xero.types import Address, Contact
from invoices import dialog, dialog_reading, forms, wording
from invoices.dialog_tokens import ContactChoice
from mappings import customer, drafting, matching, queries, reference
from mappings.models import ContactLink

Value = TypeVar("Value")
MOST_OFFERED = 8
_ADDRESS_PARTS = (
    "line1", "line2", "line3", "line4", "city", "region", "postal_code", "country", "attention_to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What Xero said when the dialog was opened; `message` says why it said nothing."""

    matches: tuple[matching.Match, ...] = ()
    message: str = ""


def prepare(
    connection: XeroConnection,
    details: customer.CustomerDetails,
    *,
    needs_contact: bool,
    now: datetime,
    runtime: Runtime | None = None,
) -> Found:
    """
    Copy Xero's lists if they were never copied, and look for the customer's contact.

    :param needs_contact: False for a linked customer: then Xero is not asked for it
    """
    if not needs_contact and not queries.missing_lists(connection):
        return Found()
    if connection.is_paused(now):
        return Found(message=wording.contacts_paused(connection))
    try:
        with access.open_xero(connection, now=now, runtime=runtime) as session:
            kinds = queries.missing_lists(connection)
            uses = matching.uses(details) if needs_contact else []
            # Together: with four in flight, five lists and a search are two rounds, not three.
            outcomes = session.gather([*reference.uses(kinds), *uses])
            reference.store_outcomes(connection, kinds, outcomes[: len(kinds)], now=now)
            matches = matching.rank_found(session, details, outcomes[len(kinds) :])
    except (access.NotConnected, errors.ProviderError) as exc:
        return Found(message=wording.contacts_unread(exc, connection, now=now))
    return Found(matches)


def offer(opened: dialog.Dialog, found: Found, link: ContactLink | None) -> None:
    """Put the stored link, or else the suggestions, into a dialog that was just opened."""
    opened.contact_message = found.message
    opened.candidates = _choices(found.matches)
    if link is not None:
        opened.contact = ContactChoice(
            str(link.xero_contact_id), link.contact_name, reason=_reason("link")
        )


def search(opened: dialog.Dialog) -> None:
    """Offer the contacts that hold what was typed into the search box (B-15)."""
    term = _readable(opened.contact_query)
    if not forms.MIN_SEARCH <= len(term) <= forms.MAX_SEARCH:
        opened.contact_message = _("Type 2 to 100 characters to search.")
        return
    if wait := throttling.take_search(opened.membership, now=opened.now):
        opened.contact_message = wording.search_wait(wait)
        return
    matches = _ask(opened, lambda session: matching.search_contacts(session, term))
    if matches is None:
        return
    opened.candidates = _choices(matches)
    if not matches:
        opened.contact_message = _(
            "Xero has no active contact for “%(term)s”. Search for another name, or create a "
            "new contact."
        ) % {"term": term}


def choose(opened: dialog.Dialog, number: str) -> None:
    """Link to one of the contacts offered, by its place in the list."""
    places = {str(place): each for place, each in enumerate(opened.candidates)}
    chosen = places.get(number)
    if chosen is None or chosen.blocked:
        opened.contact_message = _("This contact cannot be chosen. Choose again.")
        return
    if chosen.reason:
        matched = _("matched: %(reasons)s") % {"reasons": chosen.reason}
        chosen = replace(chosen, reason=matched)
    opened.contact, opened.is_new_contact = chosen, False
    if not opened.values["to"].strip():
        opened.values["to"] = chosen.name


def choose_new(opened: dialog.Dialog) -> None:
    """Have a contact created from the customer details."""
    opened.contact, opened.is_new_contact = None, True
    opened.values.pop("update_contact", None)


def drop(opened: dialog.Dialog) -> None:
    """Take the choice back; suggestions are asked for if there are none any more."""
    opened.contact, opened.is_new_contact = None, False
    opened.values.pop("update_contact", None)
    if opened.candidates:
        return
    details = details_of(opened.checked_customer)
    matches = _ask(opened, lambda session: matching.suggest_contacts(session, details))
    opened.candidates = _choices(matches or ())


def compare(opened: dialog.Dialog, *, asks_xero: bool) -> None:
    """
    Work out what "Update customer info in Xero" would change (R-14).

    :param asks_xero: fetch the contact when only its link is known
    """
    if opened.contact is None:
        return
    if opened.contact.details is None and asks_xero:
        contact_id = opened.contact.xero_contact_id
        match = _ask(opened, lambda session: matching.check_contact(session, contact_id))
        if match is not None:
            _adopt(opened, match)
    if opened.contact and opened.contact.details is not None:
        details = details_of(opened.checked_customer)
        changes = drafting.contact_changes(details, contact_of(opened.contact))
        opened.changes = {name: (change.there, change.here) for name, change in changes.items()}


def has_changed(opened: dialog.Dialog) -> bool:
    """
    Return whether Xero has the chosen contact otherwise than it was shown; then it is shown as it
    is now, because an update would take back what others did there.

    Xero not answering is no obstacle: then what was seen counts, and the press waits for it.
    """
    seen, message = opened.contact, opened.contact_message
    assert seen is not None
    match = _ask(opened, lambda session: matching.check_contact(session, seen.xero_contact_id))
    opened.contact_message = message
    if match is None:
        return False
    _adopt(opened, match)
    if opened.contact is not None and opened.contact.details == seen.details:
        return False
    compare(opened, asks_xero=False)
    if opened.contact is not None:
        opened.contact_message = _(
            "This contact was changed in Xero since you saw it. Check what will be updated, then "
            "press again."
        )
    return True


def find_namesake(opened: dialog.Dialog) -> ContactChoice | None:
    """
    Return the contact that already has a new contact's name (R-16), None when there is none.

    Xero not answering is no obstacle: it creates no second contact of one name (xero-api §6), and
    the press waits for it.
    """
    name = details_of(opened.checked_customer).to
    message = opened.contact_message
    match = _ask(opened, lambda session: matching.find_same_name(session, name))
    opened.contact_message = message
    return _choices([match])[0] if match else None


def details_of(form: forms.Customer) -> customer.CustomerDetails:
    """Return the customer details that could be read, blanks for those that could not."""
    clean = form.cleaned_data
    return customer.CustomerDetails(
        to=clean.get("to", ""),
        address=customer.PostalAddress(
            lines=tuple(clean["address"].split("\n")) if clean.get("address") else (),
            city=clean.get("city", ""),
            region=clean.get("region", ""),
            postal_code=clean.get("postal_code", ""),
            country=clean.get("country", ""),
        ),
        email=clean.get("email", ""),
        tax_number=clean.get("tax_number", ""),
    )


def contact_of(choice: ContactChoice) -> Contact:
    """Return the chosen contact as Xero gave it, as far as the dialog carries it."""
    there = dict(choice.details or {})
    addresses = tuple(
        Address(type=kind, **{part: there.get(f"{kind}.{part}", "") for part in _ADDRESS_PARTS})
        for kind in there.get("kinds", "").split()
    )
    return Contact(
        contact_id=choice.xero_contact_id,
        name=choice.name,
        email=there.get("email", ""),
        tax_number=there.get("tax_number", ""),
        addresses=addresses,
    )


def _ask(opened: dialog.Dialog, use: Callable[[access.XeroSession], Value]) -> Value | None:
    if opened.connection.is_paused(opened.now):  # not one call before then (P-15)
        opened.contact_message = wording.contacts_paused(opened.connection)
        return None
    try:
        with access.open_xero(opened.connection, now=opened.now) as session:
            return use(session)
    except (access.NotConnected, errors.ProviderError) as exc:
        opened.contact_message = wording.contacts_unread(exc, opened.connection, now=opened.now)
        return None


def _adopt(opened: dialog.Dialog, match: matching.Match) -> None:
    """Take what Xero says now of the contact that was linked before (F-19, F-20)."""
    known = _choices([match])[0]
    if known.blocked:
        opened.contact_message = known.blocked
        opened.contact = None
        opened.candidates = [known]
    elif match.merged_from:
        opened.contact = None
        opened.candidates = [known]
        opened.contact_message = _("%(old)s was merged into %(new)s in Xero: use it?") % {
            "old": match.merged_from,
            "new": known.name,
        }
    else:
        reason = opened.contact.reason if opened.contact else known.reason
        opened.contact = replace(known, reason=reason)


def _choices(matches: Iterable[matching.Match]) -> list[ContactChoice]:
    return [_choice(match) for match in matches][:MOST_OFFERED]


def _choice(match: matching.Match) -> ContactChoice:
    contact = match.contact
    reasons = [_reason(reason) for reason in match.reasons]
    if match.merged_from:
        reasons.insert(0, _("merged from %(name)s") % {"name": match.merged_from})
    return ContactChoice(
        xero_contact_id=contact.contact_id,
        name=contact.name,
        reason=", ".join(filter(None, reasons)),
        details=_told(contact) if contact.addresses else None,
        email=contact.email,
        blocked=_BLOCKED[match.problem]() if match.problem else "",
    )


def _told(contact: Contact) -> dict[str, str]:
    """What a press may need of the contact, as texts; empty parts are left out."""
    told = {"email": contact.email, "tax_number": contact.tax_number}
    told["kinds"] = " ".join(address.type for address in contact.addresses)
    for address in contact.addresses:
        for part in _ADDRESS_PARTS:
            told[f"{address.type}.{part}"] = getattr(address, part)
    return {name: value for name, value in told.items() if value}


def _reason(code: str) -> str:
    reasons = {
        "link": _("linked before"),
        "tax_number": _("same tax number"),
        "email": _("same email"),
        "name": _("same name"),
    }
    return reasons.get(code, "")


def _readable(text: str) -> str:
    try:
        return dialog_reading.read_text(text)
    except dialog_reading.Unreadable:
        return ""


_BLOCKED: dict[str, Callable[[], str]] = {
    "archived": lambda: _("Archived in Xero: restore it or choose another."),
    "gdpr": lambda: _("Under a privacy request in Xero: choose another."),
}
