"""Registers the wiring as a Django app: its checks run, and every process knows the broker."""

from django.apps import AppConfig

# Loading `celery` makes our Celery app the current one. Without it a web process would ring at
# Celery's default broker, where nobody listens, and each press would wait for the sweep.
from invoicebridge import celery, checks

__all__ = ["WiringConfig", "celery", "checks"]


class WiringConfig(AppConfig):
    """No models and no behaviour: checks only."""

    name = "invoicebridge"
