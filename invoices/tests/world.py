"""What the tests of sending and following share: a press, its next step, and Xero's truth."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from connections.runtime import Runtime, snapshot
from connections.xero.drafts import NewContact, NewInvoice, NewLineItem
from invoices import operations, sending
from invoices.models import Operation
from tests.vendors import Connected

DEAL = 41
WRITES = "PUT"


def runtime(**changes: Any) -> Runtime:
    """Return the settings as they are, but for these."""
    return Runtime(**{name: getattr(snapshot(), name) for name in Runtime.__slots__} | changes)


def contact_id(world: Connected) -> str:
    """Return an active contact of the organisation."""
    contacts = holds(world, "contacts")
    return next(str(each["ContactID"]) for each in contacts if each["ContactStatus"] == "ACTIVE")


def holds(world: Connected, part: str) -> Any:
    """Return one part of the sandbox's truth about the connected organisation."""
    return world.vendors.holds(world.connection.tenant_id, part)


def made(world: Connected, operation: Operation) -> list[dict[str, Any]]:
    """Return the invoices that Xero holds for one press."""
    marker = f"#ib={operation.id}"
    return [
        each
        for each in world.vendors.invoices(world.connection.tenant_id)
        if each.get("Url", "").endswith(marker)
    ]


def writes(world: Connected, method: str = WRITES) -> list[dict[str, Any]]:
    """Return the writes that Xero has seen, the oldest first."""
    traffic: list[dict[str, Any]] = world.vendors.control("traffic?vendor=xero")
    return [each for each in traffic if each["method"] == method]


def body(world: Connected, operation_id: uuid.UUID, contact: str | None = None) -> str:
    """Return the exact text of a plausible invoice: 2 x 10.50 without tax."""
    return NewInvoice(
        contact_id=contact or contact_id(world),
        line_items=(
            NewLineItem(
                description="Oak desk",
                quantity=Decimal(2),
                unit_amount=Decimal("10.50"),
                account_code="200",
                tax_type="NONE",
            ),
        ),
        invoice_date=date(2026, 3, 13),
        due_date=date(2026, 3, 20),
        currency_code="GBP",
        reference="Oak desks",
        url=f"https://brightside.pipedrive.example/deal/{DEAL}#ib={operation_id}",
    ).to_json()


def press(
    world: Connected,
    *,
    now: datetime | None = None,
    deal_id: int = DEAL,
    depends_on: Operation | None = None,
    request_body: str | None = None,
) -> Operation:
    """Store one press of Create invoice."""
    operation_id = uuid.uuid4()
    contact = None if depends_on is None else str(depends_on.id)
    return operations.record(
        company=world.company,
        connection=world.connection,
        kind=Operation.Kind.CREATE,
        submission_id=uuid.uuid4(),
        operation_id=operation_id,
        body=request_body or body(world, operation_id, contact),
        summary={"total": "21.00", "currency_code": "GBP"},
        requested_by=world.user,
        deal_id=deal_id,
        depends_on=depends_on,
        now=now or timezone.now(),
    )


def press_contact(world: Connected, name: str, *, now: datetime) -> Operation:
    """Store that a contact is to be made first."""
    operation_id = uuid.uuid4()
    return operations.record(
        company=world.company,
        connection=world.connection,
        kind=Operation.Kind.CREATE_CONTACT,
        submission_id=uuid.uuid4(),
        operation_id=operation_id,
        body=NewContact(name=name, contact_number=str(operation_id)).to_json(),
        summary={"organization_id": 5, "person_id": None},
        requested_by=world.user,
        deal_id=DEAL,
        now=now,
    )


def send(operation: Operation, *, now: datetime, **changes: Any) -> Operation:
    """Let a worker do the next step, and return the row as it is then."""
    sending.send(operation.id, now=now, runtime=runtime(**changes))
    return fresh(operation)


def fresh(operation: Operation) -> Operation:
    """Return the row as it is now."""
    return Operation.objects.across_companies().get(pk=operation.pk)


def story(operation: Operation) -> list[str]:
    """Return the steps an operation has taken, in order."""
    return [str(event.to_state) for event in operation.events.order_by("pk")]


def seconds(count: float) -> timedelta:
    """Return a time span."""
    return timedelta(seconds=count)
