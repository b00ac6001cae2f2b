"""The Activity page: the company's own audit trail, for its admins."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from connections.web import CompanyRequest, admin_required
from invoices import activity
from invoices.activity_forms import ActivityFilters

UNPROCESSABLE = 422


@admin_required
@require_GET
def activity_page(request: CompanyRequest) -> HttpResponse:
    """List who did what in the company, the newest first."""
    form = ActivityFilters(request.GET, people=activity.list_people(request.company))
    context: dict[str, Any] = {"form": form, "is_filtered": form.is_filtered}
    if not form.is_valid():
        return render(request, "invoices/activity.html", context, status=UNPROCESSABLE)
    page = activity.load(request.company, form.filters(), number=form.page)
    context |= {
        "page": page,
        "previous_href": _address(request, page.number - 1) if page.number > 1 else "",
        "next_href": _address(request, page.number + 1) if page.has_next else "",
    }
    return render(request, "invoices/activity.html", context)


def _address(request: CompanyRequest, number: int) -> str:
    kept = [(name, request.GET[name]) for name in ActivityFilters.NAMES if request.GET.get(name)]
    return "?" + urlencode([*kept, ("page", str(number))])
