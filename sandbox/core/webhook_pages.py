"""What both vendors told the app, as a page with switches and as JSON."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from sandbox.core import codec, control, switches, vendors
from sandbox.core.models import Delivery

SWITCHES = (
    ("webhooks_paused", "Keep messages back"),
    ("webhooks_duplicate", "Send each message twice"),
    ("webhooks_shuffle", "Send messages in any order"),
    ("webhooks_forge", "Send a forged message before each"),
)
MOST_ROWS = 100
NAMES = {"xero": "Pretend Xero", "pipedrive": "Pretend Pipedrive"}


@control.control_call("GET", "DELETE")
def show_deliveries(request: HttpRequest) -> HttpResponse:
    """List what was sent and what is due, the oldest first; DELETE forgets it."""
    rows = Delivery.objects.order_by("pk")
    if "vendor" in request.GET:
        rows = rows.filter(vendor=request.GET["vendor"])
    if request.method == "DELETE":
        rows.delete()
        return codec.respond([])
    return codec.respond([_describe(row) for row in rows])


@require_http_methods(["GET", "POST"])
def show_page(request: HttpRequest) -> HttpResponse:
    """Show the last messages of this vendor and the switches; posting turns one of them."""
    vendor = vendors.by_port(request.environ["SERVER_PORT"])
    if request.method == "POST":
        name = request.POST.get("switch", "")
        if name in dict(SWITCHES):
            switches.change({name: not switches.get(name)})
        return HttpResponseRedirect("/webhooks/")
    described = vendors.find_webhooks(vendor)
    context = {
        "heading": "Webhooks",
        "name": NAMES[vendor],
        "subscriptions": described.describe() if described else [],
        "deliveries": Delivery.objects.filter(vendor=vendor).order_by("-pk")[:MOST_ROWS],
        "switches": [(name, words, switches.get(name)) for name, words in SWITCHES],
        "most": MOST_ROWS,
    }
    return render(request, "core/webhooks.html", context)


def _describe(row: Delivery) -> dict[str, Any]:
    return {
        "number": row.pk,
        "vendor": row.vendor,
        "hook_number": row.hook_number,
        "url": row.url,
        "headers": row.headers,
        "body": row.body,
        "note": row.note,
        "made_at": row.made_at.isoformat(),
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "attempts": row.attempts,
        "status": row.status,
        "is_delivered": row.is_delivered,
    }
