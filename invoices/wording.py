"""Sentences of the deal pages: what happened, what did not change, and the next click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connections import access, errors
from connections import wording as connection_wording
from connections.models import XeroConnection
from connections.templatetags import display
from invoices import actions, ceilings, refusals
from invoices.models import Invoice
from invoices.polling import Refreshed

# As many invoices of a deal are named beside each other.
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a page is not complete, and where to mend it; `label` names the next click."""

    text: str
    href: str = ""
    label: str = ""
    kind: str = "warning"
    # The vendor's own words, folded away beside ours.
    details: str = ""


def pipedrive_problem(error: access.NotConnected | errors.ProviderError) -> Problem:
    """Return why Pipedrive could not be read, its own words beside ours where it gave some."""
    if isinstance(error, errors.Rejected | errors.Forbidden) and error.messages:
        return _pipedrive_refused(error)
    if isinstance(error, access.NotConnected | errors.Revoked | errors.Forbidden):
        return Problem(
            _(
                "Your Pipedrive user is not connected. Connect it to see your deals: everybody "
                "sees only those that they may see in Pipedrive."
            ),
            reverse("connections:overview"),
            _("Connect Pipedrive"),
            kind="info",
        )
    if isinstance(error, errors.RateLimited):
        return Problem(_("Pipedrive asked us to wait. Nothing was changed; try again in a minute."))
    if isinstance(error, errors.Rejected):
        return Problem(
            _("Pipedrive does not know this page of deals any more."),
            reverse("invoices:deals"),
            _("Back to the first page"),
        )
    return Problem(
        _("Pipedrive does not answer at the moment. Nothing was changed; try again in a minute.")
    )


def _pipedrive_refused(error: errors.Rejected | errors.Forbidden) -> Problem:
    reasons = refusals.explain(error.messages, sees_amounts=True, vendor="pipedrive")
    is_grant = isinstance(error, errors.Forbidden) and error.scope_missing
    return Problem(
        " ".join(str(each.text) for each in reasons),
        reverse("connections:overview") if is_grant else reverse("invoices:deals"),
        _("Connect Pipedrive") if is_grant else _("Deals"),
        details=refusals.originals(reasons),
    )


def deal_gone() -> str:
    """Say that a deal can be invoiced no more by this person (F-27)."""
    return _(
        "This deal is not available to you in Pipedrive any more: it was deleted, archived or "
        "merged, or it is hidden from you. Nothing was created."
    )


def search_wait(seconds: int) -> str:
    """Say that searches were too many, and when the next one is taken (B-15)."""
    return ngettext(
        "These were many searches in a short time. Search again in %(count)d second.",
        "These were many searches in a short time. Search again in %(count)d seconds.",
        seconds,
    ) % {"count": seconds}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why no invoice can be created on a deal; `admins` can mend what is set up for all."""

    code: str
    text: str
    admins: tuple[str, ...] = ()

    @property
    def is_gate(self) -> bool:
        """Whether it can be mended under Connections, unlike a right of one person."""
        return self.code in connection_wording.GATES

    @property
    def is_not_set_up(self) -> bool:
        """Whether the company has no connection to explain the lack of (M-4)."""
        return self.code in {"no_connection", "uninstalled"}


def not_allowed(code: str) -> str:
    """Return why no invoice can be created (the codes of `services.NotAllowed`)."""
    match code:
        case "flag":
            return _("You may not create invoices here. Ask your admin to allow it.")
        case "amounts":
            return _(
                "You may not see amounts, and an invoice cannot be created without them. "
                "Ask your admin to allow it."
            )
        case "own_link" | "own_xero_right" | "xero_right":
            return str(actions.REASONS[code])
        case "deal_gone":
            return deal_gone()
        case _:
            return str(connection_wording.GATES[code])


def made_meanwhile() -> str:
    """Say why a press made nothing: its form did not tell of an invoice that the deal has got."""
    return _(
        "An invoice was added to this deal after you opened this form. Nothing was created now: "
        "press again if you want one more."
    )


def already_invoiced(invoices: Sequence[Invoice]) -> str:
    """
    Say which invoices a deal has when one more is begun: a deal may well get several, and whoever
    came back by the browser's own button did not mean to. "" for none.

    :param invoices: at least their number, status, total and currency
    """
    if not invoices:
        return ""
    named = [
        _("%(number)s (%(status)s, %(total)s)")
        % {
            "number": each.number or _("Invoice without a number"),
            "status": display.status_label(each.xero_status),
            "total": display.money(each.total, each.currency_code),
        }
        for each in invoices[:MOST_NAMED]
    ]
    values = {"invoices": ", ".join(named), "count": len(invoices)}
    if len(invoices) > MOST_NAMED:
        return (
            _(
                "This deal already has %(count)d invoices, the newest of them %(invoices)s. What "
                "you create here is one more."
            )
            % values
        )
    return (
        ngettext(
            "This deal already has the invoice %(invoices)s. What you create here is one more.",
            "This deal already has the invoices %(invoices)s. What you create here is one more.",
            len(invoices),
        )
        % values
    )


def limit_reached(reached: ceilings.Reached) -> str:
    """Return why an invoice was not created, and who can raise the limit (S-30)."""
    most = {"most": display.number(reached.most)}
    match reached.kind:
        case "amount":
            return amount_over(Decimal(reached.most))
        case "person_hour":
            return (
                _(
                    "You have created %(most)s invoices within an hour, which is the most that one "
                    "person may. Nothing was created. Wait a while, or have your admin ask our "
                    "support to raise the limit."
                )
                % most
            )
        case "company_hour":
            return (
                _(
                    "Your company has created %(most)s invoices within an hour, which is the most "
                    "that it may. Nothing was created. Wait a while, or have your admin ask our "
                    "support to raise the limit."
                )
                % most
            )


def amount_over(most: Decimal) -> str:
    """Say that an invoice is too large to be created here."""
    return _(
        "An invoice above %(most)s is not created here. Check quantities and prices; if they are "
        "right, have your admin ask our support to raise the limit."
    ) % {"most": display.number(most)}


def amount_noted(noted: Decimal) -> str:
    """Ask a person to look twice at a large invoice."""
    return _("This invoice is above %(noted)s. Check quantities and prices once more.") % {
        "noted": display.number(noted)
    }


def hour_nearly_over(hour: ceilings.Hour) -> str:
    """Warn that few more invoices can be created within this hour."""
    return _(
        "Of the %(person_most)s invoices that you may create in an hour, you have created "
        "%(person)s; of your company's %(company_most)s, %(company)s are created."
    ) % {
        "person": display.number(hour.by_person),
        "person_most": display.number(hour.limits.person_hour),
        "company": display.number(hour.by_company),
        "company_most": display.number(hour.limits.company_hour),
    }


def contacts_unread(
    error: access.NotConnected | errors.ProviderError, connection: XeroConnection, *, now: datetime
) -> str:
    """Say why Xero could not be asked, until when, and what still works (F-5, F-6, F-16)."""
    if isinstance(error, access.NotConnected | errors.Revoked | errors.Forbidden):
        return _(
            "Xero is not connected at the moment, so contacts and lists cannot be read. "
            "Your admin can reconnect it."
        )
    if connection.is_paused(now):
        return contacts_paused(connection)
    return _(
        "Xero does not answer, so contacts cannot be searched now. What you typed is kept; "
        "try again in a minute."
    )


def contacts_paused(connection: XeroConnection) -> str:
    """Say until when Xero may not be asked for contacts (F-5, F-6)."""
    until = {"until": display.moment(connection.pause_until)}
    if connection.pause_reason == XeroConnection.PauseReason.DAY:
        return (
            _(
                "Your Xero organisation's daily limit is used up, so contacts cannot be searched "
                "until %(until)s. What you typed is kept."
            )
            % until
        )
    return (
        _(
            "Xero asked us to wait until %(until)s, so contacts cannot be searched before. "
            "What you typed is kept."
        )
        % until
    )


def refreshed(outcome: Refreshed, connection: XeroConnection) -> tuple[int, str]:
    """Return message level and words for what a Refresh brought (M-42)."""
    age = display.moment(outcome.checked_at)
    match outcome.outcome:
        case "fresh":
            return messages.SUCCESS, _("Checked with Xero just now.")
        case "busy":
            return messages.INFO, _("A check is running already. Its news appear here in a moment.")
        case "paused":
            return messages.WARNING, _(
                "Xero asked us to wait until %(until)s. What you see is from %(age)s."
            ) % {"until": display.moment(connection.pause_until), "age": age}
        case "not_connected":
            return messages.WARNING, _(
                "Xero is not connected at the moment. What you see is from %(age)s."
            ) % {"age": age}
        case _:
            return messages.WARNING, _(
                "Xero did not answer. What you see is from %(age)s; nothing was changed."
            ) % {"age": age}
