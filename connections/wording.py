"""Refusals in plain words: what happened, what did not change, and the next click."""

from __future__ import annotations

from django.utils.translation import gettext as _


def refusal(code: str, detail: str = "") -> str:
    """
    Return the sentence for a shut gate (`gates.Refused`), in the active language.

    :param detail: a name or role that the sentence shows
    """
    match code:
        case "closed":
            return _("InvoiceBridge takes no new companies at the moment. Nothing was connected.")
        case "role" if detail:
            return _(
                "Your role in Xero is %(role)s. Only an Adviser or Standard user can connect Xero. "
                "Nothing was connected; ask a colleague with one of these roles."
            ) % {"role": detail}
        case "role":
            return _(
                "Xero does not list you among the organisation's users, so your role is unknown. "
                "Nothing was connected; ask an Adviser or Standard user to connect."
            )
        case "other_company":
            return _(
                "That account belongs to another company (%(company)s). Nothing was connected."
            ) % {"company": detail}
        case "other_person":
            return _(
                "That Pipedrive user is already connected for somebody else here. "
                "Nothing was connected; sign in to Pipedrive as yourself and try again."
            )
        case "organisation_taken":
            return _(
                "%(organisation)s is already connected to another company in InvoiceBridge. "
                "Nothing was connected; disconnect it there first, or ask our support."
            ) % {"organisation": detail}
        case "no_organisation":
            return _("No Xero organisation was chosen. Connect again and pick one on Xero's page.")
        case _:
            return _("Only an admin of your company can do that. Nothing was changed.")
