"""Wake-up calls: an id in, one call out. Losing or repeating a message is harmless."""

from __future__ import annotations

from celery import shared_task

from invoices import clock, contact_history, erasing, news, polling, retention, seen_deals, sending


@shared_task
def send_operation(*, operation_id: str) -> None:
    """Do the next step of one operation."""
    sending.send(operation_id, now=clock.database_now())


@shared_task
def sweep_operations() -> None:
    """Ring for every operation that is due: nothing hangs on a message."""
    sending.sweep(now=clock.database_now())


@shared_task
def poll_due() -> None:
    """Ask Xero for the changes of every organisation whose turn it is."""
    polling.poll_due(now=clock.database_now())


@shared_task
def refresh_connection(*, connection_id: int) -> None:
    """Bring one organisation's check forward."""
    polling.refresh_by_id(connection_id, now=clock.database_now())


@shared_task
def name_owners(*, membership_id: int) -> None:
    """Read whose deals a company's are, with one person's grant."""
    seen_deals.name_owners(membership_id, now=clock.database_now())


@shared_task
def sweep_histories() -> None:
    """Ring for every organisation with contacts whose earlier invoices are to be read."""
    contact_history.sweep(now=clock.database_now())


@shared_task
def read_histories(*, connection_id: int) -> None:
    """Read one lot of an organisation's contacts."""
    contact_history.read_due(connection_id, now=clock.database_now())


@shared_task
def follow_webhooks() -> None:
    """Look at what vendors told us of."""
    news.follow(now=clock.database_now())


@shared_task
def forget_drafts() -> None:
    """Forget begun dialogs, typed forms and what tells old repeats, when their time is over."""
    retention.forget(now=clock.database_now())


@shared_task
def erase_uninstalled() -> None:
    """Erase what is kept of companies that uninstalled a month ago."""
    erasing.erase_due(now=clock.database_now())
