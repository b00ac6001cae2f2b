"""What of an invoice's making is forgotten, and when (reliability S-36)."""

from __future__ import annotations

from datetime import datetime, timedelta

from invoices.models import DialogDraft

# Long enough for a holiday, short enough for a customer's data that leads to nothing.
DRAFTS_KEPT = timedelta(days=14)


def forget_drafts(*, now: datetime) -> int:
    """Delete begun dialogs that nobody has touched for too long; returns how many."""
    old = DialogDraft.objects.across_companies().filter(saved_at__lte=now - DRAFTS_KEPT)
    return old.delete()[0]
