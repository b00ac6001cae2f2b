"""The people and companies of the demonstration: the same ones that the sandbox plays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from allauth.account.models import EmailAddress
from constance import config
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connections import staff
from connections.models import Company, Membership, User

# Of every demo person, for who wants to try signing in with a password and an authenticator app.
# Everybody may know it: the demo runs on one machine only (invoicebridge.E005).
PASSWORD: Final = "demo people sign in here"  # noqa: S105
# News from the sandbox within seconds: a visitor should not wait for a quarter of an hour.
POLL_SECONDS: Final = 15
ADMIN, REP, ACCOUNTANT = Membership.Role.ADMIN, Membership.Role.REP, Membership.Role.ACCOUNTANT


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to sign in as by one press."""

    email: str
    name: str
    company: str
    role: str
    can_do: str | Promise
    pipedrive_user_id: int | None = None
    pipedrive_company_id: int | None = None
    language: str = "en"


BRIGHTSIDE, ANADOLU = "Brightside Interiors", "Anadolu Teknik"
CONNECTS = _("connects Pipedrive and Xero, decides the preferences")
SELLS = _("creates invoices from deals and follows them")
APPROVES = _("sees every invoice, approves in Xero")
SEES_OWN = _("sees only their own deals")
SUPPORTS = _("runs the service from the admin")
PEOPLE: Final = (
    Person("emma.clarke@brightside.example", "Emma Clarke", BRIGHTSIDE, ADMIN, CONNECTS, 101, 7001),
    Person(
        "mehmet.yilmaz@brightside.example", "Mehmet Yılmaz", BRIGHTSIDE, REP, SELLS, 102, 7001, "tr"
    ),
    Person(
        "olivia.grant@brightside.example",
        "Olivia Grant",
        BRIGHTSIDE,
        ACCOUNTANT,
        APPROVES,
        103,
        7001,
    ),
    Person("noor.haddad@brightside.example", "Noor Haddad", BRIGHTSIDE, REP, SEES_OWN, 104, 7001),
    Person("zeynep.kaya@anadolu.example", "Zeynep Kaya", ANADOLU, ADMIN, CONNECTS, 201, 7002, "tr"),
    Person("can.demir@anadolu.example", "Can Demir", ANADOLU, REP, SELLS, 202, 7002, "tr"),
    Person(
        "selin.aydin@anadolu.example", "Selin Aydın", ANADOLU, ACCOUNTANT, APPROVES, 203, 7002, "tr"
    ),
    Person("sam.porter@invoicebridge.example", "Sam Porter", "InvoiceBridge", "support", SUPPORTS),
)


@transaction.atomic
def seed() -> int:
    """
    Make the demo's people and companies, once; what a visitor changed since is kept.

    Connections are not made here: they come from real consent on the sandbox's pages.

    :return: how many people were new
    """
    staff.make_groups()
    new = sum(_add(person) for person in PEOPLE)
    if new:
        config.POLL_SECONDS = POLL_SECONDS
        config.POLL_QUIET_SECONDS = POLL_SECONDS * 4
    return new


def _add(person: Person) -> bool:
    known = User.objects.filter(email=person.email).first()
    if known is not None:
        if not known.has_usable_password():
            known.set_password(PASSWORD)
            known.save(update_fields=["password"])
        return False
    first, _blank, last = person.name.partition(" ")
    user = User.objects.create_user(
        person.email,
        PASSWORD,
        first_name=first,
        last_name=last,
        is_staff=person.role == "support",
    )
    EmailAddress.objects.create(user=user, email=person.email, verified=True, primary=True)
    if person.pipedrive_company_id is None:
        # One visitor plays all of our staff.
        for group in staff.RIGHTS:
            staff.add_to_group(user, group)
        return True
    company, _created = Company.objects.get_or_create(
        pipedrive_company_id=person.pipedrive_company_id,
        defaults={"name": person.company, "language": "tr" if person.company == ANADOLU else "en"},
    )
    Membership.objects.create(
        company=company,
        user=user,
        pipedrive_user_id=person.pipedrive_user_id,
        role=person.role,
        language=person.language,
        can_create=person.role != ACCOUNTANT,
        can_approve=person.role in {ADMIN, ACCOUNTANT},
        can_void=person.role in {ADMIN, ACCOUNTANT},
    )
    return True
