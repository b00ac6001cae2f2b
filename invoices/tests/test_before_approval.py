"""Which lines keep an invoice from being approved (M-34)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from invoices.models import Operation
from invoices.tests import pressing as p
from invoices.tests import world as w
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
TEXT: dict[str, Any] = {"Description": "Fitted on Friday"}
NOUGHTS = {"Quantity": 0, "UnitAmount": 0, "LineAmount": 0, "TaxAmount": 0}


@pytest.mark.parametrize("noughts", [{}, NOUGHTS])
def test_a_line_that_is_only_text_needs_neither_account_nor_tax_rate(
    connected: Connected, noughts: dict[str, Any]
) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    (held,) = p.truth(connected, invoice)["LineItems"]
    p.in_xero(connected, invoice, "edit", LineItems=[held, TEXT])
    # Whether Xero answers with noughts for it or leaves them out is not documented.
    connected.vendors.control(
        "faults",
        {
            "vendor": "xero",
            "path": f"/Invoices/{invoice.xero_invoice_id}",
            "kind": "alter",
            "json_path": "Invoices.0.LineItems.1",
            "value": TEXT | noughts,
            "times": None,
        },
    )
    invoice = p.mirrored(connected, invoice)
    now = timezone.now()

    operation = w.send(p.press("approve", connected, invoice, now=now), now=now)

    assert (operation.state, operation.error_code) == (Operation.State.DONE, "")
    assert p.truth(connected, invoice)["Status"] == "AUTHORISED"
