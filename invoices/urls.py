"""Addresses of deals, the create dialog and cards."""

from django.urls import path, register_converter

from invoices import action_views, views


class RowIdConverter:
    """An id of ours or Pipedrive's: digits only, and small enough for every database (B-3)."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        """Return the number in the address."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Return the number for an address."""
        return str(value)


register_converter(RowIdConverter, "row_id")

app_name = "invoices"
urlpatterns = [
    path("deals/", views.deals_page, name="deals"),
    path("deals/<row_id:deal_id>/", views.deal, name="deal"),
    path("deals/<row_id:deal_id>/refresh/", views.refresh, name="refresh"),
    path("deals/<row_id:deal_id>/invoices/new/", views.new, name="new"),
    path("invoices/operations/<uuid:operation_id>/card/", views.operation_card, name="card"),
    path("invoices/<row_id:invoice_id>/card/", views.invoice_card, name="card"),
    path("invoices/<row_id:invoice_id>/actions/<slug:code>/", action_views.act, name="act"),
    path("invoices/<row_id:invoice_id>/pdf/", action_views.pdf, name="pdf"),
]
