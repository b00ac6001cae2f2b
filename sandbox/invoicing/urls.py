"""The addresses of the invoicing extension on Pipedrive's port."""

from django.urls import path

from sandbox.invoicing import catalogue_pages, dialog, hub_pages, pages

DEAL = "deal/<int:number>/invoices"
urlpatterns = [
    path(DEAL, pages.show_tab),
    path(f"{DEAL}/new", dialog.new_invoice),
    path(f"{DEAL}/customer", pages.show_customer),
    path(f"{DEAL}/<str:invoice_id>/act", pages.act),
    path(f"{DEAL}/<str:invoice_id>/pdf", pages.download),
    path(f"{DEAL}/<str:invoice_id>/share", pages.share),
    path("invoicing/<str:kind>", catalogue_pages.search),
    path("invoicing/<str:kind>/edit", catalogue_pages.edit),
    path("settings/invoicing", hub_pages.show_link),
    path("settings/invoicing/reconnect", pages.reconnect),
    path("developer/invoicing", hub_pages.show_manifest),
]
