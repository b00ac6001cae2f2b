"""Registration of the invoicing extension with the sandbox's Django project."""

from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    """Pipedrive's invoicing extension."""

    name = "sandbox.invoicing"
    label = "invoicing"
    default_auto_field = "django.db.models.BigAutoField"
