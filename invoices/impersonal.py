"""Xero's answer to an operation without what it repeats of a customer (P-12, S-36)."""

from __future__ import annotations

from connections import masking
from invoices.models import Operation


def messages(operation: Operation) -> list[str]:
    """
    Return what Xero said: figures, codes and ids, no name or address that it was told.

    What was refused with its contact has the contact's name in its summary, not in its request.
    """
    name = str(operation.summary.get("contact_name") or "")
    told = masking.personal_texts(operation.request_body) | ({name} if name else set())
    return [masking.said(str(each), told) for each in operation.error_messages]
