"""Everyone who can sign in: the people of the Pipedrive companies, and support staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.pipedrive.models import User


@dataclass(frozen=True)
class Someone:
    """A person the sign-on knows."""

    email: str
    name: str
    role: str
    locale: str

    def to_claims(self) -> dict[str, Any]:
        """The standard claims of OpenID Connect about this person."""
        given, _, family = self.name.partition(" ")
        return {
            "sub": str(uuid5(NAMESPACE_URL, f"sandbox-sso/{self.email}")),
            "email": self.email,
            "email_verified": True,
            "name": self.name,
            "given_name": given,
            "family_name": family,
            "locale": self.locale,
        }


SUPPORT = Someone("sam.porter@invoicebridge.example", "Sam Porter", "support, InvoiceBridge", "en")


def list_everyone() -> list[Someone]:
    """Everyone, company by company, support last."""
    users = User.objects.select_related("company").order_by("company", "pk")
    return [
        Someone(user.email, user.name, f"{user.job}, {user.company.name}", user.language)
        for user in users
    ] + [SUPPORT]


def find(email: str) -> Someone | None:
    """The person with this e-mail address."""
    return next((someone for someone in list_everyone() if someone.email == email), None)
