"""
The first steps of a company, and which of them a person sees: what is done, what is next, who does
it. Each row is true of the database; nothing is asked of a vendor.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists

from connections import queries as connection_queries
from connections import setup as connection_setup
from connections.models import Company, Membership
from connections.runtime import snapshot
from invoices.models import DealInvoice
from mappings import example
from mappings.models import InvoicePreferences


@dataclass(frozen=True, slots=True)
class Suggested:
    """A deal to begin with: the one that the preferences show as their example."""

    deal_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Guide:
    """How far a person and their company are. `admins` names who does what they may not."""

    membership: Membership
    setup: connection_setup.Setup
    has_preferences: bool
    has_invoice: bool
    admins: tuple[str, ...] = ()
    suggested: Suggested | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing is left: it goes away by itself."""
        return self.setup.is_complete and self.has_preferences and self.has_invoice

    @property
    def needs_attention(self) -> bool:
        """Whether something that worked does not any more: then it is shown, hidden or not."""
        return self.setup.connection is not None and bool(self.setup.gate)

    @property
    def is_shown(self) -> bool:
        """Whether the steps are listed for this person."""
        return self.needs_attention or not (self.is_over or self.membership.is_guide_hidden)

    @property
    def may_create(self) -> bool:
        """Whether this person may make the first invoice."""
        return self.membership.can_create and self.membership.can_see_amounts


def read(membership: Membership) -> Guide:
    """Return how far a person and their company are."""
    company = membership.company
    has_preferences, has_invoice = _read_progress(company)
    known = example.cached(membership)
    deal = known.deal if known else None
    names: tuple[str, ...] = ()
    if not membership.is_admin:
        names = tuple(str(user) for user in connection_queries.list_admins(company))
    return Guide(
        membership=membership,
        setup=connection_setup.read(membership, snapshot()),
        has_preferences=has_preferences,
        has_invoice=has_invoice,
        admins=names,
        suggested=Suggested(deal.id, deal.title) if deal else None,
    )


def set_hidden(membership: Membership, *, is_hidden: bool) -> None:
    """Put the steps away for one person, or have them back."""
    Membership.objects.for_company(membership.company).filter(pk=membership.pk).update(
        is_guide_hidden=is_hidden
    )


def _read_progress(company: Company) -> tuple[bool, bool]:
    """Whether preferences were saved, and whether an invoice was made from a deal."""
    made = DealInvoice.objects.for_company(company).filter(is_made_by_app=True)
    saved = InvoicePreferences.objects.for_company(company)
    return (
        Company.objects.filter(pk=company.pk)
        .values_list(Exists(saved.values("pk")), Exists(made.values("pk")))
        .get()
    )
