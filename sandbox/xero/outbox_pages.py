"""The outbox: which mails the pretend Xero says it sent, for a person to look at."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from sandbox.xero.models import Organisation

_MOST_ROWS = 200


@require_GET
def outbox(request: HttpRequest, short_code: str) -> HttpResponse:
    """List the mails of an organisation, newest first."""
    found = get_object_or_404(Organisation, short_code=short_code)
    rows = found.outbox.select_related("invoice__contact").order_by("-pk")[:_MOST_ROWS]
    context = {
        "heading": "Outbox",
        "organisation": found,
        "mails": [
            {"mail": row, "at": datetime.fromtimestamp(row.at_ms / 1000, UTC)} for row in rows
        ],
    }
    return render(request, "xero/outbox.html", context)
