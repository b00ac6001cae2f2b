"""Who may connect and who may write: roles, the statement on sign-in, the door (product §2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from connections.models import Company, XeroAuthorisation, XeroConnection
from connections.runtime import Runtime
from connections.xero.types import User

# Xero's words (xero-api §3).
ALLOWED_ROLES: Final = frozenset({"FINANCIALADVISER", "STANDARD"})
REFUSED_ROLES: Final = frozenset(
    {"INVOICEONLY", "READONLY", "CASHBOOKCLIENT", "MANAGEDCLIENT", "REMOVED"}
)
# Any of them opens payments for writing (xero-api §2.6); the second is the older, broad name.
PAYMENT_SCOPES: Final = frozenset({"accounting.payments", "accounting.transactions"})
# What may be asked again without a person: the grant lives, Xero alone decides.
CHECKED_STATES: Final = frozenset(
    {
        XeroConnection.State.ACTIVE,
        XeroConnection.State.ROLE_REFUSED,
        XeroConnection.State.DISCONNECTED,
    }
)
_GATE_OF_STATE: Final = {
    XeroConnection.State.ROLE_REFUSED: "role",
    XeroConnection.State.DISCONNECTED: "disconnected",
}


class Refused(Exception):
    """A gate is shut; `code` names it for the page: closed, role, other_person, …"""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def find_shut(company: Company, connection: XeroConnection | None) -> str:
    """
    Return which gate keeps everything from being written to Xero, "" for none (R-2, F-18).

    Asked on every write: by what offers it, by what stores a press, by what sends it. The codes
    are the keys of `wording.GATES`.

    :param connection: the one to write to; None when the company has none
    """
    if company.state == Company.State.UNINSTALLED:
        return "uninstalled"
    if company.state != Company.State.ACTIVE:
        return "company"
    if connection is None:
        return "no_connection"
    if not connection.is_usable:
        return _GATE_OF_STATE.get(XeroConnection.State(connection.state), "connection")
    return "" if company.is_security_stated else "statement"


def is_role_allowed(role: str, *, is_overridden: bool = False) -> bool:
    """
    Whether a Xero user of this role may connect (M-1).

    :param is_overridden: support accepts a role that is not known here; a refused one stays so
    """
    return role in ALLOWED_ROLES or (is_overridden and is_role_unknown(role))


def is_role_unknown(role: str) -> bool:
    """Whether Xero said something of a role that we have no rule for: support may accept it."""
    return role not in ALLOWED_ROLES and role not in REFUSED_ROLES


def reaches_payments(authorisation: XeroAuthorisation | None) -> bool:
    """Whether a grant reaches payments: since its consent, or never."""
    return authorisation is not None and bool(
        PAYMENT_SCOPES.intersection(authorisation.scopes.split())
    )


def find_role(users: Iterable[User], *, xero_user_id: str, email: str) -> str:
    """
    Return the connecting user's OrganisationRole; "" when Xero's list does not hold them.

    Matched by id, then by e-mail without regard to case (xero-api §3).
    """
    people = list(users)
    for person in people:
        if person.user_id.lower() == xero_user_id.lower():
            return person.role
    for person in people:
        if email and person.email.casefold() == email.casefold():
            return person.role
    return ""


def check_open_for(company: Company | None, runtime: Runtime) -> None:
    """
    Refuse new companies while support has closed the door (M-3); others notice nothing.

    A company is new until Xero was connected once, and again after it uninstalled.

    :raises Refused: with code "closed"
    """
    if not runtime.closed_to_new_installs:
        return
    is_known = (
        company is not None
        and company.state != Company.State.UNINSTALLED
        and XeroConnection.objects.for_company(company).exists()
    )
    if not is_known:
        raise Refused("closed")
