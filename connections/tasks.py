"""Wake-up calls: an id in, one call out. Losing or repeating a message is harmless."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from connections import upkeep
from connections.webhooks import hooks


@shared_task
def finish_uninstall(*, company_id: int) -> None:
    """Give back what an uninstalled company still holds in Xero."""
    upkeep.finish_uninstall(company_id, now=timezone.now())


@shared_task
def check_gates_due() -> None:
    """Ask Xero again about roles and rights where the last answer is a day old."""
    upkeep.check_gates_due(now=timezone.now())


@shared_task
def keep_hooks(*, company_id: int) -> None:
    """Make one company's webhooks in Pipedrive as they should be."""
    hooks.keep_for(company_id, now=timezone.now())


@shared_task
def keep_hooks_due() -> None:
    """Look at the webhooks in Pipedrive that nobody has looked at for a day."""
    hooks.keep_due(now=timezone.now())
    upkeep.beat("hooks", now=timezone.now())


@shared_task
def clean_up() -> None:
    """Drop records whose time is over."""
    upkeep.clean_up(now=timezone.now())
