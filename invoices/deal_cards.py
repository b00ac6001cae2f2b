"""The cards of a deal as a person may see them, for its page and for the panel in Pipedrive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from connections import queries as connection_queries
from connections import time_zones
from connections.models import XeroConnection
from connections.runtime import Runtime
from connections.web import CompanyRequest
from invoices import cards, deal_stamps, deals, queries, services, wording
from invoices.queries import Card


def read_for(
    request: CompanyRequest,
    deal_id: int,
    connection: XeroConnection | None,
    runtime: Runtime,
    now: datetime,
) -> dict[str, Any]:
    """
    Return what the list of a deal's cards needs: `cards`, and what they are looked after by.

    Whoever may see the deal only because they made something on it is told no news of it.
    """
    may_see = deals.may_see(request.membership, deal_id)
    stamp = deal_stamps.read(request.company, deal_id) if may_see else ""
    found = queries.list_cards(request.company, deal_id)
    services.look_when_old(connection, found, now=now, runtime=runtime)
    shown = found if may_see else _made_by(request, found)
    return {
        "deal_id": deal_id,
        "stamp": stamp,
        "news_seconds": runtime.news_seconds if may_see else 0,
        "cards": [present(request, card, connection, runtime, now) for card in shown],
    }


def present(
    request: CompanyRequest,
    card: Card,
    connection: XeroConnection | None,
    runtime: Runtime,
    now: datetime,
) -> cards.CardView:
    """Return a card ready to be drawn for whoever asks."""
    bound = card.invoice.connection if card.invoice else connection
    return cards.present(
        card,
        membership=request.membership,
        live=connection,
        web_url=settings.XERO_WEB_URL,
        today=time_zones.organisation_today(bound, now) if bound else None,
        runtime=runtime,
        now=now,
    )


def list_visible(request: CompanyRequest, deal_id: int, found: list[Card]) -> list[Card]:
    """Return what this person may see: all of a deal seen in Pipedrive, else what they made."""
    return found if deals.may_see(request.membership, deal_id) else _made_by(request, found)


def _made_by(request: CompanyRequest, found: list[Card]) -> list[Card]:
    mine = request.membership.user_id
    return [card for card in found if card.operation and card.operation.requested_by_id == mine]


def find_obstacle(
    request: CompanyRequest, connection: XeroConnection | None
) -> wording.Obstacle | None:
    """Return why this person cannot create an invoice; None when they can."""
    try:
        services.check_may_create(request.membership, connection)
    except services.NotAllowed as exc:
        admins = tuple(str(each) for each in connection_queries.list_admins(request.company))
        return wording.Obstacle(exc.code, wording.not_allowed(exc.code), admins)
    return None
