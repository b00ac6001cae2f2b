"""What vendors told of customers, followed: names in Xero, records merged in Pipedrive."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from connections import access, audit, errors
from connections.models import Company, WebhookEvent, XeroConnection
from connections.webhooks import waiting
from mappings import example
from mappings.models import ContactLink

log = structlog.get_logger(__name__)

MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of a look at contacts: those with another name now, those merged away."""

    renamed: dict[UUID, str] = field(default_factory=dict)
    merged: frozenset[UUID] = frozenset()
    is_failed: bool = False


def follow(connection: XeroConnection, contact_ids: Collection[UUID], *, now: datetime) -> Followed:
    """
    Read contacts that Xero told of again, those that we linked, and keep their names.

    Whether one was archived is asked when it is used (`matching.check_contact`); one that was
    merged is told of, for its link and its invoices to be read anew.
    """
    links = ContactLink.objects.for_company(connection.company).filter(
        connection=connection, xero_contact_id__in=contact_ids
    )
    held = dict(links.values_list("xero_contact_id", "contact_name"))
    if not held:
        return Followed()
    try:
        with access.open_xero(connection, now=now) as session:
            contacts = session.call(
                lambda xero: xero.list_contacts_by(
                    ids=[str(each) for each in held], include_archived=True
                )
            )
    except (access.NotConnected, errors.ProviderError) as exc:
        log.warning("contacts_not_read", connection=connection.pk, error=type(exc).__name__)
        return Followed(is_failed=True)
    named = {UUID(each.contact_id): each.name[:MAX_NAME] for each in contacts if each.name}
    renamed = {key: name for key, name in named.items() if held.get(key) != name}
    for key, name in renamed.items():
        links.filter(xero_contact_id=key).update(contact_name=name)
    merged = (UUID(each.contact_id) for each in contacts if each.merged_to_contact_id)
    return Followed(renamed, frozenset(merged))


def follow_records(company: Company, rows: Sequence[WebhookEvent], *, now: datetime) -> None:
    """
    Follow what Pipedrive told of organizations and persons.

    Pages read them anew each time but for the example of a mapping, which is dropped. The link of
    one that was merged goes on to the one that stayed, unless that has a link of its own.
    """
    example.forget(company)
    for row in rows:
        if row.merged_from_id is not None and row.category in ContactLink.Entity.values:
            heir = waiting.find_heir(company, row.category, row.merged_from_id)
            if heir != row.merged_from_id:
                _pass_on(company, row.category, row.merged_from_id, heir, now=now)


def _pass_on(company: Company, entity: str, gone: int, heir: int, *, now: datetime) -> None:
    links = ContactLink.objects.for_company(company).filter(entity=entity)
    with transaction.atomic():
        taken = links.filter(pipedrive_id=heir).values("connection")
        moved = links.filter(pipedrive_id=gone).exclude(connection__in=taken)
        if moved.update(pipedrive_id=heir):
            audit.record(
                "contact.link_merged",
                company=company,
                subject=f"{entity}:{heir}",
                before={"pipedrive_id": gone},
                after={"pipedrive_id": heir},
                now=now,
            )
