"""
The time zones of Xero's organisations (xero-api §7).

Apart from `queries`, which every process loads at its start: this needs Babel's tables.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global

from connections.models import XeroConnection

# Zones that Windows gave up, so that Babel does not know them: an organisation may still have one.
_GIVEN_UP = {
    "KAMCHATKASTANDARDTIME": "Asia/Kamchatka",
    "MIDATLANTICSTANDARDTIME": "Atlantic/South_Georgia",
}


def organisation_today(connection: XeroConnection, now: datetime) -> date:
    """
    Return the calendar day in the Xero organisation's time zone (R-11).

    :param now: aware instant
    """
    return now.astimezone(_zone(connection.xero_timezone)).date()


@lru_cache(maxsize=256)
def _zone(xero_timezone: str) -> ZoneInfo:
    """
    Xero names zones as Windows does, without blanks (NEWZEALANDSTANDARDTIME, xero-api §7), and of
    other signs it keeps some: CENTRALSTANDARDTIME(MEXICO), UTC+12, but UTC11 for UTC-11.
    """
    return ZoneInfo(_windows_zones().get(_bare(xero_timezone), "UTC"))


@lru_cache(maxsize=1)
def _windows_zones() -> dict[str, str]:
    names = get_global("windows_zone_mapping")
    return _GIVEN_UP | {_bare(name): zone for name, zone in names.items()}


def _bare(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum()).upper()
