"""The app of invoices."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from connections import in_flight

# A write is in flight while the lease of its operation lasts, from before its socket is opened.
WRITES = (
    "SELECT 1 FROM invoices_operation"
    " WHERE connection_id = {key} AND state = 'sending' AND lease_until > {now}"
)


class InvoicesConfig(AppConfig):
    """Adds its writes to the calls in flight that `connections` counts."""

    name = "invoices"
    verbose_name = _("Invoices")

    def ready(self) -> None:
        """Tell `connections` where the writes are."""
        in_flight.count_also(WRITES)
