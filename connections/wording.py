"""Refusals in plain words: what happened, what did not change, and the next click."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Why nothing is written to Xero, by the codes of `gates.find_shut`, with the next click.
GATES: dict[str, Promise] = {
    "uninstalled": gettext_lazy(
        "InvoiceBridge was uninstalled in Pipedrive. Your admin can install it again under "
        "Connections; until then nothing is written to Xero."
    ),
    "company": gettext_lazy(
        "InvoiceBridge is paused for your company. Nothing is written to Xero; our support knows "
        "more."
    ),
    "no_connection": gettext_lazy(
        "Xero is not connected. Your admin can connect it under Connections."
    ),
    "connection": gettext_lazy(
        "The Xero connection has ended. Your admin has to reconnect it under Connections; until "
        "then nothing is written to Xero."
    ),
    "role": gettext_lazy(
        "The person who connected Xero does not have the role that is needed. An Adviser or "
        "Standard user has to reconnect it under Connections; until then nothing is written to "
        "Xero."
    ),
    "disconnected": gettext_lazy(
        "The organisation was disconnected in Xero. Your admin has to connect it again under "
        "Connections; until then nothing is written to Xero."
    ),
    "statement": gettext_lazy(
        "Nobody has confirmed that single sign-on or two-factor authentication is on in "
        "Pipedrive. Your admin can do it under Connections; until then nothing is written to Xero."
    ),
}


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
        case "unknown_role":
            return _(
                "Your role in Xero is %(role)s, which InvoiceBridge does not know. Nothing is "
                "written to Xero; ask an Adviser or Standard user to connect, or our support to "
                "accept this role."
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
        case "removed":
            return _(
                "An admin of %(company)s has removed you, so nothing was connected. Ask them to "
                "make you a member again."
            ) % {"company": detail}
        case "no_connection":
            return _(
                "Xero is not connected for your company yet, so your own Xero user cannot be "
                "linked. Nothing was changed; ask your admin to connect Xero first."
            )
        case "personal_tenant":
            return _(
                "You did not give access to %(organisation)s, so your Xero user was not linked. "
                "Try again and choose that organisation on Xero's page."
            ) % {"organisation": detail}
        case "personal_other_user":
            return _(
                "You are linked as another Xero user. Nothing was changed; remove that link first, "
                "then link this one."
            )
        case "no_organisation":
            return _("No Xero organisation was chosen. Connect again and pick one on Xero's page.")
        case _:
            return _("Only an admin of your company can do that. Nothing was changed.")


def people_refusal(code: str) -> str:
    """Return why a person was not changed (`people.NotPossible`); nothing was."""
    match code:
        case "last_admin":
            return _(
                "A company needs an admin, and this is the last one. Make somebody else an admin "
                "first. Nothing was changed."
            )
        case "needs_amounts":
            return _(
                "An invoice cannot be created without seeing amounts. Allow that too, or take this "
                "away."
            )
        case "removed":
            return _("This person is not a member any more. Nothing was changed.")
        case _:
            return _("Somebody else changed this person meanwhile. Nothing was changed.")
