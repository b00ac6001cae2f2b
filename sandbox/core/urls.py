"""The control calls and the pages' style sheet; included by both vendors."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.static import serve

from sandbox.core import control, vendors, webhook_pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("_sandbox/reset", control.reset),
    path("_sandbox/state", control.show_state),
    path("_sandbox/traffic", control.show_traffic),
    path("_sandbox/clock", control.move_clock),
    path("_sandbox/faults", control.plan_faults),
    path("_sandbox/settings", control.turn_switches),
    path("_sandbox/webhooks", webhook_pages.show_deliveries),
    path("_sandbox/webhooks/<int:number>/send", webhook_pages.send_again),
    path("_sandbox/webhooks/<str:vendor>", webhook_pages.move_hook),
    path("webhooks/", webhook_pages.show_page, name="webhooks"),
    path("static/<path:path>", serve, {"document_root": settings.STATIC_DIR}),
]
urlpatterns += [path("_sandbox/", include(module)) for module in vendors.list_modules("control")]
