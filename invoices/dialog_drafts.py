"""Keeping begun dialogs between two visits (R-25)."""

from __future__ import annotations

from datetime import datetime

from connections.models import Membership
from invoices import dialog, dialog_restoring
from invoices.models import DialogDraft, Operation
from invoices.retention import DRAFTS_KEPT


def keep(opened: dialog.Dialog) -> None:
    """Store a dialog as it is now, in place of what was kept of it before; one query."""
    membership = opened.membership
    DialogDraft.objects.bulk_create(
        [
            DialogDraft(
                company_id=membership.company_id,
                membership=membership,
                deal_id=opened.submission.deal_id,
                submission_id=opened.submission.id,
                content=dialog_restoring.to_draft(opened),
                saved_at=opened.now,
            )
        ],
        update_conflicts=True,
        unique_fields=["membership", "deal_id"],
        update_fields=["submission_id", "content", "saved_at"],
    )


def find(membership: Membership, deal_id: int, *, now: datetime) -> DialogDraft | None:
    """Return what this person has begun for a deal; what was pressed meanwhile is not begun."""
    draft = (
        DialogDraft.objects.for_company(membership.company)
        .filter(membership=membership, deal_id=deal_id, saved_at__gt=now - DRAFTS_KEPT)
        .first()
    )
    if draft is None:
        return None
    pressed = Operation.objects.for_company(membership.company).filter(
        submission_id=draft.submission_id, kind=Operation.Kind.CREATE
    )
    return None if pressed.exists() else draft


def drop(membership: Membership, deal_id: int) -> None:
    """Forget what this person has begun for a deal."""
    DialogDraft.objects.for_company(membership.company).filter(
        membership=membership, deal_id=deal_id
    ).delete()
