"""Makes many organisations alike, each with one user, a contact and the lists of the first seed."""

import uuid
from datetime import datetime

from sandbox.xero import contacts, dates
from sandbox.xero.models import Contact, Entry, Membership, Organisation, Person

_LIKE = "brightside"


def make(count: int, *, now: datetime) -> list[str]:
    """Return the slugs of so many organisations; those that are there already stay."""
    pattern = Organisation.objects.get(slug=_LIKE)
    entries = list(pattern.entries.all())
    slugs = [f"crowd-{number}" for number in range(1, count + 1)]
    known = set(Organisation.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    for slug in slugs:
        if slug not in known:
            _make_one(slug, pattern, entries, dates.to_ms(now))
    return slugs


def _make_one(slug: str, pattern: Organisation, entries: list[Entry], updated_ms: int) -> None:
    organisation = Organisation.objects.create(
        tenant_id=_guid(slug),
        slug=slug,
        name=f"{slug.title()} Ltd",
        short_code=f"!{slug[-9:]}",
        base_currency=pattern.base_currency,
        facts=pattern.facts,
        last_change_ms=updated_ms,
    )
    person = Person.objects.create(
        user_id=_guid(f"{slug}/user"),
        email=f"admin@{slug}.example",
        first_name="Alex",
        last_name=slug.title(),
    )
    Membership.objects.create(
        organisation=organisation,
        person=person,
        role="STANDARD",
        is_subscriber=True,
        updated_ms=updated_ms,
    )
    contact = Contact(
        contact_id=_guid(f"{slug}/contact"),
        organisation=organisation,
        name="Harbour Dental Ltd",
        email="accounts@harbourdental.example",
        updated_ms=updated_ms,
    )
    contact.search_text = contacts.search_text_of(contact)
    contact.save()
    Entry.objects.bulk_create(
        Entry(
            organisation=organisation,
            resource=each.resource,
            entry_id=each.entry_id,
            code=each.code,
            body=each.body,
            updated_ms=updated_ms,
            position=each.position,
        )
        for each in entries
    )


def _guid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"sandbox-xero/{name}"))
