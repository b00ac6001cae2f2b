"""The pages a person can use: who they are, deals, contacts, apps, data fields."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from sandbox.core import clients, clock, codec
from sandbox.pipedrive import (
    api,
    contacts,
    deal_products,
    deals,
    fields,
    forms,
    merging,
    pricing,
    shell,
    uninstalling,
    visitors,
)
from sandbox.pipedrive.models import Company, Deal, Field, Installation, User

STATUSES = ("open", "won", "lost", "deleted", "archived")


@require_http_methods(["GET"])
def home(request: HttpRequest) -> HttpResponse:
    """The deals of whoever is at the browser, or the question who that is."""
    visitor = visitors.get(request)
    if visitor is None:
        companies = Company.objects.prefetch_related("users")
        return render(request, "pipedrive/people.html", {"companies": companies})
    chosen = request.GET.get("status", "")
    rows = Deal.objects.visible_to_user(visitor).filter(is_archived=chosen == "archived")
    if chosen in STATUSES and chosen != "archived":
        rows = rows.filter(status=chosen)
    elif chosen != "archived":
        rows = rows.filter(is_deleted=False)
    context = {
        "visitor": visitor,
        "deals": rows.select_related("organization", "person", "owner").order_by("number"),
        "statuses": STATUSES,
        "chosen": chosen,
    }
    return render(request, "pipedrive/deals.html", context)


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Become somebody."""
    chosen = request.POST.get("user_id", "")
    user = User.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
    response = HttpResponseRedirect(visitors.read_back(request))
    return visitors.remember(response, user) if user else response


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Be nobody again."""
    return visitors.forget(HttpResponseRedirect("/"))


@visitors.page("GET", "POST")
def show_deal(request: HttpRequest, visitor: User, number: int) -> HttpResponse:
    """One deal; posting changes its details."""
    deal = deals.find(visitor, number)
    if request.method == "GET":
        return _show_deal(request, visitor, deal)
    details = forms.DealDetails(_editable(deal), request.POST)
    if not details.is_valid():
        return _show_deal(request, visitor, deal, details=details)
    with transaction.atomic():
        deals.apply(deal, details.get_changes(), by=visitor, now=clock.now())
    return HttpResponseRedirect(f"/deal/{number}")


@visitors.page("POST")
def move_deal(request: HttpRequest, visitor: User, number: int) -> HttpResponse:
    """Mark a deal won, lost or open, archive it or bring it back."""
    deal = deals.find(visitor, number)
    move = request.POST.get("move", "")
    changes: dict[str, Any] = {"is_archived": move == "archive"}
    if move in ("open", "won", "lost"):
        changes = {"status": move, "is_deleted": False}
        _editable(deal)
    elif move == "delete":
        changes = {"is_deleted": True}
    elif move not in ("archive", "unarchive"):
        raise api.Refused(400, "This is not something a deal can do.")
    with transaction.atomic():
        deals.apply(deal, changes, by=visitor, now=clock.now())
    return HttpResponseRedirect(f"/deal/{number}")


@visitors.page("POST")
def merge_deal(request: HttpRequest, visitor: User, number: int) -> HttpResponse:
    """Have a deal become part of another one."""
    into = request.POST.get("into", "")
    if not (into.isdecimal() and len(into) < 10):
        raise api.Refused(400, "Say which deal it becomes part of, by its number.")
    with transaction.atomic():
        merging.merge(
            deals.find(visitor, number), deals.find(visitor, int(into)), by=visitor, now=clock.now()
        )
    return HttpResponseRedirect(f"/deal/{int(into)}")


@visitors.page("POST")
def add_line(request: HttpRequest, visitor: User, number: int) -> HttpResponse:
    """Attach a product."""
    deal = _editable(deals.find(visitor, number))
    new = forms.NewLine(deal, request.POST)
    if not new.is_valid():
        return _show_deal(request, visitor, deal, new=new)
    with transaction.atomic():
        deal_products.add_line(deal, new.cleaned_data, now=clock.now())
    return HttpResponseRedirect(f"/deal/{number}")


@visitors.page("POST")
def change_line(request: HttpRequest, visitor: User, number: int, line_number: int) -> HttpResponse:
    """Change a line, or take it off."""
    deal = _editable(deals.find(visitor, number))
    line = deal_products.find_line(deal, line_number)
    if request.POST.get("action") == "remove":
        with transaction.atomic():
            deal_products.remove_line(line, now=clock.now())
        return HttpResponseRedirect(f"/deal/{number}")
    form = forms.Line(line, request.POST)
    if not form.is_valid():
        return _show_deal(request, visitor, deal, wrong=(line_number, form))
    with transaction.atomic():
        deal_products.change_line(line, form.cleaned_data, now=clock.now())
    return HttpResponseRedirect(f"/deal/{number}")


@visitors.page("GET", "POST")
def show_organization(request: HttpRequest, visitor: User, number: int) -> HttpResponse:
    """One organization; posting changes it."""
    row = contacts.organizations(visitor).filter(number=number).first()
    return _show_contact(request, visitor, row, "organization", forms.OrganizationDetails)


@visitors.page("GET", "POST")
def show_person(request: HttpRequest, visitor: User, number: int) -> HttpResponse:
    """One person; posting changes them."""
    row = contacts.persons(visitor).filter(number=number).first()
    return _show_contact(request, visitor, row, "person", forms.PersonDetails)


@visitors.page("GET", "POST")
def marketplace(request: HttpRequest, visitor: User) -> HttpResponse:
    """The installed app; posting uninstalls it for whoever is at the browser."""
    if request.method == "POST":
        told = uninstalling.uninstall(visitor)
        return HttpResponseRedirect(f"/settings/marketplace?told={told or 'nothing'}")
    installations = Installation.objects.filter(user__company=visitor.company_id)
    context = {
        "visitor": visitor,
        "app_name": clients.APP_NAME,
        "app_url": settings.SANDBOX_APP_URLS[0],
        "installations": installations.select_related("user").order_by("user"),
        "is_installed": installations.filter(user=visitor).exists(),
        "client_id": clients.PIPEDRIVE.client_id,
        "told": request.GET.get("told"),
    }
    return render(request, "pipedrive/marketplace.html", context)


@visitors.page("GET", "POST")
def data_fields(request: HttpRequest, visitor: User) -> HttpResponse:
    """Every field with its code; posting deletes a custom one."""
    if request.method == "POST":
        entity, code = request.POST.get("entity", ""), request.POST.get("code", "")
        if not fields.delete(company_id=visitor.company_id, entity=entity, code=code):
            raise api.not_found("Field")
        return HttpResponseRedirect("/settings/fields")
    rows = Field.objects.filter(company=visitor.company_id)
    groups = [
        (label, [row for row in rows if row.entity == entity])
        for entity, label in Field.Entity.choices
    ]
    return render(request, "pipedrive/fields.html", {"visitor": visitor, "groups": groups})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that is not there: JSON for the API, a page for people."""
    if request.path.startswith(("/api/", "/v1/")):
        return codec.respond({"success": False, "error": "Unknown method ."}, status=404)
    context = {"visitor": visitors.get(request), "problem": "This page does not exist."}
    return render(request, "pipedrive/refused.html", context, status=404)


def _editable(deal: Deal) -> Deal:
    if deal.is_archived or deal.is_deleted:
        raise api.Refused(400, "Archived and deleted deals cannot be changed.")
    return deal


def _show_deal(
    request: HttpRequest,
    visitor: User,
    deal: Deal,
    *,
    details: forms.DealDetails | None = None,
    new: forms.NewLine | None = None,
    wrong: tuple[int, forms.Line] | None = None,
) -> HttpResponse:
    lines = [
        {
            "line": line,
            "sum": pricing.line_sum(line),
            "form": wrong[1] if wrong and wrong[0] == line.number else forms.Line(line),
        }
        for line in deal.lines.all()
    ]
    context = shell.of_deal(request, visitor, deal) | {
        "lines": lines,
        "details": details or forms.DealDetails(deal),
        "new": new or forms.NewLine(deal),
    }
    status = 400 if details or new or wrong else 200
    return render(request, "pipedrive/deal.html", context, status=status)


def _show_contact(
    request: HttpRequest, visitor: User, row: Any, entity: str, details: Any
) -> HttpResponse:
    if row is None:
        raise api.not_found(entity.capitalize())
    form = details(row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            contacts.apply(row, form.get_changes(), now=clock.now())
        return HttpResponseRedirect(f"/{entity}/{row.number}")
    deals_of = Deal.objects.visible_to_user(visitor).filter(is_deleted=False, **{entity: row})
    context = {"visitor": visitor, "row": row, "entity": entity, "form": form}
    status = 400 if request.method == "POST" else 200
    return render(
        request,
        "pipedrive/contact.html",
        context | {"deals": deals_of.order_by("number")},
        status=status,
    )
