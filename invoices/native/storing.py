"""Storing what Pipedrive's Invoice tab asked for: an operation of nobody by name, and its trail."""

from __future__ import annotations

import uuid
from typing import Any

from connections import audit
from connections.models import XeroConnection
from invoices import operations
from invoices.models import Operation
from invoices.native.door import Call


def store(
    call: Call,
    connection: XeroConnection,
    kind: str,
    *,
    event: str,
    operation_id: uuid.UUID,
    body: str,
    summary: dict[str, Any],
    xero_contact_id: str | None = None,
    depends_on: Operation | None = None,
) -> Operation:
    """
    Store one write for Xero, without ringing for it: whoever asked waits while it is sent.

    :param event: what the audit trail calls the asking
    :param body: the exact text to send
    :param summary: what a page tells of it
    :param depends_on: the contact's operation that has to be done first
    """
    asked = audit.recording(
        event,
        company=call.company,
        subject=f"operation:{operation_id}",
        after={"front": "native"},
        now=call.now,
    )
    return operations.record(
        company=call.company,
        connection=connection,
        kind=kind,
        operation_id=operation_id,
        submission_id=uuid.uuid4(),
        body=body,
        summary=summary,
        xero_contact_id=xero_contact_id,
        depends_on=depends_on,
        requested_by=None,
        beside=[asked],
        rings=False,
        now=call.now,
    )
