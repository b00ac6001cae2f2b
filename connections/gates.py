"""Who may connect: roles, and whether new companies are taken (product §2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from connections.models import Company, XeroConnection
from connections.runtime import Runtime
from connections.xero.types import User

# Xero's words (xero-api §3). Any other word is a named refusal that support may override.
ALLOWED_ROLES: Final = frozenset({"FINANCIALADVISER", "STANDARD"})


class Refused(Exception):
    """A gate is shut; `code` names it for the page: closed, role, other_person, …"""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def is_role_allowed(role: str, *, is_overridden: bool = False) -> bool:
    """Whether a Xero user of this role may connect (M-1)."""
    return is_overridden or role in ALLOWED_ROLES


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

    :raises Refused: with code "closed"
    """
    if not runtime.closed_to_new_installs:
        return
    is_known = company is not None and (XeroConnection.objects.for_company(company).exists())
    if not is_known:
        raise Refused("closed")
