"""
How much and how many invoices are taken for an invoice: a slip, or a stolen session, stops there
(S-30).

The amounts count in the invoice's own currency: there is no rate of exchange before Xero has one.
Those created in an hour are counted from the operations. Two presses at the same instant may both
be let through.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from django.db.models import Count, Q

from connections.models import Company, User
from connections.runtime import Runtime
from invoices.models import Operation

Kind = Literal["amount", "person_hour", "company_hour"]
HOUR: Final = timedelta(hours=1)
# From this share of an hour's invoices on, people are warned.
_WARN_FROM: Final = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a company may do now: the service's settings, as often as support raised them."""

    amount: Decimal
    noted_amount: Decimal
    person_hour: int
    company_hour: int


@dataclass(frozen=True, slots=True)
class Hour:
    """What was created in the last hour, beside what may be."""

    by_person: int
    by_company: int
    limits: Limits

    @property
    def is_nearly_over(self) -> bool:
        """Whether people should be warned."""
        return (
            self.by_person >= self.limits.person_hour * _WARN_FROM
            or self.by_company >= self.limits.company_hour * _WARN_FROM
        )


class Reached(Exception):
    """Nothing was stored: `kind` of limit stands in the way, and `most` is what it allows."""

    def __init__(self, kind: Kind, most: Decimal | int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.most = most


def limits_of(company: Company, runtime: Runtime) -> Limits:
    """Return what a company may do."""
    factor = company.limits_factor
    return Limits(
        amount=Decimal(runtime.invoice_ceiling) * factor,
        noted_amount=Decimal(runtime.invoice_noted_from) * factor,
        person_hour=runtime.invoices_hour_person * factor,
        company_hour=runtime.invoices_hour_company * factor,
    )


def last_hour(company: Company, limits: Limits, *, by: User | None, now: datetime) -> Hour:
    """
    Return what was created in the last hour, by one query of an index.

    :param by: None where Pipedrive's own tab acts, which is no person
    """
    counted = (
        Operation.objects.for_company(company)
        .filter(kind=Operation.Kind.CREATE, created_at__gt=now - HOUR)
        .aggregate(by_company=Count("pk"), by_person=Count("pk", filter=Q(requested_by=by)))
    )
    return Hour(
        by_person=counted["by_person"] if by else 0,
        by_company=counted["by_company"],
        limits=limits,
    )


def check(
    company: Company, *, by: User | None, amount: Decimal, runtime: Runtime, now: datetime
) -> None:
    """
    Check that one more invoice of this amount may be created.

    :raises Reached: one of the limits stands in the way
    """
    limits = limits_of(company, runtime)
    if amount > limits.amount:
        raise Reached("amount", limits.amount)
    hour = last_hour(company, limits, by=by, now=now)
    if hour.by_company >= limits.company_hour:
        raise Reached("company_hour", limits.company_hour)
    if by is not None and hour.by_person >= limits.person_hour:
        raise Reached("person_hour", limits.person_hour)
