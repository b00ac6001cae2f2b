"""What both vendors told the app, as a page with switches and as JSON."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from sandbox.core import codec, control, sending, switches, vendors
from sandbox.core.models import Delivery

SWITCHES = (
    ("webhooks_paused", "Keep messages back"),
    ("webhooks_duplicate", "Send each message twice"),
    ("webhooks_shuffle", "Send messages in any order"),
    ("webhooks_forge", "Send a forged message before each"),
)
GAPS = ((100, "as in life"), (10, "ten times as fast"), (1, "a hundred times as fast"))
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


@control.control_call("POST")
def send_again(request: HttpRequest, number: int) -> HttpResponse:
    """Send one message once more."""
    if not sending.send_again(number):
        raise control.BadRequest("There is no such message.")
    return codec.respond({})


@control.control_call("POST")
def move_hook(request: HttpRequest, vendor: str) -> HttpResponse:
    """Put a subscription into a state: of Pipedrive `number` and active, banned or deleted."""
    module = vendors.find_webhooks(vendor)
    given: dict[str, Any] = request.json  # type: ignore[attr-defined]
    if module is None or not module.move(given.get("number"), given.get("state", "")):
        raise control.BadRequest("There is no such webhook, or no such state.")
    return codec.respond(module.describe())


@require_http_methods(["GET", "POST"])
def show_page(request: HttpRequest) -> HttpResponse:
    """Show the last messages of this vendor and the switches; posting presses one button."""
    vendor = vendors.by_port(request.environ["SERVER_PORT"])
    if request.method == "POST":
        _press(vendor, request.POST)
        return HttpResponseRedirect("/webhooks/")
    described = vendors.find_webhooks(vendor)
    context = {
        "heading": "Webhooks",
        "name": NAMES[vendor],
        "subscriptions": described.describe() if described else [],
        "deliveries": Delivery.objects.filter(vendor=vendor).order_by("-pk")[:MOST_ROWS],
        "switches": [(name, words, switches.get(name)) for name, words in SWITCHES],
        "gaps": GAPS,
        "gap": switches.get("webhooks_gap_percent"),
        "most": MOST_ROWS,
    }
    return render(request, "core/webhooks.html", context)


def _press(vendor: str, given: QueryDict) -> None:
    name, number, gap = (given.get(each, "") for each in ("switch", "number", "gap"))
    if name in dict(SWITCHES):
        switches.change({name: not switches.get(name)})
    if gap in {str(percent) for percent, _ in GAPS}:
        switches.change({"webhooks_gap_percent": int(gap)})
    row = int(number) if number.isdecimal() and len(number) < 10 else None
    if given.get("again") and row is not None:
        sending.send_again(row)
    module = vendors.find_webhooks(vendor)
    if given.get("state") and module is not None:
        module.move(row, given["state"])


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
