"""The preferences page: what fills an invoice, with a live example from a real deal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from connections.runtime import snapshot
from connections.web import CompanyRequest, member_required
from mappings import customer, forms, pickers, planning, preferences_page, services, sources
from mappings.sources import Records

EXAMPLE_MONTH, EXAMPLE_DAY = 3, 13  # the 13 March of M-13


@dataclass(frozen=True, slots=True)
class PickerRow:
    """A picker, what it shows, and its example; red once its field is gone (R-10)."""

    field: BoundField
    chosen: str
    is_chosen: bool
    example: str
    warning: str


@dataclass(frozen=True, slots=True)
class DefaultRow:
    """One of Xero's lists and what it shows; red once what was saved is gone from it."""

    field: BoundField
    chosen: str
    warning: str


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def preferences(request: CompanyRequest) -> HttpResponse:
    """Show the company's preferences to every member; admins change them (M-14, R-8)."""
    membership, now = request.membership, timezone.now()
    if request.method == "POST" and not membership.is_admin:
        raise PermissionDenied
    available = preferences_page.load(membership, now=now)
    form = forms.PreferencesForm(
        request.POST if request.method == "POST" else None,
        available=available,
        can_change=membership.is_admin,
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.save_preferences(
                company=request.company,
                by=membership.user,
                choices=form.choices(),
                version=form.cleaned_data["version"],
                now=now,
            )
        except services.ChangedMeanwhile:
            form.add_error(
                None,
                _(
                    "Somebody else saved the preferences in the meantime. Nothing was changed; "
                    "reload the page to see theirs, then save yours again."
                ),
            )
        else:
            messages.success(
                request, _("The preferences are saved. New invoices use them from now on.")
            )
            return redirect("mappings:preferences")
    return _show(request, form, available, now)


@require_GET
@member_required
def example(request: CompanyRequest) -> HttpResponse:
    """What a picker's present choice gives for a recent deal (R-9)."""
    target = request.GET.get("target", "")
    if target not in customer.TARGETS:
        return HttpResponse(status=400)
    found = preferences_page.load_example(request.membership, now=timezone.now())
    entry, text = None, ""
    if found is not None:
        shown, lists = found
        groups = pickers.list_entries(target, (), lists)
        chosen = (
            one
            for entries in groups.values()
            for one in entries
            if one.value == request.GET.get(target)
        )
        entry = next(chosen, None)
        text = _example_text(request, entry, shown.records(lists))
    return render(
        request,
        "mappings/_example.html",
        {
            "target": target,
            "is_chosen": entry is not None,
            "example": text,
            "is_unreachable": found is None,
        },
    )


@require_GET
@member_required
def due_example(request: CompanyRequest) -> HttpResponse:
    """What the number of days gives for an invoice of 13 March."""
    return render(
        request,
        "mappings/_due_example.html",
        _due_example(request.GET.get("due_days", ""), timezone.now()),
    )


def _show(
    request: CompanyRequest,
    form: forms.PreferencesForm,
    available: preferences_page.Available,
    now: datetime,
) -> HttpResponse:
    records = available.example.records(available.fields)
    rows = [
        PickerRow(
            field=form[target],
            chosen=form.chosen_label(target),
            is_chosen=form.shown_entry(target) is not None,
            example=_example_text(request, form.shown_entry(target), records),
            warning=form.warnings.get(target, ""),
        )
        for target in customer.TARGETS
    ]
    context = {
        "form": form,
        "rows": rows,
        "available": available,
        "can_change": request.membership.is_admin,
        "is_void_paid_on": snapshot().void_paid_invoices,
        "defaults": [
            DefaultRow(form[name], form.chosen_label(name), form.warnings.get(name, ""))
            for name in _DEFAULTS
        ],
        **_due_example(str(form["due_days"].value()), now),
    }
    return render(
        request,
        "mappings/preferences.html",
        context,
        status=422 if form.is_bound and form.errors else 200,
    )


_DEFAULTS = ("tax_mode", "account_code", "tax_type", "branding_theme_id")


def _example_text(request: CompanyRequest, entry: pickers.Entry | None, records: Records) -> str:
    if entry is None or entry.is_deleted or records.deal is None:
        return ""
    if not request.membership.can_see_amounts and sources.is_amount(records, entry.source):
        return _("an amount, which you may not see")
    return customer.fill_one(records, entry.source)


def _due_example(due_days: str, now: datetime) -> dict[str, date | None]:
    issue_date = date(now.year, EXAMPLE_MONTH, EXAMPLE_DAY)
    days = forms.read_due_days(due_days)
    return {
        "issue_example": issue_date,
        "due_example": None if days is None else planning.due_date_after(issue_date, days),
    }
