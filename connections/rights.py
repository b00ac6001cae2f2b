"""
What somebody may do in Xero: a flag of the company and a right of the Xero user who acts (R-3).

Flags narrow what Xero allows and never widen it. The Xero user is the person's own where they
linked one, else whoever connected the organisation. Pure but for the person's own link.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connections.models import Membership, PersonalXeroLink, XeroConnection

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


def xero_allows(membership: Membership, connection: XeroConnection | None, right: str) -> bool:
    """
    Whether the Xero user as whom this person acts has a right.

    A connection whose rights were not read yet says nothing; those of a person's own user always
    were, so there an empty list is a no.
    """
    link = membership.xero_link
    if link is not None:
        return right in link.actions
    return connection is None or not connection.actions or right in connection.actions


def is_link_ended(membership: Membership) -> bool:
    """Whether this person's own link has to be renewed or removed before anything is written."""
    link = membership.xero_link
    return link is not None and link.state != PersonalXeroLink.State.ACTIVE


def missing_code(membership: Membership) -> str:
    """Return which sentence says that Xero does not allow it: whose user lacks the right."""
    return "xero_right" if membership.xero_link is None else "own_xero_right"
