"""Addresses of deals, the create dialog and cards."""

from django.urls import include, path

from connections.converters import RowIdConverter as RowIdConverter
from invoices import (
    action_views,
    activity_views,
    contact_views,
    frame_views,
    invoice_views,
    ledger_views,
    own_link_views,
    start_views,
    views,
)

app_name = "invoices"
urlpatterns = [
    path("", include("invoices.native.urls")),
    path("start/steps/", start_views.guide, name="guide"),
    path("deals/", views.deals_page, name="deals"),
    path("deals/<row_id:deal_id>/", views.deal, name="deal"),
    path("deals/<row_id:deal_id>/news/", views.news, name="news"),
    path("deals/<row_id:deal_id>/refresh/", views.refresh, name="refresh"),
    path("deals/<row_id:deal_id>/invoices/new/", views.new, name="new"),
    path("invoices/", ledger_views.list_page, name="ledger"),
    path("invoices/totals/", ledger_views.totals, name="ledger_totals"),
    path("invoices/charts/", ledger_views.charts_page, name="ledger_charts"),
    path("invoices/export/", ledger_views.export_file, name="ledger_export"),
    path("invoices/operations/<uuid:operation_id>/card/", views.operation_card, name="card"),
    path("invoices/<row_id:invoice_id>/", invoice_views.invoice, name="invoice"),
    path("invoices/<row_id:invoice_id>/part/", invoice_views.part, name="invoice_part"),
    path("invoices/<row_id:invoice_id>/read/", invoice_views.read, name="read_invoice"),
    path("invoices/<row_id:invoice_id>/card/", views.invoice_card, name="card"),
    path("invoices/<row_id:invoice_id>/actions/<slug:code>/", action_views.act, name="act"),
    path("settings/activity/", activity_views.activity_page, name="activity"),
    path("settings/my-xero/", own_link_views.own_link, name="own_link"),
    path("invoices/<row_id:invoice_id>/pdf/", action_views.pdf, name="pdf"),
]

# The linked contact of a deal (product §8, §9).
urlpatterns += [
    path("deals/<row_id:deal_id>/invoices/", contact_views.invoices_page, name="contact_invoices"),
    path("deals/<row_id:deal_id>/invoices/refresh/", contact_views.refresh, name="refresh_contact"),
    path(
        "deals/<row_id:deal_id>/invoices/<row_id:invoice_id>/link/",
        contact_views.link_invoice,
        name="link_invoice",
    ),
    path(
        "deals/<row_id:deal_id>/invoices/<row_id:invoice_id>/unlink/",
        contact_views.unlink_invoice,
        name="unlink_invoice",
    ),
    path("deals/<row_id:deal_id>/contact/", contact_views.sidebar, name="contact_sidebar"),
    path("deals/<row_id:deal_id>/contact/link/", contact_views.link_contact, name="link_contact"),
    path(
        "deals/<row_id:deal_id>/contact/unlink/",
        contact_views.unlink_contact,
        name="unlink_contact",
    ),
]

# The frames in Pipedrive; what they hold is in invoicebridge/frame_urls.py.
urlpatterns += [
    path("frames/panel/", frame_views.panel, name="frame_panel"),
    path("frames/modal/", frame_views.modal, name="frame_modal"),
    path("frames/settings/", frame_views.settings_page, name="frame_settings"),
    path("frames/token/", frame_views.token, name="frame_token"),
]
