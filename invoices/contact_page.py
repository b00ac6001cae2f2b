"""What the contact's pages show: the sidebar of the deal and the list of all invoices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from connections import access, errors, throttling, time_zones
from connections.models import Membership, XeroConnection
from connections.runtime import Runtime
from invoices import contact_filters, contact_links, contact_list, contact_words, wording
from invoices.models import Deal
from mappings import queries as mapping_queries
from mappings.models import ContactLink


def get_link(connection: XeroConnection | None, deal: Deal) -> ContactLink | None:
    """Return the link of a deal's customer."""
    if connection is None:
        return None
    return mapping_queries.contact_link(
        connection, organization_id=deal.organization_id, person_id=deal.person_id
    )


def sidebar(
    membership: Membership, connection: XeroConnection | None, deal: Deal, *, now: datetime
) -> dict[str, Any]:
    """Return the sidebar: contact, the deal's latest invoices, the contact's totals (M-41)."""
    context = linked_contact(membership, connection, deal, now=now)
    context["newest"] = [
        {
            "invoice": invoice,
            "is_overdue": invoice.is_overdue(
                time_zones.organisation_today(invoice.connection, now)
            ),
        }
        for invoice in contact_list.list_on_deal(deal)
    ]
    return context


def linked_contact(
    membership: Membership, connection: XeroConnection | None, deal: Deal, *, now: datetime
) -> dict[str, Any]:
    """Return the linked contact of a deal with its totals, as the panel in Pipedrive shows it."""
    deal.company = membership.company  # at hand already
    return _shared(membership, connection, deal, now=now)


def all_invoices(
    membership: Membership,
    connection: XeroConnection | None,
    deal: Deal,
    query: QueryDict,
    *,
    runtime: Runtime,
    now: datetime,
) -> dict[str, Any]:
    """
    Return the list of the contact's invoices as the query string filters it.

    Without a linked contact: the search for one, which asks Xero when a term was typed.
    """
    context = _shared(membership, connection, deal, now=now)
    contact = context["contact"]
    if connection is None:
        return context
    if contact is None:
        if context["cannot_link"]:
            return context
        context["is_search"] = context["has_customer"]
        return context | _search(membership, connection, query.get("contact"), now=now)
    today = time_zones.organisation_today(connection, now)
    form = contact_filters.Filter(query, today=today, sees_amounts=membership.can_see_amounts)
    context |= {"form": form, "query": form.query()}
    wanted = form.wanted
    if wanted is None:
        return context
    page = contact_list.list_page(
        connection,
        contact.link,
        deal,
        wanted,
        membership=membership,
        today=today,
        runtime=runtime,
        now=now,
    )
    context |= {"wanted": wanted, "page": page, "back_query": f"?back=contact&deal={deal.deal_id}"}
    address = reverse("invoices:contact_invoices", args=[deal.deal_id])
    if page.has_next and wanted.page < contact_filters.MOST_PAGES:
        context["next_href"] = f"{address}?{form.query(page=wanted.page + 1)}"
    if wanted.page > 1:
        context["previous_href"] = f"{address}?{form.query(page=wanted.page - 1)}"
    context["is_too_many"] = page.has_next and wanted.page >= contact_filters.MOST_PAGES
    if not page.rows:
        context["has_any"] = contact_list.has_any(connection, contact.link)
        start, end = contact_filters.longest_span(today)
        widest = form.query(
            range=contact_filters.CUSTOM,
            start=start.isoformat(),
            end=end.isoformat(),
            status="",
            page=1,
        )
        context["all_href"] = f"{address}?{widest}"
    return context


def query_of(membership: Membership, query: QueryDict) -> str:
    """Return a list's query string as far as this person's list knows it."""
    today = timezone.localdate()
    form = contact_filters.Filter(query, today=today, sees_amounts=membership.can_see_amounts)
    return form.query()


def _shared(
    membership: Membership, connection: XeroConnection | None, deal: Deal, *, now: datetime
) -> dict[str, Any]:
    context: dict[str, Any] = {
        "deal": deal,
        "deal_id": deal.deal_id,
        "connection": connection,
        "contact": None,
        "shows_amounts": membership.can_see_amounts,
        "cannot_link": _why_not(membership, connection),
        "has_customer": deal.organization_id is not None or deal.person_id is not None,
    }
    if connection is not None:
        connection.company = membership.company  # at hand already
        context["contact"] = contact = contact_list.get_contact(
            connection,
            organization_id=deal.organization_id,
            person_id=deal.person_id,
            today=time_zones.organisation_today(connection, now),
            sees_amounts=membership.can_see_amounts,
        )
        if contact is not None:
            context["reading"] = contact_words.reading(contact.history, connection)
    return context


def _search(
    membership: Membership, connection: XeroConnection, term: str | None, *, now: datetime
) -> dict[str, Any]:
    """Ask Xero for contacts, because a person searched; "" says that nothing was asked yet."""
    if term is None:
        return {}
    form = contact_filters.ContactSearch({"contact": term})
    found: dict[str, Any] = {"search": form}
    if not form.is_valid():
        return found
    if connection.is_paused(now):
        return found | {"search_problem": wording.contacts_paused(connection)}
    if wait := throttling.take_search(membership, now=now):
        return found | {"search_problem": wording.search_wait(wait)}
    try:
        matches = contact_links.find(connection, form.cleaned_data["contact"], now=now)
    except (access.NotConnected, errors.ProviderError) as exc:
        return found | {"search_problem": wording.contacts_unread(exc, connection, now=now)}
    if not matches:
        found["search_problem"] = _(
            "Xero has no active contact for “%(term)s”. Search for another name."
        ) % {"term": form.cleaned_data["contact"]}
    return found | {"matches": matches}


def _why_not(membership: Membership, connection: XeroConnection | None) -> str:
    try:
        contact_links.check_may_link(membership, connection)
    except contact_links.NotAllowed as exc:
        return contact_words.not_allowed(exc.code)
    return ""
