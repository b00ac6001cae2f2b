"""The audit trail in words: what each event means, and what changed by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections import rights, wording
from connections.models import Company, Membership, SecurityStatement, XeroConnection
from invoices.models import Invoice, Operation
from mappings.models import TaxMode

Words = str | Promise

KINDS: Final[Mapping[str, Words]] = {
    "people": gettext_lazy("People and rights"),
    "connections": gettext_lazy("Connections"),
    "preferences": gettext_lazy("Preferences"),
    "links": gettext_lazy("Links"),
    "invoices": gettext_lazy("Invoices"),
    "support": gettext_lazy("Support"),
}
PREFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "people": (
        "member.",
        "security.",
        "person.",
        "invitation.",
        "sign_on.",
        "sessions.",
        "sign_in.",
        "signed_in",
    ),
    "connections": ("pipedrive.", "xero.", "native."),
    "preferences": ("preferences.",),
    "links": ("product.", "contact.", "deal.", "item."),
    "invoices": ("invoice.", "invoices."),
    "support": ("operation.", "company.", "data.", "restore."),
}
SENTENCES: Final[Mapping[str, Words]] = {
    "member.changed": gettext_lazy("Changed a person's rights."),
    "member.removed": gettext_lazy("Removed a person."),
    "member.restored": gettext_lazy("Made a person a member again."),
    "person.exported": gettext_lazy("Handed out a person's data."),
    "person.erased": gettext_lazy("Erased a person's data."),
    "security.stated": gettext_lazy("Confirmed how sign-in is secured in Pipedrive."),
    "security.revoked": gettext_lazy("Revoked the confirmation of secure sign-in."),
    "invitation.made": gettext_lazy("Invited a person."),
    "invitation.sent_again": gettext_lazy("Sent an invitation again."),
    "invitation.withdrawn": gettext_lazy("Withdrew an invitation."),
    "invitation.accepted": gettext_lazy("Accepted an invitation."),
    "sign_on.saved": gettext_lazy("Saved the company's own sign-on."),
    "sign_on.removed": gettext_lazy("Removed the company's own sign-on."),
    "sign_on.required": gettext_lazy("Made the company's own sign-on the only way in."),
    "sign_on.not_required": gettext_lazy("Allowed other ways to sign in again."),
    "sign_on.bound": gettext_lazy(
        "Signed in through the company's own sign-on for the first time."
    ),
    "sessions.ended": gettext_lazy("Ended sessions."),
    "signed_in": gettext_lazy("Signed in."),
    "sign_in.password_refused": gettext_lazy("A sign-in with a wrong password was refused."),
    "sign_in.factor_refused": gettext_lazy("A wrong second step was refused."),
    "sign_in.locked_out": gettext_lazy("Too many wrong tries: no sign-in is taken for a while."),
    "sign_in.sign_on_refused": gettext_lazy("A sign-in through a single sign-on was refused."),
    "sign_in.pipedrive_refused": gettext_lazy("A sign-in with Pipedrive was refused."),
    "native.registration_wanted": gettext_lazy("Asked Pipedrive for the native Invoice tab."),
    "native.registered": gettext_lazy("Pipedrive switched the native Invoice tab on."),
    "native.refused": gettext_lazy("Pipedrive has not granted the native Invoice tab."),
    "pipedrive.connected": gettext_lazy("Connected Pipedrive."),
    "pipedrive.disconnected": gettext_lazy("Disconnected Pipedrive."),
    "pipedrive.uninstalled": gettext_lazy("Uninstalled InvoiceBridge in Pipedrive."),
    "pipedrive.hooks_asked": gettext_lazy("Had the notices from Pipedrive set up again."),
    "xero.connected": gettext_lazy("Connected Xero."),
    "xero.disconnected": gettext_lazy("Disconnected Xero."),
    "xero.role_refused": gettext_lazy("The Xero role does not allow writing."),
    "xero.gates_opened": gettext_lazy("Xero allows writing again."),
    "xero.gates_asked": gettext_lazy("Had role and rights in Xero checked again."),
    "xero.organisation_lost": gettext_lazy("The organisation was disconnected in Xero."),
    "xero.scope_missing": gettext_lazy("The Xero connection lacks a permission."),
    "xero.role_overridden": gettext_lazy("Accepted an unknown Xero role."),
    "xero.role_override_withdrawn": gettext_lazy("Does not accept the Xero role any more."),
    "xero.personal_linked": gettext_lazy("Linked their own Xero user."),
    "xero.personal_link_ended": gettext_lazy("A person's own Xero link was removed."),
    "xero.personal_rights_changed": gettext_lazy("A person's rights in Xero changed."),
    "preferences.saved": gettext_lazy("Saved the preferences."),
    "product.linked": gettext_lazy("Linked a product to a Xero item."),
    "product.unlinked": gettext_lazy("Removed the link of a product."),
    "contact.linked": gettext_lazy("Linked a customer to a Xero contact."),
    "contact.unlinked": gettext_lazy("Unlinked a customer from its Xero contact."),
    "contact.merged": gettext_lazy("A Xero contact was merged into another."),
    "contact.link_merged": gettext_lazy("A customer was merged in Pipedrive."),
    "deal.merged": gettext_lazy("A deal was merged in Pipedrive."),
    "invoice.requested": gettext_lazy("Pressed “Create invoice”."),
    "invoice.linked": gettext_lazy("Linked an invoice to a deal."),
    "invoice.unlinked": gettext_lazy("Unlinked an invoice from its deal."),
    "invoice.moved": gettext_lazy("Moved an invoice to another deal."),
    "invoices.refreshed": gettext_lazy("Checked Xero for changes."),
    "invoices.exported": gettext_lazy("Exported a list of invoices."),
    "operation.retried": gettext_lazy("Had an operation tried again."),
    "operation.cancelled": gettext_lazy("Ended an operation before it was sent."),
    "operation.resolved": gettext_lazy("Settled an operation by hand."),
    "company.paused": gettext_lazy("Paused the company: nothing is written to Xero."),
    "company.resumed": gettext_lazy("Ended the pause of the company."),
    "company.limits_raised": gettext_lazy("Raised the limits on the company's invoices."),
    "company.limits_reset": gettext_lazy("Gave the company the usual limits on invoices again."),
    "restore.doubted": gettext_lazy("After a restore: everything is checked with Xero first."),
    "data.revealed": gettext_lazy("Looked at personal data to help you."),
}
# What became of a press: `invoice.<kind>.<state>`.
_ENDINGS: Final[Mapping[str, Words]] = {
    "requested": gettext_lazy("Pressed “%(action)s”."),
    "done": gettext_lazy("Xero completed “%(action)s”."),
    "refused": gettext_lazy("“%(action)s” was refused; nothing was changed in Xero."),
    "unsure": gettext_lazy("“%(action)s”: Xero's answer was unclear."),
    "looking": gettext_lazy("“%(action)s”: checking with Xero what became of it."),
    "needs_person": gettext_lazy("“%(action)s” needs a person to decide."),
}
_LABELS: Final[Mapping[str, Words]] = {
    "role": gettext_lazy("Role"),
    "state": gettext_lazy("State"),
    "method": gettext_lazy("Method"),
    **rights.LABELS,
    "deal_id": gettext_lazy("Deal"),
    "xero_contact_id": gettext_lazy("Xero contact id"),
    "xero_item_id": gettext_lazy("Xero item id"),
    "xero_invoice_id": gettext_lazy("Xero invoice id"),
    "pipedrive_id": gettext_lazy("Pipedrive id"),
    "due_days": gettext_lazy("days until due"),
    "tax_mode": gettext_lazy("default tax mode"),
    "account_code": gettext_lazy("default account"),
    "tax_type": gettext_lazy("default tax rate"),
    "can_void_paid": gettext_lazy("void paid invoices"),
    "error_code": gettext_lazy("Error"),
    "attempts": gettext_lazy("Attempts"),
    "invoices": gettext_lazy("Invoices"),
    "xero_status": gettext_lazy("Xero status"),
}
_VALUES: Final[Mapping[str, Mapping[str, Words]]] = {
    "role": dict(Membership.Role.choices) | dict(wording.XERO_ROLES),
    "method": dict(SecurityStatement.Method.choices),
    "state": dict(XeroConnection.State.choices) | dict(Company.State.choices),
    "xero_status": dict(Invoice.Status.choices),
    "tax_mode": {value: capfirst(label) for value, label in TaxMode.choices},
    # Why a sign-in was refused; a vendor's own codes stay as they are.
    "error_code": {
        "refused": gettext_lazy("not allowed there"),
        "broken": gettext_lazy("not completed"),
        "unverified": gettext_lazy("the email address is not confirmed there"),
        "unknown": gettext_lazy("not known here"),
        "no_member": gettext_lazy("not a member of the company here"),
        "other_identity": gettext_lazy("known here as somebody else"),
        "other_person": gettext_lazy("known here as somebody else"),
        "not_anew": gettext_lazy("did not sign in anew"),
        "statement": gettext_lazy("the company has not stated its security yet"),
    },
}


@dataclass(frozen=True, slots=True)
class Change:
    """
    One thing that changed, in words; "" where there was or is nothing.

    `is_id`: what is told is a vendor's id, which nobody reads as a word.
    """

    label: str
    before: str
    after: str
    is_id: bool = False


def sentence(event: str) -> str:
    """Return what an event means; an unknown one as it is called."""
    known = SENTENCES.get(event)
    if known is not None:
        return str(known)
    _subject, kind, ending = (*event.split(".", 2), "", "")[:3]
    if ending in _ENDINGS and kind in Operation.Kind.values:
        return str(_ENDINGS[ending]) % {"action": Operation.Kind(kind).label}
    return event


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what differs between before and after, and has a name here."""
    found = (
        Change(
            str(label),
            _value(name, before.get(name)),
            _value(name, after.get(name)),
            is_id=name.startswith("xero_") and name.endswith("_id"),
        )
        for name, label in _LABELS.items()
    )
    return tuple(each for each in found if each.before != each.after)


def support() -> str:
    """Return as whom our staff appear to a company: their names are ours to know."""
    return _("InvoiceBridge support")


def former_person(user_id: int) -> str:
    """Return how somebody is called whose name is gone."""
    return _("Person %(id)s") % {"id": user_id}


def deal(number: str) -> str:
    """Return what a deal is called that nobody asks Pipedrive about."""
    return _("Deal %(id)s") % {"id": number}


def invoice(number: str) -> str:
    """Return what an invoice is called."""
    return _("Invoice %(number)s") % {"number": number}


def pipedrive_record(kind: str, number: str) -> str:
    """Return what a record of Pipedrive is called that nobody asks Pipedrive about."""
    number = number.removesuffix(":0")
    if kind == "organization":
        return _("Organization %(id)s") % {"id": number}
    if kind == "person":
        return _("Person %(id)s") % {"id": number}
    return _("Product %(id)s") % {"id": number}


def _value(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(_VALUES.get(name, {}).get(str(value), value))
