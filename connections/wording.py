"""Refusals in plain words: what happened, what did not change, and the next click."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

# Why nothing is written to Xero, by the codes of `gates.find_shut`, with the next click.
GATES: dict[str, Promise] = {
    "uninstalled": gettext_lazy(
        "InvoiceBridge was uninstalled in Pipedrive. A company admin can install it again under "
        "Connections; until then nothing is written to Xero."
    ),
    "company": gettext_lazy(
        "InvoiceBridge is paused for your company. Nothing is written to Xero; our support knows "
        "more."
    ),
    "no_connection": gettext_lazy(
        "Xero is not connected. A company admin can connect it under Connections."
    ),
    "connection": gettext_lazy(
        "The Xero connection has ended. A company admin has to reconnect it under Connections; "
        "until then nothing is written to Xero."
    ),
    "role": gettext_lazy(
        "The person who connected Xero does not have the role that is needed there. An Adviser or "
        "Standard user has to reconnect it under Connections; until then nothing is written to "
        "Xero."
    ),
    "disconnected": gettext_lazy(
        "The organisation was disconnected in Xero. A company admin has to connect it again under "
        "Connections; until then nothing is written to Xero."
    ),
    "statement": gettext_lazy(
        "Nobody has confirmed that single sign-on or two-factor authentication is on in "
        "Pipedrive. A company admin can do it under Connections; until then nothing is written to "
        "Xero."
    ),
}


# Xero has no Turkish: whoever looks for a role there finds it by these names (xero-api §3).
XERO_ROLES: Final = {
    "FINANCIALADVISER": "Adviser",
    "STANDARD": "Standard",
    "INVOICEONLY": "Invoice Only",
    "READONLY": "Read Only",
    "CASHBOOKCLIENT": "Cashbook Client",
    "MANAGEDCLIENT": "Managed Client",
    "REMOVED": "Removed",
}


def xero_role(code: str) -> str:
    """Return a role as Xero's own pages name it; what is not known as it came."""
    return XERO_ROLES.get(code, code)


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
            ) % {"role": xero_role(detail)}
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


def invitation_refusal(code: str) -> str:
    """Return why an invitation did nothing (`invitations.NotPossible`)."""
    match code:
        case "member":
            return _("This person is a member already. Nobody was invited.")
        case "invited":
            return _("This address is invited already. Send that invitation again, below.")
        case "too_many":
            return _(
                "So many invitations are open that no more can be made. Withdraw some first. "
                "Nobody was invited."
            )
        case "other_person":
            return _(
                "The invitation is for another address than yours. Sign in with that one; nothing "
                "was changed."
            )
        case "needs_sign_in":
            return _("This address has an account. Sign in with it to accept.")
        case _:
            return _("That invitation was accepted or withdrawn meanwhile. Nothing was changed.")


def sign_on_refusal(code: str) -> str:
    """Return why a company's sign-on was not changed (`sign_on.NotPossible`)."""
    match code:
        case "unreachable":
            return _("This address does not answer just now. Nothing was saved.")
        case "not_public":
            return _(
                "This is not an https address on the public internet, so it is not called. "
                "Nothing was saved."
            )
        case "not_a_provider":
            return _(
                "This address does not answer as an OpenID Connect provider of that name does. "
                "Look at the issuer in your provider's settings. Nothing was saved."
            )
        case "no_secret":
            return _("Type the client secret, too. Nothing was saved.")
        case "not_proven":
            return _(
                "Sign in through your single sign-on first, and press again in that session: so "
                "that a mistake locks nobody out. Nothing was changed."
            )
        case _:
            return _("Your company has no single sign-on of its own. Nothing was changed.")


def not_let_in(code: str, company: str) -> str:
    """Return why a company's sign-on signed nobody in (`sign_on.NotLetIn`)."""
    match code:
        case "unverified":
            return _(
                "The single sign-on does not say that your email address is confirmed, so nobody "
                "was signed in. Ask your admin."
            )
        case "unknown":
            return _(
                "No member of %(company)s has the address that the single sign-on named. Ask an "
                "admin of your company to invite you."
            ) % {"company": company}
        case "other_identity":
            return _(
                "Somebody else of the single sign-on was signed in with your address before. "
                "Nobody was signed in; ask your admin."
            )
        case "other_person":
            return _("The single sign-on named somebody else than you. Nothing was changed.")
        case "not_anew":
            return _(
                "The single sign-on did not ask you anew, so it does not show that it is you. "
                "Nothing was changed."
            )
        case _:
            return _("The single sign-on did not confirm who you are. Nobody was signed in.")


def too_many(seconds: int) -> str:
    """Say that something was done more often in a minute than people do it (S-29)."""
    return ngettext(
        "This was pressed or opened many times in a minute. Nothing was changed, and what you "
        "typed is kept. Try again in %(count)d second.",
        "This was pressed or opened many times in a minute. Nothing was changed, and what you "
        "typed is kept. Try again in %(count)d seconds.",
        seconds,
    ) % {"count": seconds}
