"""
Reading a person's deals in Pipedrive, always with that person's own rights (P-11).

Reads that do not need each other are made at once. What a person cannot see is as if it were not
there: a hidden organization leaves its place empty, a hidden deal is not found.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.core.cache import cache

from connections import access, errors
from connections.models import Company, Membership
from connections.pipedrive.types import (
    Deal,
    DealDiscount,
    DealProduct,
    Organization,
    Person,
)
from connections.runtime import Runtime
from invoices import seen_deals
from invoices.models import Deal as SeenDeal

PAGE = 30
SEEN_SECONDS = 3600
# Somebody waits for their press to be accepted: what Pipedrive has not said by then, it has not.
PRESS_DEADLINE_SECONDS = 5.0
STATUSES = ("open", "won")
# Two names on one line; where it breaks, the dot stays with the first.
_BETWEEN = "\N{NO-BREAK SPACE}· "


class NotAvailable(Exception):
    """The deal is not there, or not for this person (F-27)."""


@dataclass(frozen=True, slots=True)
class Records:
    """A deal and what hangs on it, as far as the reader may see it."""

    deal: Deal
    products: tuple[DealProduct, ...]
    discounts: tuple[DealDiscount, ...]
    organization: Organization | None
    person: Person | None

    @property
    def names(self) -> str:
        """Return whom the deal is with, on one line."""
        found = (each.name for each in (self.organization, self.person) if each)
        return _BETWEEN.join(found)


@dataclass(frozen=True, slots=True)
class Row:
    """One deal of the list; `names` is whom it is with."""

    deal_id: int
    title: str
    status: str
    value: Any
    currency: str
    names: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of deals, and where the next one begins."""

    rows: tuple[Row, ...]
    next_cursor: str | None


def list_page(
    membership: Membership,
    *,
    status: str,
    cursor: str | None,
    now: datetime,
    runtime: Runtime | None = None,
) -> Page:
    """
    Return a page of this person's open and won deals, the latest changed first, by three calls.

    :param status: "open" or "won", "" for both
    :raises access.NotConnected: this person has no grant in Pipedrive
    :raises errors.ProviderError: Pipedrive gave no usable answer
    """
    with access.open_pipedrive(membership, now=now, runtime=runtime) as session:
        page = session.call(
            lambda pipedrive: pipedrive.list_deals(status=status or None, cursor=cursor, limit=PAGE)
        )
        shown = [deal for deal in page.rows if deal.status in STATUSES]
        organizations, people = session.gather(
            [
                partial(_list_names, "list_organizations", [deal.org_id for deal in shown]),
                partial(_list_names, "list_persons", [deal.person_id for deal in shown]),
            ]
        )
    seen_deals.note(membership, shown, now=now)
    rows = tuple(
        Row(
            deal.id,
            deal.title,
            deal.status,
            deal.value,
            deal.currency,
            _joined(_name(organizations, deal.org_id), _name(people, deal.person_id)),
        )
        for deal in shown
    )
    return Page(rows, page.next_cursor)


def search(
    membership: Membership,
    term: str,
    *,
    status: str = "",
    now: datetime,
    runtime: Runtime | None = None,
) -> Page:
    """
    Return the open and won deals that hold the term, the best match first, by one call.

    :param term: 2 to 100 characters
    :param status: "open" or "won", "" for both
    :raises access.NotConnected: this person has no grant in Pipedrive
    :raises errors.ProviderError: Pipedrive gave no usable answer
    """
    with access.open_pipedrive(membership, now=now, runtime=runtime) as session:
        found = session.call(lambda pipedrive: pipedrive.search_deals(term, limit=PAGE))
    seen_deals.note(membership, found, now=now)
    rows = tuple(
        Row(
            deal.id,
            deal.title,
            deal.status,
            deal.value,
            deal.currency,
            _joined(deal.org_name, deal.person_name),
        )
        for deal in found
        if deal.status in ((status,) if status else STATUSES) and not deal.is_archived
    )
    return Page(rows, None)


def read(session: access.PipedriveSession, membership: Membership, deal_id: int) -> Records:
    """
    Return a deal with its products, discounts, organization and person, in two rounds of calls.

    :param session: of this membership's own grant
    :raises NotAvailable: there is no such deal for this person
    :raises errors.ProviderError: Pipedrive gave no usable answer
    """
    deal, products, discounts = session.gather(
        [
            lambda pipedrive: pipedrive.get_deal(deal_id),
            lambda pipedrive: pipedrive.list_deal_products(deal_id),
            lambda pipedrive: pipedrive.list_deal_discounts(deal_id),
        ]
    )
    for outcome in (deal, products, discounts):
        if isinstance(outcome, errors.NotFound):
            raise _lost(membership, deal_id)
        if isinstance(outcome, errors.ProviderError):
            raise outcome
    if deal.is_deleted:
        raise _lost(membership, deal_id)
    organization, person = _read_payers(session, deal)
    _note_seen(membership, deal_id)
    seen_deals.note(membership, [deal], now=session.now)
    return Records(deal, products, discounts, organization, person)


def recall(
    membership: Membership,
    deal_id: int,
    *,
    now: datetime,
    is_fresh: bool = False,
    is_press: bool = False,
    runtime: Runtime | None = None,
) -> SeenDeal:
    """
    Return what is kept of a deal: by one call where this person was not shown it within the last
    hour, else by none.

    :param is_fresh: ask Pipedrive all the same, because something is about to be changed by it
    :param is_press: ask who is no admin all the same, because they are about to change something
    :raises NotAvailable: there is no such deal for this person
    :raises access.NotConnected: this person has no grant in Pipedrive
    :raises errors.ProviderError: Pipedrive gave no usable answer
    """
    kept = seen_deals.get(membership.company, deal_id)
    is_asked = is_fresh or (is_press and not membership.is_admin)
    if kept is not None and not is_asked and may_see(membership, deal_id):
        return kept
    deadline = PRESS_DEADLINE_SECONDS if is_asked else None
    with access.open_pipedrive(
        membership, now=now, runtime=runtime, deadline_seconds=deadline
    ) as session:
        try:
            deal = session.call(lambda pipedrive: pipedrive.get_deal(deal_id))
        except errors.NotFound as exc:
            raise _lost(membership, deal_id) from exc
    if deal.is_deleted:
        raise _lost(membership, deal_id)
    _note_seen(membership, deal_id)
    seen_deals.note(membership, [deal], now=now)
    kept = seen_deals.get(membership.company, deal_id)
    assert kept is not None
    return kept


def check_open(membership: Membership, deal_id: int, *, now: datetime) -> None:
    """
    Ask Pipedrive whether this person may still have an invoice made from a deal (F-27).

    :raises NotAvailable: it is deleted, archived, merged into another, or hidden from them
    :raises access.NotConnected: this person has no grant in Pipedrive
    :raises errors.ProviderError: Pipedrive gave no usable answer in a few seconds
    """
    with access.open_pipedrive(
        membership, now=now, deadline_seconds=PRESS_DEADLINE_SECONDS
    ) as session:
        try:
            deal = session.call(lambda pipedrive: pipedrive.get_deal(deal_id))
        except (errors.NotFound, errors.Forbidden) as exc:
            raise _lost(membership, deal_id) from exc
    if deal.is_deleted:
        raise _lost(membership, deal_id)
    if deal.is_archived:
        raise NotAvailable(deal_id)


def may_see(membership: Membership, deal_id: int) -> bool:
    """
    Return whether this person may see what we keep about a deal without asking Pipedrive again:
    admins always, others for an hour after Pipedrive showed it to them.
    """
    return membership.is_admin or bool(cache.get(_seen_key(membership, deal_id)))


def forget_seen(company: Company, deal_ids: Collection[int]) -> None:
    """Have Pipedrive asked anew who may see these deals: they have changed there."""
    members = list(Membership.objects.for_company(company))
    cache.delete_many([_seen_key(each, deal_id) for each in members for deal_id in deal_ids])


def _read_payers(
    session: access.PipedriveSession, deal: Deal
) -> tuple[Organization | None, Person | None]:
    uses: list[Any] = []
    if deal.org_id is not None:
        uses.append(lambda pipedrive: pipedrive.get_organization(deal.org_id))
    if deal.person_id is not None:
        uses.append(lambda pipedrive: pipedrive.get_person(deal.person_id))
    outcomes = session.gather(uses) if uses else []
    for outcome in outcomes:
        if isinstance(outcome, errors.ProviderError) and not isinstance(
            outcome, errors.NotFound | errors.Forbidden
        ):
            raise outcome
    seen = [each for each in outcomes if not isinstance(each, errors.ProviderError)]
    return (
        next((each for each in seen if isinstance(each, Organization)), None),
        next((each for each in seen if isinstance(each, Person)), None),
    )


def _list_names(method: str, ids: Sequence[int | None], pipedrive: Any) -> dict[int, str]:
    wanted = [each for each in dict.fromkeys(ids) if each is not None]
    if not wanted:
        return {}
    return {row.id: row.name for row in getattr(pipedrive, method)(wanted)}


def _name(names: dict[int, str] | errors.ProviderError, key: int | None) -> str:
    """A name that did not arrive is left out: the list is worth more than it."""
    if key is None or isinstance(names, errors.ProviderError):
        return ""
    return names.get(key, "")


def _joined(*names: str) -> str:
    return _BETWEEN.join(name for name in names if name)


def _note_seen(membership: Membership, deal_id: int) -> None:
    cache.set(_seen_key(membership, deal_id), True, SEEN_SECONDS)


def _lost(membership: Membership, deal_id: int) -> NotAvailable:
    """Forget that Pipedrive showed this person the deal: it does not any more (F-27)."""
    cache.delete(_seen_key(membership, deal_id))
    return NotAvailable(deal_id)


def _seen_key(membership: Membership, deal_id: int) -> str:
    return f"deal-seen:{membership.company_id}:{membership.pk}:{deal_id}"
