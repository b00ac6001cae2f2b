"""All that the preferences page shows, gathered: what is saved, what can be chosen, an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from connections import access, errors
from connections import queries as connection_queries
from connections.models import Membership, XeroConnection
from connections.pipedrive.types import Field
from mappings import example, fields, queries, reference, types

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Available:
    """
    What the page can offer. A problem is "", "not_connected" or "unreachable".

    Fields and example are missing while Pipedrive has a problem; Xero's lists are the copies, and
    only missing if they were never made.
    """

    preferences: types.Preferences
    mappings: tuple[types.FieldSource, ...]
    lists: types.Lists
    fields: Mapping[str, Sequence[Field]]
    example: example.Example
    pipedrive_problem: str
    xero_problem: str


def load(membership: Membership, *, now: datetime) -> Available:
    """Return all of the page, Pipedrive's part freshly read with this person's grant."""
    saved = queries.preferences_for(membership.company)
    shown, listed, pipedrive_problem = _read_pipedrive(membership, now=now)
    connection = connection_queries.live_connection(membership.company)
    xero_problem = _copy_missing_lists(connection, now=now) if connection else "not_connected"
    return Available(
        preferences=saved,
        mappings=queries.mappings_for(membership.company, saved),
        lists=queries.lists_for(connection) if connection else types.Lists(),
        fields=listed,
        example=shown,
        pipedrive_problem=pipedrive_problem,
        xero_problem=xero_problem,
    )


def load_example(
    membership: Membership, *, now: datetime
) -> tuple[example.Example, Mapping[str, Sequence[Field]]] | None:
    """Return the example and field lists as last shown, read anew if forgotten; None if failed."""
    kept, listed = example.cached(membership), fields.cached(membership.company)
    if kept is not None and len(listed) == len(fields.ENTITIES):
        return kept, listed
    shown, listed, problem = _read_pipedrive(membership, now=now)
    return None if problem else (shown, listed)


def _read_pipedrive(
    membership: Membership, *, now: datetime
) -> tuple[example.Example, dict[str, tuple[Field, ...]], str]:
    try:
        with access.open_pipedrive(membership, now=now) as session:
            shown, listed = example.read(session, membership)
    except (access.NotConnected, errors.Revoked):
        return example.Example(), fields.cached(membership.company), "not_connected"
    except errors.ProviderError as exc:
        log.info("example_unread", company=membership.company_id, error=exc.code)
        return example.Example(), fields.cached(membership.company), "unreachable"
    is_whole = len(listed) == len(fields.ENTITIES)
    return shown, listed, "" if is_whole else "unreachable"


def _copy_missing_lists(connection: XeroConnection, *, now: datetime) -> str:
    """Copy what was never copied (the first visit after connecting); returns the problem."""
    if not queries.missing_lists(connection):
        return ""
    if connection.is_paused(now):
        return "unreachable"
    try:
        with access.open_xero(connection, now=now) as session:
            reference.fetch_missing(session, now=now)
    except access.NotConnected:
        return "not_connected"
    except errors.ProviderError as exc:
        log.info("lists_unread", connection=connection.pk, error=exc.code)
        return "unreachable"
    return ""
