"""The first steps in words: what each is for, who does it, and its next click."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from connections import wording
from invoices.start import Guide

BROKEN = frozenset({"role", "disconnected", "connection"})


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the list; without `href` there is nothing for this person to press."""

    title: str
    text: str
    is_done: bool
    href: str = ""
    label: str = ""
    # What the demonstration's visitor does next, "" outside it.
    hint: str = ""
    is_next: bool = False
    # It was done once and holds no more.
    is_broken: bool = False


def list_steps(guide: Guide, *, is_demo: bool) -> list[Step]:
    """Return the rows in order; the first that is not done is next, if this person may do it."""
    steps = [
        _pipedrive(guide, is_demo=is_demo),
        _security(guide),
        _xero(guide, is_demo=is_demo),
        _preferences(guide),
        _invoice(guide),
    ]
    first = next((place for place, step in enumerate(steps) if not step.is_done), None)
    if first is not None and steps[first].href:
        steps[first] = _as_next(steps[first])
    return steps


def heading(guide: Guide) -> str:
    """Return what the list is called."""
    if guide.needs_attention:
        return _("Something needs attention")
    return _("To get started")


def progress(steps: list[Step]) -> str:
    """Return how many of the steps are done."""
    done = sum(step.is_done for step in steps)
    return ngettext("%(done)d of %(count)d done", "%(done)d of %(count)d done", len(steps)) % {
        "done": done,
        "count": len(steps),
    }


def _as_next(step: Step) -> Step:
    return replace(step, is_next=True)


def _pipedrive(guide: Guide, *, is_demo: bool) -> Step:
    setup = guide.setup
    if setup.needs_install:
        title, label = _("Install InvoiceBridge"), _("Install")
        text = _(
            "Install it in Pipedrive, from the Marketplace or from here. Deals are read with your "
            "own rights."
        )
    else:
        title = _("Connect your Pipedrive")
        label = _("Reconnect") if setup.authorisation else _("Connect")
        text = _("Deals are read with your own rights, so everybody connects once.")
    hint = _(
        "Here a sandbox stands in for Pipedrive: choose your own name there, then press “Allow "
        "and install”."
    )
    return Step(
        title,
        text,
        setup.has_pipedrive,
        "" if setup.is_closed else reverse("connections:overview"),
        label,
        hint if is_demo and not setup.has_pipedrive and not setup.is_closed else "",
    )


def _security(guide: Guide) -> Step:
    text = _("Single sign-on or two-factor authentication is on in Pipedrive for everybody.")
    if not guide.setup.has_statement:
        text = _(
            "Confirm that single sign-on or two-factor authentication is on in Pipedrive. Until "
            "then nothing is written to Xero."
        )
    return _of_admins(
        guide,
        _("Confirm sign-in security"),
        text,
        guide.setup.has_statement,
        "" if guide.setup.is_closed else reverse("connections:overview") + "#security",
        _("Confirm"),
    )


def _xero(guide: Guide, *, is_demo: bool) -> Step:
    setup = guide.setup
    title = pgettext("a step", "Connect Xero")
    text = _("Once for the whole company. In Xero you must be a Standard user or an Adviser.")
    if setup.gate in BROKEN:
        title, text = pgettext("a step", "Reconnect Xero"), str(wording.GATES[setup.gate])
    hint = _(
        "Here a sandbox stands in for Xero: choose your own name and the organisation there, then "
        "press “Allow access”."
    )
    step = _of_admins(
        guide,
        title,
        text,
        setup.has_xero,
        "" if setup.is_closed else reverse("connections:overview") + "#xero",
        _("Reconnect") if setup.connection else _("Connect"),
        hint if is_demo and not setup.has_xero and not setup.is_closed else "",
    )
    return replace(step, is_broken=setup.gate in BROKEN)


def _preferences(guide: Guide) -> Step:
    text = _(
        "Choose which Pipedrive fields fill an invoice and when it is due. The usual choices are "
        "made already: look at the examples and save."
    )
    return _of_admins(
        guide,
        _("Choose what goes on invoices"),
        text,
        guide.has_preferences,
        reverse("mappings:preferences"),
        _("Preferences"),
    )


def _invoice(guide: Guide) -> Step:
    title = _("Create an invoice from a deal")
    text = _("Open a deal and press “Create invoice”. Its status in Xero shows on the deal.")
    href, label = reverse("invoices:deals"), _("Deals")
    if guide.suggested and not guide.has_invoice:
        text = _(
            "Begin with the deal “%(title)s”: open it and press “Create invoice”. Its status in "
            "Xero shows on the deal."
        ) % {"title": guide.suggested.title}
        href, label = reverse("invoices:deal", args=[guide.suggested.deal_id]), _("Open the deal")
    if not guide.may_create:
        href = ""
        text = _("Whoever may create invoices does this. You see the result under Invoices.")
        if not guide.membership.keeps_books:
            text = _("Whoever may create invoices does this. You see the result on the deal.")
    return Step(title, text, guide.has_invoice, href, label)


def _of_admins(
    guide: Guide, title: str, text: str, is_done: bool, href: str, label: str, hint: str = ""
) -> Step:
    """Return a row that only admins can do; others read who that is."""
    if guide.membership.is_admin:
        return Step(title, text, is_done, href, label, hint)
    if is_done or not guide.admins:
        return Step(title, _("An admin of your company does this, once for everybody."), is_done)
    who = ngettext(
        "%(names)s can do this, once for everybody.",
        "One of these people can do this, once for everybody: %(names)s.",
        len(guide.admins),
    ) % {"names": ", ".join(guide.admins)}
    return Step(title, who, is_done)
