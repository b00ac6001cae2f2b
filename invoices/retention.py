"""What of an invoice's making is forgotten, and when (reliability S-36)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from connections.runtime import snapshot
from invoices import impersonal
from invoices.models import DialogDraft, NativeCall, Operation

# Long enough for a holiday, short enough for a customer's data that leads to nothing.
DRAFTS_KEPT = timedelta(days=14)
# Longer than a repeat counts as one (F-39).
CALLS_KEPT = timedelta(days=1)
FORMS_AT_ONCE = 1_000
# What a card still shows and a link still needs: figures and ids, nobody's name.
_KEPT_OF_A_SUMMARY = ("total", "currency_code", "organization_id", "person_id")


def forget_drafts(*, now: datetime) -> int:
    """Delete begun dialogs that nobody has touched for too long; returns how many."""
    old = DialogDraft.objects.across_companies().filter(saved_at__lte=now - DRAFTS_KEPT)
    return old.delete()[0]


def forget_calls(*, now: datetime) -> int:
    """Delete what tells repeats of calls that have ended long ago; returns how many."""
    ended = Q(operation__isnull=True) | Q(
        operation__state__in=[Operation.State.DONE, Operation.State.REFUSED]
    )
    old = NativeCall.objects.across_companies().filter(ended, made_at__lte=now - CALLS_KEPT)
    return old.delete()[0]


def forget(*, now: datetime) -> int:
    """Forget drafts, typed forms and what tells old repeats; returns how many."""
    return forget_drafts(now=now) + forget_forms(now=now) + forget_calls(now=now)


def forget_forms(*, now: datetime) -> int:
    """
    Forget what was typed for operations that ended long ago: Xero has it, or it came to nothing.

    :return: how many were emptied, a lot at a time
    """
    before = now - timedelta(days=snapshot().form_days)
    ended = Operation.objects.across_companies().filter(
        state__in=(Operation.State.DONE, Operation.State.REFUSED), finished_at__lt=before
    )
    told = ended.only("pk", "summary", "request_body", "error_messages")
    rows = list(told.exclude(request_body="").order_by("finished_at")[:FORMS_AT_ONCE])
    for row in rows:
        row.error_messages = impersonal.messages(row)
        row.request_body = ""
        row.summary = {
            name: row.summary[name] for name in _KEPT_OF_A_SUMMARY if name in row.summary
        }
    Operation.objects.across_companies().bulk_update(
        rows, ["request_body", "summary", "error_messages"]
    )
    return len(rows)
