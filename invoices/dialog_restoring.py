"""
Putting back what was typed earlier into a dialog that was just opened.

It comes from a creation that Xero refused, from a draft, or from a form that had grown too old to
be pressed. The lines are those that were typed, even if the deal has other products by now; that
it has is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext as _

from connections.models import XeroConnection
from connections.templatetags import display
from invoices import (
    dialog,
    dialog_form,
    dialog_lines,
    dialog_tokens,
    refusals,
)
from invoices.models import DialogDraft, Operation
from mappings import queries

Products = Mapping[str, tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """
    What was typed into an earlier form of the same deal, and what that form knew of the deal.

    `language` is the one it was typed in, "" where that was not kept yet. `original` holds Xero's
    messages on it; `saved_at` is set for a draft.
    """

    typed: Mapping[str, Sequence[str]]
    products: Products
    plain_lines: tuple[str, ...]
    language: str = ""
    contact: dialog_tokens.ContactChoice | None = None
    is_new_contact: bool = False
    opened_on: date | None = None
    value: Decimal | None = None
    original: tuple[str, ...] = ()
    saved_at: datetime | None = None
    is_stale_form: bool = False


def from_refused(refused: Operation, connection: XeroConnection) -> Kept:
    """Return what was typed before Xero refused it."""
    summary = refused.summary
    contact = None
    # Another organisation's contact is nobody here (F-17).
    if refused.connection_id == connection.pk and refused.xero_contact_id is not None:
        contact = dialog_tokens.ContactChoice(
            str(refused.xero_contact_id), summary.get("contact_name", "")
        )
    first = refused.depends_on
    return Kept(
        typed=summary.get("typed", {}),
        products=_products(summary["products"]),
        plain_lines=tuple(summary["plain_lines"]),
        language=summary.get("language", ""),
        contact=contact,
        is_new_contact=first is not None and first.kind == Operation.Kind.CREATE_CONTACT,
        original=tuple(str(each) for each in refused.error_messages),
    )


def from_form(opened: dialog.Dialog) -> Kept:
    """Return what a form holds that is too old to be pressed."""
    submission = opened.submission
    return Kept(
        typed=dialog_form.typed(opened),
        products=submission.products,
        plain_lines=submission.plain_lines,
        language=opened.language,
        contact=opened.contact,
        is_new_contact=opened.is_new_contact,
        opened_on=submission.opened_on,
        value=submission.value,
        is_stale_form=True,
    )


def from_draft(draft: DialogDraft, connection: XeroConnection) -> Kept:
    """Return what a draft holds; it was written by `to_draft`."""
    content = draft.content
    contact = content["contact"]
    is_here = content["connection"] == connection.pk
    return Kept(
        typed=content["typed"],
        products=_products(content["products"]),
        plain_lines=tuple(content["plain_lines"]),
        language=content.get("language", ""),
        contact=dialog_tokens.ContactChoice(*contact) if contact and is_here else None,
        is_new_contact=content["is_new_contact"],
        opened_on=date.fromisoformat(content["opened_on"]) if content["opened_on"] else None,
        value=Decimal(content["value"]) if content["value"] else None,
        saved_at=draft.saved_at,
    )


def to_draft(opened: dialog.Dialog) -> dict[str, object]:
    """Return a dialog as the content of a draft."""
    submission, contact = opened.submission, opened.contact
    return {
        "connection": opened.connection.pk,
        "language": opened.language,
        "typed": dialog_form.typed(opened),
        "products": {key: list(row) for key, row in submission.products.items()},
        "plain_lines": list(submission.plain_lines),
        "contact": [contact.xero_contact_id, contact.name, contact.reason] if contact else None,
        "is_new_contact": opened.is_new_contact,
        "opened_on": submission.opened_on.isoformat() if submission.opened_on else "",
        "value": "" if submission.value is None else str(submission.value),
    }


def put_back(opened: dialog.Dialog, kept: Kept) -> None:
    """Fill what was typed into a dialog that was just opened, and say what is to be known."""
    fresh = opened.submission
    typed = QueryDict(mutable=True)
    for name, values in kept.typed.items():
        typed.setlist(name, list(values))
    opened.submission = replace(fresh, products=kept.products, plain_lines=kept.plain_lines)
    opened.values, opened.lines = dialog_form.read_values(typed), []
    dialog_form.read_lines(opened, typed)
    dialog_form.rewrite_lines(opened, before=kept.language)
    _move_to_today(opened, kept)
    if kept.contact is not None or kept.is_new_contact:
        opened.contact, opened.is_new_contact = kept.contact, kept.is_new_contact
    ids = dialog_lines.item_ids(opened.lines)
    opened.lists = queries.lists_for(opened.connection, item_ids=ids)
    opened.build(shows_errors=bool(kept.original))
    for reason in refusals.explain(kept.original, sees_amounts=True):
        opened.show_refusal(reason)
        if reason.field == refusals.CONTACT:
            opened.is_new_contact = False  # Xero has it already: choose among those it has
    if kept.is_stale_form:
        opened.warnings.append(
            _(
                "This form was opened more than a day ago, or before another organisation was "
                "connected. Nothing was created. The deal was read again and what you typed is "
                "still here: check it, then press again."
            )
        )
    opened.kept_since = display.moment(kept.saved_at) if kept.saved_at else ""
    if kept.value is not None and (kept.products, kept.value) != (fresh.products, fresh.value):
        opened.hints.append(
            _(
                "The deal was changed in Pipedrive since then. These lines are those of before; "
                "start over to take the deal's lines of now."
            )
        )


def _move_to_today(opened: dialog.Dialog, kept: Kept) -> None:
    """A suggested issue date that nobody changed is today's again, not that of the first day."""
    today = opened.submission.opened_on
    if today is None or kept.opened_on is None:
        return
    if opened.values["issue_date"] == kept.opened_on.isoformat():
        opened.values["issue_date"] = today.isoformat()
        opened.follow_issue_date()


def _products(rows: Mapping[str, Sequence[int | str]]) -> Products:
    return {key: (int(row[0]), int(row[1]), str(row[2])) for key, row in rows.items()}
