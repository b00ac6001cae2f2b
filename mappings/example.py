"""
A recent real deal, to show what a mapping would give (R-9).

It is read with the rights of whoever looks, and kept for some minutes for that person alone.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from django.core.cache import cache

from connections import access, errors
from connections.models import Company, Membership
from connections.pipedrive.types import Deal, Field, Organization, Page, Person
from mappings import fields, names, sources
from mappings.types import FieldSource

KEPT_SECONDS = 300
DEALS_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Example:
    """The deal and its records; no deal when the company has none to show."""

    deal: Deal | None = None
    organization: Organization | None = None
    person: Person | None = None
    names: sources.Names = field(default_factory=dict)

    def records(self, lists: Mapping[str, Sequence[Field]]) -> sources.Records:
        """Return the records with the company's field lists."""
        return sources.Records(
            deal=self.deal,
            organization=self.organization,
            person=self.person,
            fields=lists,
            names=self.names,
        )


def read(
    session: access.PipedriveSession, membership: Membership
) -> tuple[Example, dict[str, tuple[Field, ...]]]:
    """
    Return an example and the field lists, both fresh, in two rounds of calls; in three where the
    deal has fields that hold an id, for the names.

    The deal is the open or won one that changed last and has an organization, else the one that
    changed last. A field list that did not arrive is left out.

    :raises errors.ProviderError: the deals did not arrive
    """
    deals, *listed = session.gather([_list_deals, *fields.uses(fields.ENTITIES)])
    lists = fields.keep(membership.company, fields.ENTITIES, listed)
    if isinstance(deals, errors.ProviderError):
        raise deals
    example = _read_records(session, _choose(deals))
    every = [
        FieldSource("to", entity, one.code) for entity, listed in lists.items() for one in listed
    ]
    found = names.read(session, membership.company, example.records(lists), every)
    example = replace(example, names=found)
    cache.set(_key(membership), example, KEPT_SECONDS)
    return example, lists


def cached(membership: Membership) -> Example | None:
    """Return the example that this person saw last, while it is kept."""
    return cast(Example | None, cache.get(_key(membership)))


def forget(company: Company) -> None:
    """Drop the examples of everybody in a company, because Pipedrive's records have changed."""
    members = Membership.objects.for_company(company).select_related("company")
    cache.delete_many([_key(membership) for membership in members])


_list_deals = operator.methodcaller("list_deals", status="open,won", limit=DEALS_LOOKED_AT)


def _choose(page: Page[Deal]) -> Deal | None:
    with_organization = (deal for deal in page.rows if deal.org_id is not None)
    return next(with_organization, next(iter(page.rows), None))


def _read_records(session: access.PipedriveSession, deal: Deal | None) -> Example:
    if deal is None:
        return Example()
    asked = {"get_organization": deal.org_id, "get_person": deal.person_id}
    wanted = {name: one for name, one in asked.items() if one is not None}
    outcomes = session.gather([operator.methodcaller(name, one) for name, one in wanted.items()])
    # What this person may not see, or what did not arrive, is missing from the example.
    seen = {
        name: outcome
        for name, outcome in zip(wanted, outcomes, strict=True)
        if not isinstance(outcome, errors.ProviderError)
    }
    return Example(
        deal=deal, organization=seen.get("get_organization"), person=seen.get("get_person")
    )


def _key(membership: Membership) -> str:
    return f"pipedrive-example:{membership.company_id}:{membership.pk}"
