"""Searches are counted by person and by company, a minute at a time (B-15, S-29)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from connections import throttling
from connections.models import Company, Membership, User

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 13, 12, 0, 10, tzinfo=UTC)


@pytest.fixture
def company() -> Company:
    cache.clear()
    return Company.objects.create(pipedrive_company_id=7001, name="Brightside")


def _member(company: Company, name: str) -> Membership:
    user = User.objects.create_user(f"{name}@brightside.example")
    return Membership.objects.create(company=company, user=user)


def test_a_person_searches_twenty_times_a_minute_and_is_told_when_again(company: Company) -> None:
    member = _member(company, "emma")

    waits = [throttling.take_search(member, now=NOON) for _ in range(21)]

    assert waits == [0] * 20 + [50]
    assert throttling.take_search(member, now=NOON + timedelta(seconds=50)) == 0


def test_a_company_has_a_limit_of_its_own_and_costs_others_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "SEARCHES_OF_A_COMPANY", 3)
    emma, olivia = _member(company, "emma"), _member(company, "olivia")
    other = _member(Company.objects.create(pipedrive_company_id=7002, name="Anadolu"), "zeynep")

    waits = [throttling.take_search(each, now=NOON) for each in (emma, olivia, emma, olivia)]

    assert waits == [0, 0, 0, 50]
    assert throttling.take_search(other, now=NOON) == 0
