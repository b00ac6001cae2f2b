"""Wake-up calls: an id in, one call out. Losing or repeating a message is harmless."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from connections import alerts, native_registration, probing, upkeep
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
def probe_due() -> None:
    """Try whether a vendor that failed answers again."""
    probing.probe_due(now=timezone.now())
    upkeep.beat("breaker", now=timezone.now())


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
def register_native(*, company_id: int) -> None:
    """Tell Pipedrive of one company's native link."""
    native_registration.register_for(company_id, now=timezone.now())


@shared_task
def register_native_due() -> None:
    """Tell Pipedrive of the native links whose turn it is."""
    native_registration.register_due(now=timezone.now())
    upkeep.beat("native", now=timezone.now())


@shared_task
def clean_up() -> None:
    """Drop records whose time is over."""
    upkeep.clean_up(now=timezone.now())


@shared_task
def warn_due() -> None:
    """Warn admins of what ends or has ended."""
    alerts.look(now=timezone.now())
    upkeep.beat("warnings", now=timezone.now())


@shared_task
def finish_uninstalls() -> None:
    """Erase tokens that an uninstall left behind."""
    upkeep.finish_uninstalls(now=timezone.now())
