"""
The addresses of a request from inside Pipedrive (FRAME_URLCONF, docs/adr/0020).

The names and views are the product's own, so `{% url %}` and `redirect` need not know where they
are: what works in a frame lies under `/frames/app/`, everything else keeps its address on our
site, which the frame opens in a new tab. A deal's page is the panel there.
"""

from __future__ import annotations

from typing import Any

from django.urls import include, path

from connections.frames.mount import APP
from invoicebridge import urls
from invoices import panel_views
from invoices import urls as invoice_urls
from mappings import urls as mapping_urls

# What can be reached from a frame, by name. What is not here is not there.
INVOICES = frozenset(
    {
        "news",
        "refresh",
        "new",
        "card",
        "invoice",
        "invoice_part",
        "read_invoice",
        "act",
        "pdf",
        "contact_invoices",
        "refresh_contact",
        "link_invoice",
        "unlink_invoice",
        "contact_sidebar",
        "link_contact",
        "unlink_contact",
    }
)
MAPPINGS = frozenset({"preferences", "example", "due_example"})


def _mounted(app: Any, names: frozenset[str], *more: Any) -> Any:
    """Return an app's addresses: those of the names inside the mount, the others as they are."""
    inside = [each for each in app.urlpatterns if _name(each) in names]
    taken = names.union(each.name for each in more)
    outside = [each for each in app.urlpatterns if _name(each) not in taken]
    mounted = path(APP.lstrip("/"), include([*more, *inside]))
    return path("", include(([mounted, *outside], app.app_name)))


def _name(each: Any) -> str | None:
    """Return an address's name; what another list brings, as the native tab's, has none here."""
    name: str | None = getattr(each, "name", None)
    return name


handler500 = urls.handler500
urlpatterns = [
    _mounted(mapping_urls, MAPPINGS),
    _mounted(
        invoice_urls,
        INVOICES,
        path("deals/<row_id:deal_id>/", panel_views.panel, name="deal"),
    ),
    *urls.urlpatterns,
]
