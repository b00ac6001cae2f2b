"""What people are told of a connection that ends or has ended: on pages and by mail."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from connections.dangers import Danger, Kind
from connections.templatetags import display


@dataclass(frozen=True, slots=True)
class Shown:
    """One warning as a page shows it."""

    title: str
    text: str
    is_error: bool

    @property
    def banner(self) -> str:
        """Return the kind of its banner."""
        return "error" if self.is_error else "warning"


def show(danger: Danger, *, is_admin: bool) -> Shown:
    """Return a warning in words, in the active language."""
    text = _for_admin(danger) if is_admin else _for_others(danger)
    return Shown(_title(danger), text, danger.has_ended)


def write(danger: Danger, *, company: str, link: str) -> tuple[str, str]:
    """Return subject and text of the mail to an admin, in the active language."""
    subject = f"{company}: {_title(danger)}"
    body = (
        _("Hello,"),
        _("this is about the connections of %(company)s in InvoiceBridge.") % {"company": company},
        _for_admin(danger),
        _("Connections of your company:"),
        link,
        _(
            "You receive this once, because you are an admin of the company. Our pages show it "
            "until it is mended."
        ),
    )
    return subject, "\n\n".join(body)


def _title(danger: Danger) -> str:
    match danger.kind:
        case Kind.XERO_ENDED:
            return _("Xero has to be reconnected")
        case Kind.PIPEDRIVE_ENDED:
            return _("Pipedrive has to be reconnected")
        case Kind.PIPEDRIVE_ENDING:
            return _("Access to Pipedrive ends on %(day)s") % {"day": _day(danger)}
        case _:
            return _("Access to Xero ends on %(day)s") % {"day": _day(danger)}


def _for_admin(danger: Danger) -> str:
    match danger.kind:
        case Kind.XERO_ENDED:
            return _(
                "The connection to Xero has ended: nothing is written there and no news arrives. "
                "What was pressed is kept and goes on once you reconnect Xero."
            )
        case Kind.XERO_ENDING:
            return _(
                "Xero has not renewed our access for a while. We keep trying, but reconnect Xero "
                "before %(day)s: after that nothing is written there and no news arrives."
            ) % {"day": _day(danger)}
        case Kind.XERO_CONSENT:
            return _(
                "Xero replaces the permissions that you once gave us, and the old ones end on "
                "%(day)s. Reconnect Xero before then, so that invoices go on without a break."
            ) % {"day": _day(danger)}
        case Kind.PIPEDRIVE_ENDED:
            return _(
                "Nobody's access to Pipedrive works any more, so no deals can be read. Your "
                "invoices are untouched. Connect your Pipedrive again."
            )
        case _:
            return _(
                "Pipedrive has not renewed our access for a while. We keep trying, but connect "
                "your Pipedrive again before %(day)s: after that no deals can be read."
            ) % {"day": _day(danger)}


def _for_others(danger: Danger) -> str:
    match danger.kind:
        case Kind.XERO_ENDED:
            return _(
                "The connection to Xero has ended: nothing is written there and no news arrives. "
                "What you pressed is kept. An admin of your company has to reconnect Xero."
            )
        case Kind.PIPEDRIVE_ENDED:
            return _(
                "Nobody's access to Pipedrive works any more, so no deals can be read. Invoices "
                "are untouched. Connect your own Pipedrive again, or ask an admin of your company."
            )
        case _:
            return _(
                "Everything still works. So that it stays like this, an admin of your company has "
                "to reconnect it before then."
            )


def _day(danger: Danger) -> str:
    assert danger.ends_at is not None
    return display.day(timezone.localtime(danger.ends_at).date())
