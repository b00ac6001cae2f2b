"""All invoices of the company: the list, its totals, its charts and its file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from connections import audit, time_zones
from connections.models import XeroConnection
from connections.templatetags import display
from connections.web import CompanyRequest, books_required
from invoices import (
    export,
    ledger,
    ledger_charts,
    ledger_figures,
    ledger_filters,
    ledger_form,
    ledger_rows,
)

MAX_CURRENCY = 3


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an address asks for, read against what the company has."""

    head: ledger.Head
    form: ledger_form.LedgerFilters
    today: date
    sees_amounts: bool

    @property
    def connection(self) -> XeroConnection:
        return self.head.connection


@books_required
@require_safe
def list_page(request: CompanyRequest) -> HttpResponse:
    """A page of the list. The totals are a part of their own, so that nobody waits for them."""
    asked = _read(request, request.GET)
    if asked is None:
        return render(request, "invoices/ledger.html", {"is_connected": False})
    context = _context(request, asked)
    if asked.form.is_valid():
        place = ledger_form.read_place(request.GET, sees_amounts=asked.sees_amounts)
        page = ledger.read_page(
            asked.connection, asked.form.filters(), place.sort, place.page, today=asked.today
        )
        context |= {
            "page": page,
            "rows": ledger_rows.present(
                page.rows, today=asked.today, sees_amounts=asked.sees_amounts
            ),
            "columns": _columns(request.GET, place.sort, sees_amounts=asked.sees_amounts),
            **_page_links(request.GET, place, page),
        }
    return render(request, "invoices/ledger.html", context)


@books_required
@require_safe
def totals(request: CompanyRequest) -> HttpResponse:
    """The part of the list that says what the filtered invoices come to."""
    asked = _read(request, request.GET)
    context: dict[str, Any] = {}
    if asked is not None and asked.form.is_valid():
        context = _totals(asked)
    return render(request, "invoices/_ledger_totals.html", context)


@books_required
@require_safe
def charts_page(request: CompanyRequest) -> HttpResponse:
    """The same invoices as pictures, one currency at a time, each with its figures beneath."""
    asked = _read(request, request.GET)
    if asked is None:
        return render(request, "invoices/ledger_charts.html", {"is_connected": False})
    context = _context(request, asked)
    if asked.form.is_valid() and asked.sees_amounts:
        groups = ledger.read_groups(asked.connection, asked.form.filters(), today=asked.today)
        found = ledger_figures.totals(groups)
        currency = _chosen_currency(request, asked.connection, [each.currency for each in found])
        context |= {
            "totals": ledger_rows.present_totals(found),
            "currency": currency,
            "currencies": [
                (each.currency, ledger_form.address(request.GET, **{"in": each.currency}))
                for each in found
            ],
            "charts": ledger_charts.draw(groups, currency, today=asked.today) if found else [],
        }
    return render(request, "invoices/ledger_charts.html", context)


@books_required
@require_POST
def export_file(request: CompanyRequest) -> HttpResponseBase:
    """
    The filtered rows as a file, all pages of them, sent while they are read.

    A press and not a link, because it leaves a record of who took what (P-21).
    """
    now = timezone.now()
    asked = _read(request, request.POST, now=now)
    back = f"{reverse('invoices:ledger')}?{ledger_form.address(request.POST)}"
    if asked is None or not asked.form.is_valid():
        return redirect(back)
    place = ledger_form.read_place(request.POST, sees_amounts=asked.sees_amounts)
    filters = asked.form.filters()
    found = ledger.count(asked.connection, filters, today=asked.today)
    if found > ledger.MAX_EXPORTED:
        messages.error(
            request,
            _("One file holds at most %(most)s invoices; these are %(found)s. Narrow the filters.")
            % {"most": display.number(ledger.MAX_EXPORTED), "found": display.number(found)},
        )
        return redirect(back)
    audit.record(
        "invoices.exported",
        now=now,
        company=request.company,
        actor=request.membership.user,
        subject=f"xero_connection:{asked.connection.pk}",
        after={
            "invoices": found,
            "with_amounts": asked.sees_amounts,
            "filters": sorted(name for name in ledger_form.NAMES if request.POST.get(name)),
        },
    )
    language = request.LANGUAGE_CODE or ""
    pieces = export.write(
        ledger.iterate(asked.connection, filters, place.sort, today=asked.today),
        today=asked.today,
        sees_amounts=asked.sees_amounts,
        dialect=export.dialect_of(language),
    )
    name = _("invoices-%(day)s.csv") % {"day": asked.today.isoformat()}
    return StreamingHttpResponse(
        pieces,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Invoices": str(found),  # of which the page says how many have come
        },
    )


def _read(
    request: CompanyRequest, data: QueryDict, *, now: datetime | None = None
) -> _Asked | None:
    """Return what is asked for; None while the company has no organisation."""
    head = ledger.read_head(request.company)
    if head is None:
        return None
    today = time_zones.organisation_today(head.connection, now or timezone.now())
    form = ledger_form.LedgerFilters(data, head=head, today=today)
    return _Asked(head, form, today, request.membership.can_see_amounts)


def _context(request: HttpRequest, asked: _Asked) -> dict[str, Any]:
    """What the list and the charts have in common: filters, their addresses, the data's age."""
    data = request.GET
    connection = asked.connection
    return {
        "is_connected": True,
        "connection": connection,
        "form": asked.form,
        "sees_amounts": asked.sees_amounts,
        "is_filtered": bool(ledger_form.address(data)),
        "query": ledger_form.address(data),
        "sort": data.get("sort", ""),
        "kept": [
            (name, value) for name in ledger_form.NAMES for value in data.getlist(name) if value
        ],
        "checked": display.moment(connection.polled_at) if connection.polled_at else "",
        "is_stale": not connection.is_usable,
        "most_exported": display.number(ledger.MAX_EXPORTED),
    }


def _totals(asked: _Asked) -> dict[str, Any]:
    filters = asked.form.filters()
    if not asked.sees_amounts:
        found = ledger.count(asked.connection, filters, today=asked.today)
        return {"count": found, "count_text": display.number(found)}
    groups = ledger.read_groups(asked.connection, filters, today=asked.today)
    return {"totals": ledger_rows.present_totals(ledger_figures.totals(groups))}


def _chosen_currency(
    request: HttpRequest, connection: XeroConnection, currencies: list[str]
) -> str:
    """The currency asked for, else the organisation's own, else the first that there is."""
    for code in (request.GET.get("in", "")[:MAX_CURRENCY], connection.base_currency):
        if code in currencies:
            return code
    return currencies[0] if currencies else ""


@dataclass(frozen=True, slots=True)
class _Column:
    """A heading that sorts; `state` is aria-sort's word, "" where it does not sort now."""

    label: str
    href: str
    state: str
    is_number: bool


def _columns(data: QueryDict, sort: str, *, sees_amounts: bool) -> dict[str, _Column]:
    labels = {
        "number": _("Number"),
        "status": _("Status"),
        "contact": _("Contact"),
        "issue_date": _("Issue date"),
        "due_date": _("Due date"),
        "total": _("Total"),
        "amount_due": _("Amount due"),
    }
    columns = {}
    for name, label in labels.items():
        is_amount = name in ledger_filters.AMOUNT_SORTS
        if is_amount and not sees_amounts:
            continue
        state = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
        # Dates and amounts are first wanted the newest and the largest first.
        first = f"-{name}" if is_amount or name.endswith("_date") else name
        again = name if sort == f"-{name}" else f"-{name}"
        following = again if state else first
        columns[name] = _Column(
            label, f"?{ledger_form.address(data, sort=following)}", state, is_amount
        )
    return columns


def _page_links(data: QueryDict, place: ledger_form.Place, page: ledger.Page) -> dict[str, str]:
    """Where the neighbours of a page are, and which rows it shows."""
    sort = place.sort if place.sort != ledger_filters.DEFAULT_SORT else ""
    links = {"first_href": f"?{ledger_form.address(data, sort=sort)}"}
    if page.number > 1:
        before = str(page.number - 1) if page.number > 2 else ""
        links["previous_href"] = f"?{ledger_form.address(data, sort=sort, page=before)}"
    if page.has_more and not page.is_too_far:
        links["next_href"] = f"?{ledger_form.address(data, sort=sort, page=str(page.number + 1))}"
    if page.rows and (page.number > 1 or page.has_more):
        start = (page.number - 1) * ledger.PAGE_SIZE
        links["summary"] = _("Invoices %(first)s to %(last)s") % {
            "first": display.number(start + 1),
            "last": display.number(start + len(page.rows)),
        }
    return links
