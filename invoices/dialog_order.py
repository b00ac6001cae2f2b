"""From the dialog to an order: what the Create button asks the service to store."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from connections import access, errors
from connections.xero.types import ContactChange
from invoices import (
    deals,
    dialog,
    dialog_actions,
    dialog_contacts,
    dialog_form,
    line_fields,
    wording,
)
from invoices.dialog_lines import Line
from invoices.services import Order
from mappings import drafting, totals
from mappings.drafting import ChosenLine, InvoiceChoices
from mappings.types import ProductKey


class NotReady(Exception):
    """Something is missing or wrong; the dialog says what, beside its field."""


def prepare(opened: dialog.Dialog, *, is_another: bool) -> Order:
    """
    Return what was confirmed.

    Pipedrive is asked whether the deal is still there for this person (F-27). Xero is asked only
    for a new contact's name (R-16), or for a contact that is to be changed: how it is now.

    :param is_another: the person was told of a creation under way and wants another
    :raises NotReady: the dialog is not complete; it is ready to be shown again
    """
    opened.follow_issue_date()
    dialog_actions.load_lists(opened)
    opened.build(shows_errors=True)
    wants_change = opened.contact is not None and "update_contact" in opened.values
    was_seen = opened.contact is not None and opened.contact.details is not None
    dialog_contacts.compare(opened, asks_xero=wants_change)
    if not opened.is_valid:
        raise NotReady
    if wants_change and (opened.contact is None or opened.changes is None):
        # Xero could not say what it has, or has the contact no more as it was.
        raise NotReady
    is_deal_checked = _check_deal(opened)
    if opened.is_new_contact:
        _refuse_namesake(opened)
    if wants_change and was_seen and opened.changes and dialog_contacts.has_changed(opened):
        raise NotReady
    return Order(
        submission=opened.submission,
        details=dialog_contacts.details_of(opened.checked_customer),
        contact=opened.contact,
        change=_change(opened) if wants_change else None,
        choices=_choices(opened),
        items=_items(opened),
        total=str(opened.sums.total),
        is_total_known=opened.is_total_known,
        typed=dialog_form.typed(opened),
        language=opened.language,
        is_another=is_another,
        is_deal_checked=is_deal_checked,
    )


def _check_deal(opened: dialog.Dialog) -> bool:
    """
    Ask Pipedrive whether this person may still invoice the deal (F-27).

    :return: False when Pipedrive did not answer: the press is not lost for that, and what it said
        when the dialog was opened counts
    :raises NotReady: the deal is gone or hidden, or this person's grant has ended
    """
    try:
        deals.check_open(opened.membership, opened.submission.deal_id, now=opened.now)
    except deals.NotAvailable:
        opened.problems.append(wording.deal_gone())
    except (access.NotConnected, errors.Revoked) as exc:
        opened.problems.append(wording.pipedrive_problem(exc).text)
    except errors.ProviderError:
        return False
    else:
        return True
    raise NotReady


def _refuse_namesake(opened: dialog.Dialog) -> None:
    """Ask "link instead?" where Xero has an active contact of the very same name (R-16)."""
    known = dialog_contacts.find_namesake(opened)
    if known is None or known.blocked:
        return
    opened.candidates = [known]
    opened.is_new_contact = False
    opened.contact_message = _(
        "Xero already has a contact named “%(name)s”. Link to it instead, or change the name "
        "under “To”."
    ) % {"name": known.name}
    raise NotReady


def _change(opened: dialog.Dialog) -> ContactChange | None:
    assert opened.contact is not None
    return drafting.build_contact_change(
        dialog_contacts.details_of(opened.checked_customer),
        dialog_contacts.contact_of(opened.contact),
    )


def _choices(opened: dialog.Dialog) -> InvoiceChoices:
    clean = opened.checked_details.cleaned_data
    return InvoiceChoices(
        tax_mode=clean["tax_mode"],
        currency_code=clean["currency"],
        branding_theme_id=UUID(clean["theme"]) if clean["theme"] else None,
        issue_date=clean["issue_date"],
        due_date=clean["due_date"],
        reference=clean["reference"],
        lines=tuple(_chosen_line(line, clean["tax_mode"]) for line in opened.lines),
    )


def _chosen_line(line: Line, tax_mode: str) -> ChosenLine:
    clean = line.checked.clean
    if line.is_text:
        return ChosenLine(description=clean["description"])
    is_amount = clean["discount_kind"] == line_fields.AMOUNT
    # None and 0 are the same discount: nothing is said of it.
    discount = clean["discount"] or None
    return ChosenLine(
        description=clean["description"],
        quantity=clean["quantity"],
        unit_amount=clean["unit_price"],
        item_code=line.item.code if line.item else "",
        discount_rate=None if is_amount else discount,
        discount_amount=discount if is_amount else None,
        account_code=clean["account"],
        # Without tax, a rate on a line means nothing to Xero.
        tax_type="" if tax_mode == totals.NO_TAX else clean["tax_rate"],
    )


def _items(opened: dialog.Dialog) -> dict[ProductKey, UUID]:
    return {
        line.product[:2]: line.item.xero_item_id
        for line in opened.lines
        if line.product and line.item
    }
