"""Each component of the pages in each of its states, for who works on them: DEBUG only."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from connections import runtime
from connections.models import Company, Membership, User, XeroConnection
from connections.templatetags import display
from invoices import cards, ledger_charts
from invoices.ledger import Group
from invoices.models import Invoice, Operation
from invoices.queries import Card

State, Status = Operation.State, Invoice.Status
_LONG_AGO = timedelta(days=1)  # what is so old is not asked about again by its card
_GROUPS = (
    Group("GBP", Status.DRAFT, 0, None, 4, Decimal("1200.00"), Decimal("1200.00"), Decimal()),
    Group("GBP", Status.AUTHORISED, 2, None, 3, Decimal(8450), Decimal(6000), Decimal(2450)),
    Group("GBP", Status.PAID, 0, date(2026, 3, 1), 9, Decimal(23800), Decimal(), Decimal(23800)),
)


class Sample(forms.Form):
    """A field of each kind; shown empty, and with what is wrong in it."""

    contact = forms.CharField(label=_("Contact"), help_text=_("Xero assigns it"))
    email = forms.EmailField(label=_("Email"), required=False)
    address = forms.CharField(label=_("Address"), widget=forms.Textarea(attrs={"rows": 2}))
    due_date = forms.DateField(label=_("Due date"))
    quantity = forms.DecimalField(
        label=_("Quantity"), widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    status = forms.ChoiceField(label=_("Status"), choices=Status.choices)
    can_email = forms.BooleanField(label=_("Can email"))

    def clean(self) -> None:
        """:raises ValidationError: always, to be seen"""
        raise forms.ValidationError(_("Nothing was changed. Please try again in a minute."))


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show the styleguide.

    :raises Http404: this is no development
    """
    if not settings.DEBUG:
        raise Http404
    now = timezone.now()
    wrong = Sample({"email": "emma", "quantity": "many", "status": "OPEN"}, auto_id="wrong_%s")
    return render(
        request,
        "styleguide/page.html",
        {
            "statuses": display.STATUSES,
            "tones": ("primary", "", "danger", "quiet", "link"),
            "banners": ("info", "success", "warning", "error"),
            "empty_form": Sample(auto_id="empty_%s"),
            "wrong_form": wrong,
            "cards": _cards(now),
            "panel_cards": _cards(now),
            "charts": ledger_charts.draw(_GROUPS, "GBP", today=date(2026, 3, 20)),
            "deal_id": 1,
            "day": date(2026, 3, 20),
            "amount": Decimal("1234567.8"),
            "now": now,
        },
    )


def _cards(now: datetime) -> list[cards.CardView]:
    """Return a card of each status and flag, of each state of an operation, of each difference."""
    company = Company(name="Brightside Interiors", state=Company.State.ACTIVE)
    connection = XeroConnection(
        company=company,
        state=XeroConnection.State.ACTIVE,
        organisation_name="Brightside Interiors Ltd",
        short_code="!brght",
    )
    invoices = [_invoice(connection, now, status) for status in Status.values]
    partly = _invoice(connection, now, Status.AUTHORISED, amount_paid=Decimal(100))
    partly.amount_due, partly.due_date = Decimal("1134.5"), date(2026, 2, 1)
    acted_on = [
        Card(
            None,
            _invoice(connection, now, Status.DRAFT),
            _operation(connection, now, state, kind="approve"),
        )
        for state in (State.SENDING, State.UNSURE, State.REFUSED, State.NEEDS_PERSON)
    ]
    changed = acted_on[2].action
    assert changed is not None
    changed.error_code, changed.error_messages = "changed_in_xero", []
    different = _operation(connection, now, State.DONE)
    for each in (changed, different):
        each.differences = [
            {"field": "total", "line": 0, "confirmed": "1234.5000", "in_xero": "1234.5600"}
        ]
    shown = [
        *(Card(_operation(connection, now, state), None) for state in State.values),
        *(Card(None, invoice) for invoice in (*invoices, partly)),
        *acted_on,
        Card(different, _invoice(connection, now, Status.DRAFT)),
    ]
    membership = Membership(company=company, user=User(), role=Membership.Role.ADMIN, can_void=True)
    settings_now = runtime.snapshot()
    return [
        cards.present(
            each,
            membership=membership,
            live=connection,
            web_url=settings.XERO_WEB_URL,
            today=date(2026, 3, 20),
            runtime=settings_now,
            now=now,
        )
        for each in shown
    ]


def _invoice(
    connection: XeroConnection, now: datetime, status: str, *, amount_paid: Decimal = Decimal()
) -> Invoice:
    return Invoice(
        pk=uuid.uuid4().int >> 80,
        company=connection.company,
        connection=connection,
        xero_invoice_id=uuid.uuid4(),
        number="INV-0042",
        xero_status=status,
        contact_name="Işıl Çağrı Mobilya Sanayi ve Ticaret Ltd. Şti.",
        currency_code="GBP",
        issue_date=date(2026, 3, 13),
        due_date=date(2026, 3, 20),
        total=Decimal("1234.5"),
        amount_due=Decimal(0 if status == Status.PAID else "1234.5"),
        amount_paid=amount_paid,
        xero_updated_at=now,
        checked_at=now,
        has_contact_email=status != Status.AUTHORISED,
    )


def _operation(
    connection: XeroConnection, now: datetime, state: str, *, kind: str = Operation.Kind.CREATE
) -> Operation:
    return Operation(
        company=connection.company,
        connection=connection,
        kind=kind,
        state=state,
        state_changed_at=now,
        created_at=now - _LONG_AGO,
        summary={"total": "1234.50", "currency_code": "GBP", "contact_name": "Harbour Dental Ltd"},
        error_messages=["Account code '299' is not a valid code for this document."]
        if state == State.REFUSED
        else [],
    )
