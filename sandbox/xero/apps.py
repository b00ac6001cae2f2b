"""App configuration of the pretend Xero."""

from django.apps import AppConfig


class XeroConfig(AppConfig):
    """Organisations, grants, invoices and contacts of the pretend Xero."""

    name = "sandbox.xero"
    label = "xero"
