"""
What the dialog carries in the browser that must come back unchanged: signed, bound to its person.

A submission says for which deal, by whom and when the form was made; its id makes repeats of one
press one press (P-1). A contact choice says what Xero told us of that contact, so that a press
needs no further call. Neither is secret, both are worthless in another person's form.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Self

from django.core import signing

from connections.models import Membership, XeroConnection

DAY_SECONDS = 24 * 3600
_SUBMISSION = "invoices.submission"
_CONTACT = "invoices.contact"
_AMOUNTS = frozenset({"value", "planned_total"})


class NotOurs(ValueError):
    """A signed value is altered, too old, or was made for somebody else."""


@dataclass(frozen=True, slots=True)
class Submission:
    """
    The form that was served: its id, and the deal as it was when it was served.

    `products` maps line keys to Pipedrive's (product id, variation id, name); `plain_lines` are
    keys of lines that need no Xero item, such as a deal's discount.
    """

    id: uuid.UUID
    deal_id: int
    title: str
    currency: str
    value: Decimal | None = None
    org_id: int | None = None
    person_id: int | None = None
    org_name: str = ""
    person_name: str = ""
    due_days: int = 0
    products: Mapping[str, tuple[int, int, str]] = field(default_factory=dict)
    plain_lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    planned_total: Decimal | None = None
    planned_reason: str = ""

    @property
    def payer(self) -> tuple[str, int] | None:
        """Return whose contact link counts: the organization, else the person (R-17)."""
        if self.org_id is not None:
            return "organization", self.org_id
        if self.person_id is not None:
            return "person", self.person_id
        return None

    def sign(self, membership: Membership, connection: XeroConnection) -> str:
        """Return the text to carry in the form."""
        values = {name: value for name, value in asdict(self).items() if value is not None}
        values["id"] = str(self.id)
        for name in _AMOUNTS & values.keys():
            values[name] = str(values[name])
        return _sign(values, _SUBMISSION, membership, connection)

    @classmethod
    def open(cls, text: str, membership: Membership, connection: XeroConnection) -> Self:
        """
        Return what the form carried.

        :raises NotOurs: altered, older than a day, or another person's
        """
        values = _open(text, _SUBMISSION, membership, connection)
        values["id"] = uuid.UUID(values["id"])
        for name in _AMOUNTS & values.keys():
            values[name] = Decimal(values[name])
        products = {
            key: (int(row[0]), int(row[1]), str(row[2])) for key, row in values["products"].items()
        }
        values |= {
            "products": products,
            "plain_lines": tuple(values["plain_lines"]),
            "notes": tuple(values["notes"]),
        }
        return cls(**values)


@dataclass(frozen=True, slots=True)
class ContactChoice:
    """
    A Xero contact that may be chosen. `details` holds what Xero has of it, by our field names;
    None when we only know the stored link.
    """

    xero_contact_id: str
    name: str
    reason: str = ""
    email: str = ""
    details: Mapping[str, str] | None = None
    blocked: str = ""

    def sign(self, membership: Membership, connection: XeroConnection) -> str:
        """Return the text to carry in the form."""
        return _sign(asdict(self), _CONTACT, membership, connection)

    @classmethod
    def open(cls, text: str, membership: Membership, connection: XeroConnection) -> Self:
        """
        Return the contact that the form carried.

        :raises NotOurs: altered, older than a day, or another person's
        """
        return cls(**_open(text, _CONTACT, membership, connection))


def _sign(
    values: dict[str, Any], kind: str, membership: Membership, connection: XeroConnection
) -> str:
    return signing.dumps(values, salt=_salt(kind, membership, connection), compress=True)


def _open(
    text: str, kind: str, membership: Membership, connection: XeroConnection
) -> dict[str, Any]:
    try:
        values = signing.loads(text, salt=_salt(kind, membership, connection), max_age=DAY_SECONDS)
    except signing.BadSignature as exc:
        raise NotOurs(kind) from exc
    return dict(values)


def _salt(kind: str, membership: Membership, connection: XeroConnection) -> str:
    return f"{kind}:{membership.company_id}:{membership.user_id}:{connection.pk}"
