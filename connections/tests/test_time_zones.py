"""Which calendar day it is for a Xero organisation (R-11)."""

from datetime import UTC, date, datetime

import pytest

from connections.models import XeroConnection
from connections.time_zones import organisation_today

EVENING = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
MORNING = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "in_the_evening", "in_the_morning"),
    [
        ("GMTSTANDARDTIME", (2, 28), (3, 1)),
        ("NEWZEALANDSTANDARDTIME", (3, 1), (3, 1)),
        ("UTC", (2, 28), (3, 1)),
        ("UTC11", (2, 28), (2, 28)),  # what Windows calls UTC-11
        ("UTC+12", (3, 1), (3, 1)),
        ("UTC+13", (3, 1), (3, 1)),
        ("CENTRALSTANDARDTIME(MEXICO)", (2, 28), (2, 28)),
        ("PACIFICSTANDARDTIME(MEXICO)", (2, 28), (2, 28)),
        ("MOUNTAINSTANDARDTIME(MEXICO)", (2, 28), (2, 28)),
        ("EASTERNSTANDARDTIME(MEXICO)", (2, 28), (2, 28)),
        ("KAMCHATKASTANDARDTIME", (3, 1), (3, 1)),
        ("", (2, 28), (3, 1)),
    ],
)
def test_the_day_is_the_one_of_the_zone_as_xero_writes_it(
    zone: str, in_the_evening: tuple[int, int], in_the_morning: tuple[int, int]
) -> None:
    connection = XeroConnection(xero_timezone=zone)

    assert organisation_today(connection, EVENING) == date(2026, *in_the_evening)
    assert organisation_today(connection, MORNING) == date(2026, *in_the_morning)


def test_a_zone_that_windows_gave_up_keeps_its_own_day() -> None:
    connection = XeroConnection(xero_timezone="MIDATLANTICSTANDARDTIME")

    assert organisation_today(connection, datetime(2026, 3, 1, 1, tzinfo=UTC)) == date(2026, 2, 28)
