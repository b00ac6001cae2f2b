"""What a person is shown before an action: the question, what it rests on, what forbids it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from connections import access, errors
from connections import queries as connection_queries
from connections.models import Membership
from connections.runtime import snapshot
from connections.templatetags import display
from invoices import action_words, actions, applied, emailing, lifecycle, voiding, whole
from invoices.models import Invoice
from mappings import queries as mapping_queries


@dataclass(frozen=True, slots=True)
class Panel:
    """
    A panel ready to be drawn. `confirm_label` is "" when there is nothing to confirm;
    `explanation` says why not, `problem` why Xero could not be asked.
    """

    invoice: Invoice
    action: actions.Action
    heading: str
    question: str
    confirm_label: str | Promise
    warning: str = ""
    problem: str = ""
    explanation: tuple[str, ...] = ()
    recipients: tuple[emailing.Recipient, ...] = ()
    last_sent_at: datetime | None = None
    applied: tuple[applied.Row, ...] = ()

    @property
    def shown_heading(self) -> SafeString:
        """Return the heading with the invoice's number on one line."""
        return _unbroken(self.heading, self.invoice.number)

    @property
    def shown_question(self) -> SafeString:
        """Return the question with the invoice's number on one line."""
        return _unbroken(self.question, self.invoice.number)

    @property
    def is_plain_question(self) -> bool:
        """Whether the question says it all, so that Pipedrive can ask it for a frame."""
        shown = (self.warning, self.problem, self.explanation, self.recipients, self.applied)
        return bool(self.confirm_label) and not any(shown)


def build(
    code: str, *, invoice: Invoice, membership: Membership, now: datetime, warning: str = ""
) -> Panel:
    """
    Return the panel of an action. Email and void of a paid invoice ask Xero first: the person
    opened them to learn whom it reaches, and what is applied (R-27, R-29).

    :param invoice: of the member's company, with its connection loaded
    :param warning: what to tell before the press is repeated
    :raises lifecycle.NotAllowed: the action is not offered, or disabled
    """
    action = _offered(code, invoice, membership)
    panel = Panel(
        invoice=invoice,
        action=action,
        heading=action_words.heading(code, invoice),
        question=action_words.question(
            code, invoice, shows_amounts=membership.can_see_amounts, may_remove=False
        ),
        confirm_label=action_words.CONFIRM_LABELS.get(code, action.label),
        warning=warning,
    )
    match code:
        case actions.APPROVE:
            return _check_lines(panel)
        case actions.EMAIL:
            return _ask_for_recipients(panel, membership, now=now)
        case actions.VOID_PAID:
            return _ask_for_applied(panel, membership, now=now)
        case _:
            return panel


def can_void_paid(membership: Membership) -> bool:
    """Return whether the company lets its people void paid invoices (R-27)."""
    return mapping_queries.preferences_for(membership.company).can_void_paid


def _unbroken(text: str, number: str) -> SafeString:
    if not number:
        return conditional_escape(text)
    kept = format_html('<span class="nowrap">{}</span>', number)
    return format_html_join(kept, "{}", ((part,) for part in text.split(number)))


def _offered(code: str, invoice: Invoice, membership: Membership) -> actions.Action:
    return lifecycle.check_offered(
        code,
        invoice,
        membership,
        runtime=snapshot(),
        has_open_operation=lifecycle.get_open(invoice) is not None,
    )


def _check_lines(panel: Panel) -> Panel:
    missing = lifecycle.check_before_approval(panel.invoice)
    if not missing:
        return panel
    return replace(
        panel,
        confirm_label="",
        explanation=tuple(action_words.missing(each) for each in missing),
    )


def _ask_for_recipients(panel: Panel, membership: Membership, *, now: datetime) -> Panel:
    try:
        with access.open_xero(
            panel.invoice.connection, now=now, personal_link=membership.xero_link
        ) as session:
            found = emailing.recipients(session, panel.invoice)
    except (errors.ProviderError, access.NotConnected):
        return replace(
            panel,
            confirm_label="",
            problem=_("Xero did not tell who gets the email. Please try again in a minute."),
        )
    return replace(
        panel,
        confirm_label=panel.confirm_label if found.people else "",
        recipients=found.people,
        last_sent_at=found.last_sent_at,
    )


def _ask_for_applied(panel: Panel, membership: Membership, *, now: datetime) -> Panel:
    """List what stands between a paid invoice and voiding it, and offer to remove it or not."""
    invoice, shows = panel.invoice, membership.can_see_amounts
    try:
        with access.open_xero(
            invoice.connection, now=now, personal_link=membership.xero_link
        ) as session:
            found = voiding.read_applied(session, invoice)
    except (errors.ProviderError, access.NotConnected):
        return replace(
            panel,
            confirm_label="",
            applied=applied.list_rows(invoice, shows_amounts=shows),
            problem=_(
                "Xero did not answer. What is listed here is from %(age)s; try again in a minute."
            )
            % {"age": display.moment(invoice.fetched_at)},
        )
    invoice = whole.store(invoice, found.invoice, fetched_at=now, now=now)
    action = _offered(panel.action.code, invoice, membership)
    connection = connection_queries.live_connection(membership.company)
    runtime, is_allowed = snapshot(), can_void_paid(membership)
    may_remove = not found.obstacle and actions.may_remove_payments(
        invoice, membership, connection, runtime=runtime, can_void_paid=is_allowed
    )
    switch = actions.find_void_paid_switch(
        membership, connection, runtime=runtime, can_void_paid=is_allowed
    )
    return replace(
        panel,
        invoice=invoice,
        action=action,
        question=action_words.question(
            action.code, invoice, shows_amounts=shows, may_remove=may_remove
        ),
        confirm_label=panel.confirm_label if may_remove else "",
        applied=applied.list_rows(
            invoice,
            shows_amounts=shows,
            obstacles={each.payment_id: voiding.find_obstacle(each) for each in found.payments},
        ),
        explanation=action_words.why_not_removed(found.obstacle, switch),
    )
