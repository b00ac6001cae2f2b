"""
Token renewal: one caller at a time, and nothing is lost when an answer is (P-8).

The one network call that is made under a lock. It runs in a transaction of its own, so that a
page's rollback can never undo a renewal that the vendor has already carried out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from django.db import transaction

from connections import crash, errors, vault
from connections.models import PipedriveAuthorisation, XeroAuthorisation
from connections.models.authorisations import AuthorisationState
from connections.tokens import TokenSet

log = structlog.get_logger(__name__)

Authorisation = TypeVar("Authorisation", PipedriveAuthorisation, XeroAuthorisation)
Refresh = Callable[[Authorisation], TokenSet]


def is_fresh(
    authorisation: PipedriveAuthorisation | XeroAuthorisation, *, now: datetime, margin_seconds: int
) -> bool:
    """Whether the access token lives for at least `margin_seconds` more."""
    return authorisation.access_expires_at > now + timedelta(seconds=margin_seconds)


def renew(
    authorisation: Authorisation, *, refresh: Refresh[Authorisation], now: datetime
) -> Authorisation:
    """
    Return the row with a new token pair, renewed by us or by whoever was faster.

    :param authorisation: the row as the caller knew it; its generation tells who was faster
    :param refresh: asks the vendor, given the row; called at most once, under the row's lock
    :raises errors.Revoked: the grant is gone; the row says so from now on
    :raises errors.ProviderError: no usable answer; the old pair stays and may be tried again
    """
    try:
        return _renew(authorisation, refresh, now)
    except errors.Revoked:
        raise
    except errors.ProviderError:
        # Of what failed the transaction kept nothing; guarded, because somebody may have renewed.
        rows = type(authorisation)._base_manager.filter(
            pk=authorisation.pk, generation=authorisation.generation
        )
        rows.filter(renewal_failing_since__isnull=True).update(renewal_failing_since=now)
        raise


def _renew(
    authorisation: Authorisation, refresh: Refresh[Authorisation], now: datetime
) -> Authorisation:
    started = time.monotonic()
    revoked: errors.Revoked | None = None
    with transaction.atomic(durable=True):
        row = type(authorisation)._base_manager.select_for_update().get(pk=authorisation.pk)
        if row.state == AuthorisationState.ACTIVE and row.generation == authorisation.generation:
            crash.point("before_refresh")
            try:
                tokens = refresh(row)
            except errors.Revoked as exc:
                # Under the lock we hold the newest generation, so the verdict is about it.
                # The pair is kept: a person may look into it, a reconnect replaces it.
                row.state = AuthorisationState.DEAD
                row.save(update_fields=["state"])
                revoked = exc
            else:
                crash.point("during_refresh_before_store")
                store(row, tokens, now=now + timedelta(seconds=time.monotonic() - started))
    crash.point("after_refresh_stored")
    if revoked is not None:
        log.warning("grant_revoked", table=row._meta.db_table, row=str(row.pk))
        raise revoked
    if row.state != AuthorisationState.ACTIVE:
        raise errors.Revoked(vendor=_vendor(row), operation="renew", detail="grant has ended")
    return row


def store(
    row: PipedriveAuthorisation | XeroAuthorisation, tokens: TokenSet, *, now: datetime
) -> None:
    """
    Seal a token pair into its row and save it, whatever pair the vendor gave back.

    :param now: when the answer came; `expires_in` counts from here
    """
    seal(row, tokens, now=now)
    row.save()


def seal(
    row: PipedriveAuthorisation | XeroAuthorisation, tokens: TokenSet, *, now: datetime
) -> None:
    """Seal a token pair into its row, which is not saved; `now` as for `store`."""
    row.access_token = vault.seal(tokens.access_token, row=row, field="access_token")
    if tokens.refresh_token:
        row.refresh_token = vault.seal(tokens.refresh_token, row=row, field="refresh_token")
    if tokens.scopes:
        row.scopes = " ".join(tokens.scopes)
    row.generation += 1
    row.issued_at = now
    row.access_expires_at = now + timedelta(seconds=tokens.expires_in)
    row.state = AuthorisationState.ACTIVE
    row.renewal_failing_since = None


def wipe(row: PipedriveAuthorisation | XeroAuthorisation) -> None:
    """Forget a token pair for good: disconnected or uninstalled (P-22)."""
    row.access_token = ""
    row.refresh_token = ""
    row.generation += 1
    row.state = AuthorisationState.ENDED
    row.save(update_fields=["access_token", "refresh_token", "generation", "state"])


def _vendor(row: PipedriveAuthorisation | XeroAuthorisation) -> str:
    return "xero" if isinstance(row, XeroAuthorisation) else "pipedrive"
