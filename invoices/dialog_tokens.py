"""
What the dialog carries in the browser that must come back unchanged: signed, bound to its person.

A submission says for which deal, by whom and when the form was made; its id makes repeats of one
press one press (P-1). A contact choice says what Xero told us of that contact, so that a step
needs no further call. Neither is secret, both are worthless in another person's form. After a day,
or when another organisation is connected, they are stale: what they say of the deal is still told,
but nothing is made from it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.core import signing

from connections.models import Membership, XeroConnection

DAY_SECONDS = 24 * 3600
_SUBMISSION = "invoices.submission"
_CONTACT = "invoices.contact"
_AMOUNTS = frozenset({"value", "planned_total"})


class NotOurs(ValueError):
    """A signed value is altered, or was made for somebody else."""


@dataclass(frozen=True, slots=True)
class Submission:
    """
    The form that was served: its id, and the deal as it was when it was served.

    `products` maps line keys to Pipedrive's (product id, variation id, name); `plain_lines` are
    keys of lines that need no Xero item, such as a deal's discount. `opened_on` is the issue date
    that was suggested, `invoices` are those on the deal that the form told of. `is_stale` is never
    signed: it is how old the signature is.
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
    opened_on: date | None = None
    invoices: tuple[int, ...] = ()
    is_stale: bool = False

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
        values["opened_on"] = self.opened_on.isoformat() if self.opened_on else ""
        del values["is_stale"]
        for name in _AMOUNTS & values.keys():
            values[name] = str(values[name])
        return _sign(values, _SUBMISSION, membership, connection)

    @classmethod
    def open(cls, text: str, membership: Membership, connection: XeroConnection) -> Self:
        """
        Return what the form carried.

        :raises NotOurs: altered, or another person's
        """
        values, is_old, is_here = _open(text, _SUBMISSION, membership, connection)
        values["id"] = uuid.UUID(values["id"])
        opened_on = values.get("opened_on")
        values["opened_on"] = date.fromisoformat(opened_on) if opened_on else None
        for name in _AMOUNTS & values.keys():
            values[name] = Decimal(values[name])
        products = {
            key: (int(row[0]), int(row[1]), str(row[2])) for key, row in values["products"].items()
        }
        values |= {
            "products": products,
            "plain_lines": tuple(values["plain_lines"]),
            "notes": tuple(values["notes"]),
            "invoices": tuple(values.get("invoices", ())),
            "is_stale": is_old or not is_here,
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
        Return the contact that the form carried; after a day only who it is, not its details.

        :raises NotOurs: altered, another person's, or another organisation's contact (F-17)
        """
        values, is_old, is_here = _open(text, _CONTACT, membership, connection)
        if not is_here:
            raise NotOurs(_CONTACT)
        found = cls(**values)
        return replace(found, details=None) if is_old else found


def _sign(
    values: dict[str, Any], kind: str, membership: Membership, connection: XeroConnection
) -> str:
    signed = {"connection": connection.pk, "values": values}
    return signing.dumps(signed, salt=_salt(kind, membership), compress=True)


def _open(
    text: str, kind: str, membership: Membership, connection: XeroConnection
) -> tuple[dict[str, Any], bool, bool]:
    """Return the values, whether they are older than a day, and whether of this connection."""
    salt = _salt(kind, membership)
    is_old = False
    try:
        signed = signing.loads(text, salt=salt, max_age=DAY_SECONDS)
    except signing.SignatureExpired:
        signed, is_old = signing.loads(text, salt=salt), True
    except signing.BadSignature as exc:
        raise NotOurs(kind) from exc
    return dict(signed["values"]), is_old, signed["connection"] == connection.pk


def _salt(kind: str, membership: Membership) -> str:
    return f"{kind}:{membership.company_id}:{membership.user_id}"
