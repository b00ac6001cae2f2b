"""Showing one row's personal data to one member of staff, for a few minutes, on record (P-12)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Model

from connections import audit
from connections.models import Company, User

SHOWN_FOR: Final = timedelta(minutes=5)
MOST_SHOWN: Final = 20
_KEY: Final = "revealed"


def reveal(row: Model, *, by: User, reason: str, session: SessionBase, now: datetime) -> None:
    """
    Let a member of staff read one row's personal data until `SHOWN_FOR` has passed.

    :param reason: kept in the audit trail, where the company's admins read it
    """
    audit.record(
        "data.revealed",
        company=_company_of(row),
        actor=by,
        subject=name_of(row),
        reason=reason,
        now=now,
    )
    shown = {name: until for name, until in _shown(session).items() if until > now.timestamp()}
    newest = dict(sorted(shown.items(), key=lambda each: each[1])[-(MOST_SHOWN - 1) :])
    session[_KEY] = newest | {name_of(row): (now + SHOWN_FOR).timestamp()}


def is_revealed(row: Model, *, session: SessionBase, now: datetime) -> bool:
    """Whether this session may read this row's personal data now."""
    return _shown(session).get(name_of(row), 0) > now.timestamp()


def name_of(row: Model) -> str:
    """Return what the audit trail calls a row."""
    return f"{row._meta.model_name}:{row.pk}"


def _shown(session: SessionBase) -> dict[str, float]:
    found: dict[str, float] = session.get(_KEY, {})
    return found


def _company_of(row: Model) -> Company | None:
    if isinstance(row, Company):
        return row
    company = getattr(row, "company", None)
    return company if isinstance(company, Company) else None
