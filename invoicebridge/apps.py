"""Registers the wiring as a Django app: its checks run, and every process knows the broker."""

import importlib

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from connections import crash

# Loading `celery` makes our Celery app the current one. Without it a web process would ring at
# Celery's default broker, where nobody listens, and each press would wait for the sweep.
from invoicebridge import celery, checks

__all__ = ["WiringConfig", "celery", "checks"]


class WiringConfig(AppConfig):
    """No models and no behaviour: checks, and the reporting of errors where it is asked for."""

    name = "invoicebridge"

    def ready(self) -> None:
        """
        Report errors, where somebody is to hear of them.

        :raises ImproperlyConfigured: this process was told to die where it must not
        """
        # Here and not as a check alone: a starting worker runs no checks.
        if settings.TEST_MODE and not settings.IS_DEMO:
            raise ImproperlyConfigured("IB_TEST_MODE is for the demo's profile only.")
        crash.check(settings.CRASH_AT, is_test_mode=settings.TEST_MODE)
        if settings.SENTRY_DSN:
            # Sentry's library costs 5 MB, which a process without an address need not pay.
            reporting = importlib.import_module("invoicebridge.reporting")
            reporting.start(settings.SENTRY_DSN, environment=settings.SITE_URL)
