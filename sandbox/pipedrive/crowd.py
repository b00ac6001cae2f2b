"""Makes many companies alike, each with an admin, a customer and deals."""

from __future__ import annotations

from sandbox.pipedrive.models import Company, User
from sandbox.pipedrive.seed.books import Books, line

FIRST_COMPANY = 80_000
DEALS = 5


def make(count: int) -> list[int]:
    """Return the ids of so many companies; those that are there already stay."""
    numbers = range(1, count + 1)
    known = set(Company.objects.filter(id__gt=FIRST_COMPANY).values_list("id", flat=True))
    for number in numbers:
        if FIRST_COMPANY + number not in known:
            _make_one(number)
    return [FIRST_COMPANY + number for number in numbers]


def _make_one(number: int) -> None:
    company = Company.objects.create(
        id=FIRST_COMPANY + number,
        name=f"Crowd-{number}",
        domain=f"crowd-{number}",
        default_currency="GBP",
        country="GB",
        time_zone="Europe/London",
    )
    admin = User.objects.create(
        id=FIRST_COMPANY + number,
        company=company,
        name=f"Alex Crowd-{number}",
        email=f"admin@crowd-{number}.example",
        job="admin",
        is_admin=True,
    )
    books = Books(company)
    books.add_fields({})
    books.add_currencies("GBP")
    desk = books.product(1, "DESK", "Oak desk", admin, "20", GBP="10.50")
    customer = books.organization(1, "Harbour Dental Ltd", admin)
    for deal in range(1, DEALS + 1):
        books.deal(
            deal,
            f"Desks {deal}",
            admin,
            "GBP",
            days_ago=deal,
            organization=customer,
            lines=[line(desk, "2", "10.50")],
        )
