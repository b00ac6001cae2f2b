"""Sentences about actions on an invoice: the question before, the state after (product §7)."""

from __future__ import annotations

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.templatetags import display
from invoices import actions, lifecycle, refusals, version_check
from invoices.models import Invoice, Operation

State = Operation.State
Kind = Operation.Kind

# The button that does it. Cancel is "Vazgeç" in Turkish, because Void is "İptal".
CONFIRM_LABELS: dict[str, str | Promise] = {
    actions.APPROVE: gettext_lazy("Approve"),
    actions.VOID: gettext_lazy("Void the invoice"),
    actions.EMAIL: gettext_lazy("Send the email"),
    actions.DELETE: gettext_lazy("Delete the draft"),
}


def question(code: str, invoice: Invoice, *, shows_amounts: bool) -> str:
    """Return what a person is asked before an action; it names the invoice (M-39)."""
    names = {
        "number": invoice.number or _("without a number"),
        "contact": invoice.contact_name,
        "total": display.money(invoice.total, invoice.currency_code)
        if shows_amounts
        else display.NOTHING,
    }
    match code:
        case actions.APPROVE:
            text = _(
                "Invoice %(number)s to %(contact)s over %(total)s becomes payable. "
                "Approving cannot be undone."
            )
        case actions.VOID:
            text = _(
                "Invoice %(number)s to %(contact)s over %(total)s becomes void. "
                "Voiding cannot be undone."
            )
        case actions.DELETE:
            text = _(
                "The draft %(number)s to %(contact)s over %(total)s is deleted in Xero. "
                "Deleting cannot be undone."
            )
        case actions.EMAIL:
            text = _(
                "Xero sends invoice %(number)s over %(total)s with your organisation's own text."
            )
        case _:
            text = _(
                "Invoice %(number)s to %(contact)s is paid. Xero voids an invoice only when "
                "nothing is applied to it: remove what is listed here in Xero first, then void it."
            )
    return text % names


def refusal(error: lifecycle.NotAllowed) -> str:
    """Return why an action was not taken; nothing was changed."""
    if error.code == "not_ready":
        return " ".join([_("Not ready for approval."), *map(_missing, error.missing)])
    reason = actions.REASONS.get(error.code)
    if reason is not None:
        return str(reason)
    return _("The invoice has changed meanwhile and does not offer this any more.")


def sent_just_now(at: datetime) -> str:
    """Return the warning before a second mail (R-29)."""
    return _(
        "This invoice was emailed at %(at)s. The customer gets a second email if you send again."
    ) % {"at": display.moment(at)}


def state(operation: Operation) -> str:
    """Return what became of an action, "" once it is done."""
    label = str(operation.get_kind_display())
    match operation.state:
        case State.DONE:
            return ""
        case State.REFUSED if operation.error_code == "changed_in_xero":
            return _(
                "%(action)s was not done: the invoice has changed in Xero since you looked. "
                "Check it and press again."
            ) % {"action": label}
        case State.REFUSED:
            return _("%(action)s was not done. %(reasons)s") % {
                "action": label,
                "reasons": _reasons(operation) or _("Xero refused it."),
            }
        case State.NEEDS_PERSON:
            return _(
                "We could not find out whether “%(action)s” arrived. Look in Xero before you "
                "press again; our support sees this too."
            ) % {"action": label}
        case State.UNSURE | State.LOOKING:
            return _("%(action)s: checking with Xero. Nothing is done twice.") % {"action": label}
        case State.WAITING if operation.waiting_for == Operation.WaitingFor.OWN_LINK:
            return waits_for_own_link()
        case State.WAITING:
            return _("%(action)s: waiting for Xero; it goes by itself.") % {"action": label}
        case _:
            return _("%(action)s: on its way to Xero…") % {"action": label}


def waits_for_own_link() -> str:
    """Return what a press waits for when the own Xero link of whoever pressed has ended (R-3)."""
    return _(
        "Waiting: the personal Xero link of whoever pressed this has ended. It goes once they "
        "renew the link under My Xero; nothing is written in another name."
    )


def _reasons(operation: Operation) -> str:
    """Return why a press was refused: what stands in its way, what is missing, or Xero's words."""
    if operation.error_code in actions.OBSTACLES:
        return str(actions.OBSTACLES[operation.error_code])
    if operation.error_code == "not_ready":
        missing = [
            version_check.Missing(each["line"], each["field"]) for each in operation.differences
        ]
        return " ".join(map(_missing, missing))
    return " ".join(str(each.text) for each in refusals.explain(operation.error_messages))


def _missing(each: version_check.Missing) -> str:
    match each.field:
        case "account":
            return _("Line %(line)d needs an account.") % {"line": each.line}
        case "tax_rate":
            return _("Line %(line)d needs a tax rate.") % {"line": each.line}
        case _:
            return _("The invoice needs a due date.")
