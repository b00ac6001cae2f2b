"""
Which Xero contact a deal's customer may be (M-18, R-13, R-16, F-19 to F-21; xero-api §6).

One call to Xero finds suggestions; a contact that was merged costs one more, to name its heir.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connections import access, errors
from connections.xero.types import Contact
from mappings import folding
from mappings.customer import CustomerDetails

Reason = Literal["link", "tax_number", "email", "name", "search"]
Problem = Literal["", "archived", "gdpr"]

_RANKS: tuple[Reason, ...] = ("link", "tax_number", "email", "name", "search")
_MOST_HEIRS = 5  # a chain of merges longer than this is a ring


@dataclass(frozen=True, slots=True)
class Match:
    """A contact, why it is shown, and what forbids it. `merged_from` is the name it had."""

    contact: Contact
    reasons: tuple[Reason, ...]
    problem: Problem = ""
    merged_from: str = ""

    @property
    def is_selectable(self) -> bool:
        """Whether an invoice may be addressed to it: archived ones take none (F-19, F-21)."""
        return not self.problem


def suggest_contacts(session: access.XeroSession, details: CustomerDetails) -> tuple[Match, ...]:
    """
    Return contacts with the same tax number, e-mail address or name, the best first; one call.

    For a customer that is linked already, ask nothing: the link is the match (`check_contact`
    looks at it before it is used).

    :raises errors.ProviderError: Xero gave no usable answer
    """
    return rank_found(session, details, [session.call(use) for use in uses(details)])


def uses(details: CustomerDetails) -> list[Callable[[Any], Sequence[Contact]]]:
    """
    Return the read that `suggest_contacts` makes, for a caller that gathers it with others.

    Empty for a customer of whom nothing is known to look for.
    """
    if not (details.to or details.email or details.tax_number):
        return []
    return [
        operator.methodcaller(
            "list_contacts_matching",
            name=details.to,
            email=details.email,
            tax_number=details.tax_number,
        )
    ]


def rank_found(
    session: access.XeroSession,
    details: CustomerDetails,
    outcomes: Sequence[Sequence[Contact] | errors.ProviderError],
) -> tuple[Match, ...]:
    """
    Return what the outcomes of `uses(details)` hold, as matches, the best first.

    :raises errors.ProviderError: Xero gave no usable answer
    """
    found: list[Contact] = []
    for outcome in outcomes:
        if isinstance(outcome, errors.ProviderError):
            raise outcome
        found += outcome
    matches = [_followed(session, contact, _reasons(contact, details)) for contact in found]
    return _ranked(matches)


def search_contacts(
    session: access.XeroSession, term: str, *, limit: int = 20
) -> tuple[Match, ...]:
    """
    Return active contacts whose name, number or e-mail address holds the term; one call.

    :param term: 2 to 100 characters, else nothing is asked
    :raises errors.ProviderError: Xero gave no usable answer
    """
    term = term.strip()
    if not 2 <= len(term) <= 100:
        return ()
    found = session.call(lambda xero: xero.search_contacts(term, limit=limit))
    return tuple(_match(contact, ("search",)) for contact in found)


def check_contact(session: access.XeroSession, contact_id: str) -> Match:
    """
    Return a contact as it is now, followed where it was merged into another (F-20).

    :raises errors.NotFound: Xero has no such contact
    :raises errors.ProviderError: Xero gave no usable answer
    """
    contact = session.call(lambda xero: xero.get_contact(contact_id))
    return _followed(session, contact, ("link",))


def find_same_name(session: access.XeroSession, name: str) -> Match | None:
    """
    Return the contact that has this very name, for "link instead?" (R-16); one call.

    :raises errors.ProviderError: Xero gave no usable answer
    """
    found = session.call(lambda xero: xero.list_contacts_by(name=name, include_archived=True))
    matches = _ranked([_followed(session, contact, ("name",)) for contact in found])
    return matches[0] if matches else None


def _followed(session: access.XeroSession, contact: Contact, reasons: tuple[Reason, ...]) -> Match:
    """The match of the contact that this one was merged into, or of itself."""
    heir = contact
    for _step in range(_MOST_HEIRS):
        if not heir.merged_to_contact_id:
            break
        try:
            heir = session.call(operator.methodcaller("get_contact", heir.merged_to_contact_id))
        except errors.NotFound:
            return _match(contact, reasons)
    return _match(heir, reasons, merged_from="" if heir is contact else contact.name)


def _match(contact: Contact, reasons: tuple[Reason, ...], *, merged_from: str = "") -> Match:
    problems: dict[str, Problem] = {"ACTIVE": "", "GDPRREQUEST": "gdpr"}
    return Match(
        contact=contact,
        reasons=reasons,
        problem=problems.get(contact.status, "archived"),
        merged_from=merged_from,
    )


def _reasons(contact: Contact, details: CustomerDetails) -> tuple[Reason, ...]:
    same: dict[Reason, tuple[str, str]] = {
        "tax_number": (contact.tax_number, details.tax_number),
        "email": (contact.email, details.email),
        "name": (contact.name, details.to),
    }
    return tuple(
        reason
        for reason, (there, here) in same.items()
        if here and folding.fold(there) == folding.fold(here)
    )


def _ranked(matches: Sequence[Match]) -> tuple[Match, ...]:
    """Each contact once, those that can be chosen first, then by the strongest reason."""
    once: dict[str, Match] = {}
    for match in matches:
        known = once.get(match.contact.contact_id)
        if known is None or len(match.reasons) > len(known.reasons):
            once[match.contact.contact_id] = match
    return tuple(sorted(once.values(), key=_rank))


def _rank(match: Match) -> tuple[bool, int, int, str]:
    best = min((_RANKS.index(reason) for reason in match.reasons), default=len(_RANKS))
    return (not match.is_selectable, best, -len(match.reasons), folding.fold(match.contact.name))
