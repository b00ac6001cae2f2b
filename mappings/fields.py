"""
A company's Pipedrive field lists, kept in the cache for some minutes (a list costs 10 of the
budget, pipedrive-api §5), and which of the fields can feed an invoice.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

from django.core.cache import cache

from connections import access, errors
from connections.models import Company
from connections.pipedrive.types import Field, Subfield
from mappings import sources

ENTITIES = ("organization", "person", "deal")
KEPT_SECONDS = 300
# Two names of one built-in field: v2 lists the first and answers with the second.
_SAME_FIELD = {"emails": "email", "phones": "phone"}
# Parts of a field that make sense by themselves on an invoice.
_PARTS = {
    "address": ("locality", "admin_area_level_1", "postal_code", "country"),
    "monetary": ("value", "currency"),
}


def cached(company: Company) -> dict[str, tuple[Field, ...]]:
    """Return the field lists that are in the cache, by entity."""
    keys = {_key(company, entity): entity for entity in ENTITIES}
    found = cache.get_many(keys)
    return {keys[key]: cast(tuple[Field, ...], rows) for key, rows in found.items()}


def uses(entities: Iterable[str]) -> list[Callable[[Any], Any]]:
    """Return the reads of these entities' lists, for a caller that gathers more."""
    return [operator.methodcaller("list_fields", entity) for entity in entities]


def keep(
    company: Company, entities: Sequence[str], outcomes: Sequence[Any]
) -> dict[str, tuple[Field, ...]]:
    """Cache the outcomes of `uses(entities)` and return the lists that arrived, by entity."""
    arrived = {
        entity: rows
        for entity, rows in zip(entities, outcomes, strict=True)
        if not isinstance(rows, errors.ProviderError)
    }
    cache.set_many({_key(company, entity): rows for entity, rows in arrived.items()}, KEPT_SECONDS)
    return arrived


def lists_for(
    session: access.PipedriveSession, company: Company, entities: Collection[str] = ENTITIES
) -> dict[str, tuple[Field, ...]]:
    """Return field lists by entity, from the cache or in one round; what failed is left out."""
    known = {entity: rows for entity, rows in cached(company).items() if entity in entities}
    wanted = [entity for entity in entities if entity not in known]
    if wanted:
        known |= keep(company, wanted, session.gather(uses(wanted)))
    return known


def list_readable(entity: str, fields: Iterable[Field]) -> list[tuple[Field, Sequence[Subfield]]]:
    """Return the fields of an entity that can feed an invoice, with their parts that can."""
    return [
        (
            replace(field, code=_SAME_FIELD.get(field.code, field.code)),
            [part for part in field.subfields if part.code in _PARTS.get(field.type, ())],
        )
        for field in fields
        if sources.is_readable(entity, field)
    ]


def _key(company: Company, entity: str) -> str:
    return f"pipedrive-fields:{company.pk}:{entity}"
