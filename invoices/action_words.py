"""Sentences about actions on an invoice: the question before, the state after (product §7)."""

from __future__ import annotations

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from connections.templatetags import display
from invoices import actions, lifecycle, refusals, version_check, voiding
from invoices.models import Invoice, Operation

State = Operation.State
Kind = Operation.Kind

# The button that does it. Cancel is "Vazgeç" in Turkish, because Void is "İptal".
CONFIRM_LABELS: dict[str, str | Promise] = {
    actions.APPROVE: gettext_lazy("Approve"),
    actions.VOID: gettext_lazy("Void the invoice"),
    actions.VOID_PAID: gettext_lazy("Remove payments and void"),
    actions.EMAIL: gettext_lazy("Send the email"),
    actions.DELETE: gettext_lazy("Delete the invoice"),
}


def heading(code: str, invoice: Invoice) -> str:
    """Return what an action's page is called; it names the invoice."""
    told = _headings() if invoice.number else _headings_without_number()
    return told[code] % {"number": invoice.number}


def _headings() -> dict[str, str]:
    void = _("Void invoice %(number)s")
    return {
        actions.APPROVE: _("Approve invoice %(number)s"),
        actions.VOID: void,
        actions.VOID_PAID: void,
        actions.DELETE: _("Delete invoice %(number)s"),
        actions.EMAIL: _("Email invoice %(number)s"),
        actions.SUBMIT: _("Submit invoice %(number)s for approval"),
    }


def _headings_without_number() -> dict[str, str]:
    void = _("Void invoice")
    return {
        actions.APPROVE: _("Approve invoice"),
        actions.VOID: void,
        actions.VOID_PAID: void,
        actions.DELETE: _("Delete invoice"),
        actions.EMAIL: _("Email invoice"),
        actions.SUBMIT: _("Submit invoice for approval"),
    }


def question(code: str, invoice: Invoice, *, shows_amounts: bool, may_remove: bool = False) -> str:
    """
    Return what a person is asked before an action; it names the invoice (M-39).

    :param may_remove: the payments of a paid invoice are removed for the person (R-27)
    """
    names = {
        "number": invoice.number or _("without a number"),
        "contact": invoice.contact_name,
        "total": display.money(invoice.total, invoice.currency_code),
    }
    if code == actions.VOID_PAID and may_remove:
        return _removing_question(shows_amounts=shows_amounts) % names
    told = _questions() if shows_amounts else _questions_without_amounts()
    return (told.get(code) or _paid_question()) % names


def _questions() -> dict[str, str]:
    return {
        actions.APPROVE: _(
            "Invoice %(number)s to %(contact)s for %(total)s will become payable. "
            "This cannot be undone."
        ),
        actions.VOID: _(
            "Invoice %(number)s to %(contact)s for %(total)s will be voided. This cannot be undone."
        ),
        actions.DELETE: _(
            "Invoice %(number)s to %(contact)s for %(total)s will be deleted in Xero. "
            "This cannot be undone."
        ),
        actions.EMAIL: _(
            "Xero will email invoice %(number)s for %(total)s, using the email text set up in "
            "your Xero organisation."
        ),
    }


def _questions_without_amounts() -> dict[str, str]:
    return {
        actions.APPROVE: _(
            "Invoice %(number)s to %(contact)s will become payable. This cannot be undone."
        ),
        actions.VOID: _("Invoice %(number)s to %(contact)s will be voided. This cannot be undone."),
        actions.DELETE: _(
            "Invoice %(number)s to %(contact)s will be deleted in Xero. This cannot be undone."
        ),
        actions.EMAIL: _(
            "Xero will email invoice %(number)s, using the email text set up in your Xero "
            "organisation."
        ),
    }


def _paid_question() -> str:
    return _(
        "Invoice %(number)s to %(contact)s is paid. Xero can void an invoice only when no payment "
        "or credit is applied to it. Remove those below in Xero first, then come back and void it."
    )


def _removing_question(*, shows_amounts: bool) -> str:
    if shows_amounts:
        return _(
            "Invoice %(number)s to %(contact)s for %(total)s is paid. InvoiceBridge will remove "
            "the payments below in Xero, then void the invoice. Neither can be undone."
        )
    return _(
        "Invoice %(number)s to %(contact)s is paid. InvoiceBridge will remove the payments below "
        "in Xero, then void the invoice. Neither can be undone."
    )


def refusal(error: lifecycle.NotAllowed) -> str:
    """Return why an action was not taken; nothing was changed."""
    if error.code == "not_ready":
        return " ".join([_("Not ready for approval."), *map(missing, error.missing)])
    reason = actions.REASONS.get(error.code)
    if reason is not None:
        return str(reason)
    return _("The invoice has changed meanwhile and does not offer this any more.")


def sent_just_now(at: datetime) -> str:
    """Return the warning before a second mail (R-29)."""
    return _(
        "This invoice was already emailed on %(at)s. If you send it again, the customer gets a "
        "second email."
    ) % {"at": display.moment(at)}


def why_not_removed(obstacle: str, switch: str) -> tuple[str, ...]:
    """
    Return why the payments of a paid invoice are not removed for the person (R-27).

    :param obstacle: of `voiding.Applied`, "" for none
    :param switch: what is off: "support", "company" or "right", "" for nothing
    """
    if obstacle:
        return (str(actions.OBSTACLES[obstacle]),)
    match switch:
        case "support":
            return (
                _(
                    "Our support team has switched off removing payments for now. Nothing was "
                    "changed: remove the payments in Xero, then void the invoice."
                ),
            )
        case "company":
            return (
                _(
                    "InvoiceBridge can remove the payments for you once an admin of your company "
                    "switches on “Void paid invoices” in the preferences."
                ),
            )
        case "right":
            return (_("The Xero user you act as may not remove payments in Xero."),)
        case _:
            return ()


def no_pdf(*, is_given: bool) -> str:
    """
    Return why there is no file (R-28).

    :param is_given: Xero answered, but with no PDF
    """
    if is_given:
        return _("Xero gives no PDF of this invoice in its present state.")
    return _("Xero did not give us the PDF. Please try again in a minute.")


def state(operation: Operation, *, sees_amounts: bool = False) -> str:
    """
    Return what became of an action, and how far it came; "" once it is done.

    :param sees_amounts: whether Xero's own words may be shown, which may name amounts
    """
    if operation.state == State.DONE:
        return ""
    sentence, progress = _state(operation, sees_amounts), _progress(operation)
    return f"{sentence} {progress}" if progress else sentence


def _state(operation: Operation, sees_amounts: bool) -> str:
    label = {"action": str(operation.get_kind_display())}
    match operation.state:
        case State.REFUSED if operation.error_code == "changed_in_xero":
            return (
                _(
                    "%(action)s was not done: the invoice has changed in Xero since you looked. "
                    "Check it and press again."
                )
                % label
            )
        case State.REFUSED:
            reasons = _reasons(operation, sees_amounts) or _("Xero refused it.")
            return _("%(action)s was not done. %(reasons)s") % (label | {"reasons": reasons})
        case State.NEEDS_PERSON:
            return (
                _(
                    "We could not find out whether “%(action)s” arrived. Look in Xero before you "
                    "press again; our support sees this too."
                )
                % label
            )
        case State.UNSURE | State.LOOKING:
            return _("%(action)s: checking with Xero. Nothing is done twice.") % label
        case State.WAITING if operation.waiting_for == Operation.WaitingFor.OWN_LINK:
            return waits_for_own_link(operation)
        case State.WAITING if operation.waiting_for == Operation.WaitingFor.GATE:
            return (
                _(
                    "%(action)s: waiting until your company may write to Xero again; it goes by "
                    "itself then."
                )
                % label
            )
        case State.WAITING:
            return _("%(action)s: waiting for Xero; it goes by itself.") % label
        case _:
            return _("%(action)s: on its way to Xero…") % label


def _progress(operation: Operation) -> str:
    """Say how many payments are gone already, also when the rest was refused (P-5)."""
    if operation.kind != Kind.VOID_PAID:
        return ""
    removals = [each for each in operation.steps if each["kind"] == voiding.REMOVE_PAYMENT]
    done = sum(each["is_done"] for each in removals)
    if not done:
        return ""
    return ngettext(
        "%(done)d of %(count)d payment is removed in Xero already.",
        "%(done)d of %(count)d payments are removed in Xero already.",
        len(removals),
    ) % {"done": done, "count": len(removals)}


def own_link_ended(operation: Operation) -> str:
    """Return what a press of the reader's own waits for; "" when it waits for something else."""
    if operation.state != State.WAITING or operation.waiting_for != Operation.WaitingFor.OWN_LINK:
        return ""
    return _(
        "“%(action)s” is waiting because your own Xero link has ended. Nothing was sent to Xero. "
        "Renew the link under My Xero, and it goes by itself."
    ) % {"action": operation.get_kind_display()}


def waits_for_own_link(operation: Operation) -> str:
    """Return what a press waits for when the own Xero link of whoever pressed has ended (R-3)."""
    return _(
        "“%(action)s” is waiting: the personal Xero link of whoever pressed it has ended, so "
        "nothing was sent to Xero. It goes by itself once they renew the link under My Xero, and "
        "in no other name."
    ) % {"action": operation.get_kind_display()}


def _reasons(operation: Operation, sees_amounts: bool) -> str:
    """Return why a press was refused: what stands in its way, what is missing, or Xero's words."""
    if operation.error_code in actions.OBSTACLES:
        return str(actions.OBSTACLES[operation.error_code])
    if operation.error_code == "not_ready":
        lacking = [
            version_check.Missing(each["line"], each["field"]) for each in operation.differences
        ]
        return " ".join(map(missing, lacking))
    told = refusals.explain(operation.error_messages, sees_amounts=sees_amounts)
    return " ".join(str(each.text) for each in told)


def originals(operation: Operation, *, sees_amounts: bool) -> str:
    """
    Return what Xero said where `state` tells of it in our words, a message a line; "" for nothing.

    :param sees_amounts: whether Xero's own words may be shown, which may name amounts
    """
    if operation.state != State.REFUSED:
        return ""
    told = refusals.explain(operation.error_messages, sees_amounts=sees_amounts)
    return refusals.originals(told)


def missing(each: version_check.Missing) -> str:
    """Return what an invoice lacks for approval, with the line's number (M-34)."""
    match each.field:
        case "account":
            return _("Line %(line)d needs an account.") % {"line": each.line}
        case "tax_rate":
            return _("Line %(line)d needs a tax rate.") % {"line": each.line}
        case _:
            return _("The invoice needs a due date.")
