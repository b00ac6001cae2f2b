"""One call that tries whether Xero answers again, while everything else is held (P-16, P-17)."""

from __future__ import annotations

from datetime import datetime

import structlog

from connections import access, breaker, errors
from connections.models import Company, XeroConnection
from connections.runtime import snapshot

log = structlog.get_logger(__name__)

_SILENT = (errors.Unreachable, errors.ServerError, errors.UnexpectedAnswer)


def probe_due(*, now: datetime) -> bool:
    """
    Make the one try that is due, and let everything go on if it is answered, with whatever word.

    :return: whether Xero was asked
    """
    if not breaker.claim_probe(now=now):
        return False
    runtime = snapshot()
    connection = (
        XeroConnection.objects.across_companies()
        .filter(state=XeroConnection.State.ACTIVE, company__state=Company.State.ACTIVE)
        .select_related("authorisation", "company")
        .order_by("-last_success_at")
        .first()
    )
    if connection is None:  # nobody is left who could be held back
        breaker.release(now=now)
        return False
    try:
        with access.open_xero(connection, now=now, runtime=runtime) as session:
            session.call(lambda xero: xero.get_organisation())
    except access.NotConnected:
        # Lost a moment ago: another connection tries next time.
        breaker.note_silence(now=now, runtime=runtime)
    except errors.ProviderError as exc:
        if isinstance(exc, (*_SILENT, errors.NoPlace)):
            log.warning("xero_still_silent", error=exc.code)
            breaker.note_silence(now=now, runtime=runtime)
        else:
            breaker.release(now=now)
    else:
        breaker.release(now=now)
    return True
