"""The words of an invitation's mail."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def write(*, company: str, invited_by: str, link: str, days: int) -> str:
    """Return the mail's text, in the language that is active."""
    return "\n\n".join(
        (
            _("Hello,"),
            _(
                "%(invited_by)s of %(company)s invites you to InvoiceBridge, where deals from "
                "Pipedrive become invoices in Xero."
            )
            % {"invited_by": invited_by, "company": company},
            _("Open this link to accept:"),
            link,
            ngettext(
                "It works once, and for %(days)d day.",
                "It works once, and for %(days)d days.",
                days,
            )
            % {"days": days},
            _("If you do not know who this is, do nothing: without the link nothing happens."),
        )
    )
