"""
The webhooks that we keep in each company's Pipedrive: made at connecting, looked at every day.

Pipedrive deletes a hook after three days without success, and removes all that a user made when
that user takes the app off (pipedrive-api §1.5, §6). A look lists what there is, removes what is
not as it should be and makes what is missing, so a look repeated or broken off does no harm; what
happened while a hook was missing is caught up with (F-38).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings

from connections import access, doorbell, errors, queries, turns
from connections.models import Company, PipedriveSubscription
from connections.pipedrive.types import Webhook
from connections.secrets import Secret
from connections.webhooks import reading, signatures, storing, waiting

log = structlog.get_logger(__name__)

ENTITIES: Final = ("deal", "organization", "person", "product")
CATCH_UP: Final = "catch_up"
CHECK_EVERY = timedelta(days=1)
# After a look that failed, or whose worker died.
LOOK_AGAIN = timedelta(minutes=10)
# How far before the last look what happened meanwhile is read.
OVERLAP = timedelta(minutes=5)
VERSION = "2.0"


def want(company: Company, *, now: datetime) -> None:
    """Have a company's webhooks looked at now; call it inside the transaction of the reason."""
    rows = PipedriveSubscription.objects.for_company(company)
    rows.update_or_create(company=company, defaults={"next_check_at": now})
    doorbell.ring_on_commit("connections.tasks.keep_hooks", company_id=company.pk)


def forget(company: Company) -> None:
    """Believe nothing any more that a company's Pipedrive tells: it took the app off (P-22)."""
    PipedriveSubscription.objects.for_company(company).delete()


def keep_due(*, now: datetime) -> int:
    """Look at the webhooks of the companies whose turn it is; returns how many those were."""
    rows = PipedriveSubscription.objects.across_companies()
    due = turns.list_due(rows, "next_check_at", now=now)
    return sum(keep_for(company_id, now=now) for company_id in due)


def keep_for(company_id: int, *, now: datetime) -> bool:
    """Look at a company's webhooks if that is due and nobody else does; returns whether we did."""
    rows = PipedriveSubscription.objects.across_companies()
    row = turns.take(rows, "next_check_at", company_id, until=now + LOOK_AGAIN, now=now)
    if row is None:
        return False
    _keep(row, now=now)
    return True


def _keep(row: PipedriveSubscription, *, now: datetime) -> None:
    before, seen_at = dict(row.hook_ids), row.checked_at
    membership = queries.find_background_reader(row.company, preferred=row.pipedrive_user_id)
    row.error_code = ""
    if membership is None:
        row.hook_ids, row.pipedrive_user_id, row.error_code = {}, None, "not_connected"
    else:
        row.pipedrive_user_id = membership.pipedrive_user_id
        try:
            with access.open_pipedrive(membership, now=now) as session:
                _put_right(row, session)
        except access.NotConnected:
            row.error_code = "not_connected"
        except errors.ProviderError as exc:
            log.warning("hooks_not_kept", company=row.company_id, error=exc.code)
            row.error_code = exc.code
    row.next_check_at = now + (LOOK_AGAIN if row.error_code else CHECK_EVERY)
    if not row.error_code:
        row.checked_at = now
    # Not where somebody wanted another look meanwhile.
    PipedriveSubscription.objects.for_company(row.company).filter(
        next_check_at=now + LOOK_AGAIN
    ).update(next_check_at=row.next_check_at)
    row.save(update_fields=["hook_ids", "pipedrive_user_id", "error_code", "checked_at"])
    waiting.reopen_unknown(row, now=now)
    if seen_at is not None and row.hook_ids.get("deal") not in (None, before.get("deal")):
        _catch_up(row, since=seen_at - OVERLAP, now=now)


def _put_right(row: PipedriveSubscription, session: access.PipedriveSession) -> None:
    """Remove what is not as it should be, make what is missing; the row knows each at once."""
    wanted = signatures.credentials_for(row.company.pipedrive_company_id)
    ours = f"{settings.SITE_URL}/webhooks/pipedrive/"
    url = f"{ours}{wanted.address}"
    row.hook_ids = {}
    for hook in session.call(lambda pipedrive: pipedrive.list_webhooks()):
        if not hook.subscription_url.startswith(ours):
            continue
        if _is_right(hook, url) and hook.event_object not in row.hook_ids:
            row.hook_ids[hook.event_object] = hook.id
        else:
            _remove(session, hook.id)
    for entity in ENTITIES:
        if entity not in row.hook_ids:
            row.hook_ids[entity] = _make(session, entity, url, wanted)


def _is_right(hook: Webhook, url: str) -> bool:
    return (
        hook.is_active
        and hook.subscription_url == url
        and hook.event_action == "*"
        and hook.event_object in ENTITIES
        and hook.version == VERSION
    )


def _make(
    session: access.PipedriveSession, entity: str, url: str, wanted: signatures.Credentials
) -> int:
    made = session.call(
        lambda pipedrive: pipedrive.create_webhook(
            entity,
            url=url,
            user=wanted.user,
            password=Secret(wanted.password),
            name=f"InvoiceBridge {entity}",
        )
    )
    return made.id


def _remove(session: access.PipedriveSession, hook_id: int) -> None:
    try:
        session.call(lambda pipedrive: pipedrive.delete_webhook(hook_id))
    except errors.NotFound:
        log.info("hook_gone_already", hook=hook_id)


def _catch_up(row: PipedriveSubscription, *, since: datetime, now: datetime) -> None:
    """Leave an event of our own: read the deals that changed while nobody told us."""
    event = reading.Event(
        vendor="pipedrive",
        dedupe_key=f"catch-up:{row.company_id}:{now.isoformat()}"[:64],
        category="deal",
        action=CATCH_UP,
        resource_id="0",
        happened_at=since,
        pipedrive_company_id=row.company.pipedrive_company_id,
        hook_id=row.hook_ids["deal"],
    )
    storing.keep([event], now=now)
