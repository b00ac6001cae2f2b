"""
What somebody may do in Xero: a flag of the company and a right of the Xero user who acts (R-3).

Flags narrow what Xero allows and never widen it. The Xero user is the person's own where they
linked one, else whoever connected the organisation. Pure but for the person's own link.

Who acts is a member, or somebody who is no person: what a company allows Pipedrive's own tab.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connections.models import Company, Membership, PersonalXeroLink, User, XeroConnection

# Xero's names of rights (xero-api §3). It has none for voiding and mailing: whoever may not approve
# may not void what is approved, and whoever may write nothing may not mail.
MAY_DRAFT: Final = "CreateDraftInvoice"
MAY_APPROVE: Final = "CreateApprovedInvoice"
MAY_PAY: Final = "CreateInvoicePayment"
BY_FLAG: Final[Mapping[str, str]] = {
    "can_create": MAY_DRAFT,
    "can_approve": MAY_APPROVE,
    "can_void": MAY_APPROVE,
    "can_email": MAY_DRAFT,
}


class Actor(Protocol):
    """Whoever acts in a company: a Membership is one, and so is the company's native tab."""

    @property
    def company(self) -> Company: ...
    @property
    def user(self) -> User | None: ...
    @property
    def xero_link(self) -> PersonalXeroLink | None: ...
    @property
    def can_create(self) -> bool: ...
    @property
    def can_approve(self) -> bool: ...
    @property
    def can_void(self) -> bool: ...
    @property
    def can_email(self) -> bool: ...
    @property
    def can_see_amounts(self) -> bool: ...


def xero_allows(actor: Actor, connection: XeroConnection | None, right: str) -> bool:
    """
    Whether the Xero user as whom somebody acts has a right.

    A connection whose rights were not read yet says nothing; those of a person's own user always
    were, so there an empty list is a no.
    """
    link = actor.xero_link
    if link is not None:
        return right in link.actions
    return connection is None or not connection.actions or right in connection.actions


def is_link_ended(actor: Actor) -> bool:
    """Whether this person's own link has to be renewed or removed before anything is written."""
    link = actor.xero_link
    return link is not None and link.state != PersonalXeroLink.State.ACTIVE


def missing_code(actor: Actor) -> str:
    """Return which sentence says that Xero does not allow it: whose user lacks the right."""
    return "xero_right" if actor.xero_link is None else "own_xero_right"


@dataclass(frozen=True, slots=True)
class Right:
    """One flag of a person, and whether Xero allows it to whoever acts for them."""

    flag: str
    label: str | Promise
    is_flagged: bool
    is_in_xero: bool

    @property
    def is_allowed(self) -> bool:
        """Whether the person may: both have to allow it."""
        return self.is_flagged and self.is_in_xero


LABELS: Final[Mapping[str, Promise]] = {
    "can_create": _("Create invoices"),
    "can_approve": _("Approve invoices"),
    "can_void": _("Void invoices"),
    "can_email": _("Email invoices"),
    "can_see_amounts": _("See amounts"),
}


def list_rights(membership: Membership, connection: XeroConnection | None) -> tuple[Right, ...]:
    """
    Return a person's flags in the order of the People page, each held against Xero's rights.

    Nobody creates invoices without seeing amounts (docs/adr/0006).
    """
    return tuple(
        Right(
            flag,
            label,
            getattr(membership, flag) and (flag != "can_create" or membership.can_see_amounts),
            flag not in BY_FLAG or xero_allows(membership, connection, BY_FLAG[flag]),
        )
        for flag, label in LABELS.items()
    )
