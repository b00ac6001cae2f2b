"""Registers the wiring as a Django app, so that its checks run with everybody's."""

from django.apps import AppConfig

from invoicebridge import checks

__all__ = ["WiringConfig", "checks"]


class WiringConfig(AppConfig):
    """No models and no behaviour: checks only."""

    name = "invoicebridge"
