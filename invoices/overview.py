"""A company on one page for support: health, gates, budget, counts, recent errors (product §10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from connections import gates, queries, wording
from connections.models import (
    ApiCall,
    Company,
    Membership,
    NativeRegistration,
    PipedriveAuthorisation,
    PipedriveSubscription,
    XeroConnection,
)
from connections.models.authorisations import AuthorisationState
from connections.runtime import Runtime
from invoices import ceilings
from invoices.models import DealInvoice, Invoice, Operation

# Nobody needs to know whether there are more, and a full count reads the table.
MOST_COUNTED: Final = 10_000
MOST_ERRORS: Final = 20
_READ_BACK: Final = 500


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, of which sort; `is_more` when counting stopped."""

    name: str
    number: int
    is_more: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """What support sees of a company at one glance. No token, no name of a person."""

    company: Company
    gate: str
    gate_text: str
    connection: XeroConnection | None
    xero_expires_at: datetime | None
    is_paused: bool
    pipedrive_alive: int
    pipedrive_expires_at: datetime | None
    pipedrive_success_at: datetime | None
    hooks: PipedriveSubscription | None
    native: NativeRegistration | None
    day_calls_left: int | None
    day_calls_allowed: int
    hour: ceilings.Hour
    counts: tuple[Count, ...]
    calls: tuple[ApiCall, ...]
    operations: tuple[Operation, ...]


def load(company: Company, *, runtime: Runtime, now: datetime) -> Overview:
    """Return a company's overview, by a fixed number of bounded queries."""
    connection = queries.last_connection(company)
    live = connection if connection and connection.state != XeroConnection.State.ENDED else None
    gate = gates.find_shut(company, live)
    grants = PipedriveAuthorisation.objects.for_company(company)
    alive = list(
        grants.filter(state=AuthorisationState.ACTIVE).values_list(
            "access_expires_at", "last_success_at"
        )[:MOST_COUNTED]
    )
    authorisation = live.authorisation if live else None
    return Overview(
        company=company,
        gate=gate,
        gate_text=str(wording.GATES[gate]) if gate else "",
        connection=connection,
        xero_expires_at=authorisation.access_expires_at if authorisation else None,
        is_paused=connection is not None and connection.is_paused(now),
        pipedrive_alive=len(alive),
        pipedrive_expires_at=max((expires for expires, _ok in alive), default=None),
        pipedrive_success_at=max((ok for _expires, ok in alive if ok), default=None),
        hooks=PipedriveSubscription.objects.for_company(company).first(),
        native=NativeRegistration.objects.for_company(company).first(),
        day_calls_left=connection.day_calls_left if connection else None,
        day_calls_allowed=runtime.xero_day_calls,
        hour=ceilings.last_hour(company, ceilings.limits_of(company, runtime), by=None, now=now),
        counts=_counts(company),
        calls=_failed_calls(company, now),
        operations=_failed_operations(company),
    )


def _counts(company: Company) -> tuple[Count, ...]:
    operations = Operation.objects.for_company(company)
    counted: tuple[tuple[str, QuerySet], ...] = (
        ("members", Membership.objects.for_company(company).filter(removed_at__isnull=True)),
        ("invoices", Invoice.objects.for_company(company)),
        ("on_deals", DealInvoice.objects.for_company(company)),
        ("under_way", operations.filter(state__in=Operation.OPEN_STATES)),
        ("need_person", operations.filter(state=Operation.State.NEEDS_PERSON)),
    )
    found = []
    for name, rows in counted:
        number = len(rows.order_by().values_list("pk")[: MOST_COUNTED + 1])
        found.append(Count(name, min(number, MOST_COUNTED), number > MOST_COUNTED))
    return tuple(found)


def _failed_calls(company: Company, now: datetime) -> tuple[ApiCall, ...]:
    recent = ApiCall.objects.for_company(company).filter(at__gte=now - timedelta(days=1))
    newest = recent.order_by("-at")[:_READ_BACK]
    return tuple(each for each in newest if each.error_code)[:MOST_ERRORS]


def _failed_operations(company: Company) -> tuple[Operation, ...]:
    newest = (
        Operation.objects.for_company(company)
        .defer("request_body", "summary")
        .order_by("-created_at")[:_READ_BACK]
    )
    failed = {Operation.State.REFUSED, Operation.State.NEEDS_PERSON}
    return tuple(each for each in newest if each.state in failed)[:MOST_ERRORS]
