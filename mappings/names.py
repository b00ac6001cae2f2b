"""
Names behind custom fields that hold an id: a user, an organization or a person (pipedrive-api
§3.7). Asked for only where such a field is mapped or shown, with the reader's own rights.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from django.core.cache import cache

from connections import access, errors
from connections.models import Company
from mappings import sources
from mappings.sources import Names
from mappings.types import FieldSource

# The list of users costs 20 of the budget (pipedrive-api §5).
KEPT_SECONDS = 300


def read(
    session: access.PipedriveSession,
    company: Company,
    records: sources.Records,
    wanted: Iterable[FieldSource],
) -> Names:
    """
    Return the names that these fields of a deal's records need, by one round of calls or none.

    What this person may not see, or what did not arrive, is left out: the field is blank then.
    """
    ids = sources.ids_in(records, wanted)
    known: dict[tuple[str, int], str] = {}
    uses: dict[str, Callable[[Any], Any]] = {}
    for kind, found in ids.items():
        kept = cache.get(_key(company)) if kind == "user" else None
        if kept is not None:
            known |= {("user", number): name for number, name in kept.items()}
        else:
            uses[kind] = _READS[kind](found)
    outcomes = session.gather(list(uses.values())) if uses else []
    for kind, outcome in zip(uses, outcomes, strict=True):
        if isinstance(outcome, errors.ProviderError):
            continue
        names = {row.id: row.name for row in outcome}
        if kind == "user":
            cache.set(_key(company), names, KEPT_SECONDS)
        known |= {(kind, number): name for number, name in names.items()}
    return known


_READS: Mapping[str, Callable[[set[int]], Callable[[Any], Any]]] = {
    "user": lambda _ids: operator.methodcaller("list_users"),
    "org": lambda ids: partial(_list, "list_organizations", ids),
    "people": lambda ids: partial(_list, "list_persons", ids),
}


def _list(method: str, ids: set[int], pipedrive: Any) -> Any:
    return getattr(pipedrive, method)(sorted(ids))


def forget(company: Company) -> None:
    """Forget the names kept for a moment, because somebody's name is erased."""
    cache.delete(_key(company))


def _key(company: Company) -> str:
    return f"pipedrive-users:{company.pk}"
