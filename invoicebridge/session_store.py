"""Sessions in the database: whose they are, and asked for only by keys that it can hold."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from connections import browser_sessions
from connections.models import BrowserSession

_SHORTEST = 8  # as Django's own


class SessionStore(db.SessionStore):
    """
    Django's own store, with columns to find a person's sessions by (S-6).

    A cookie that we never gave is no session: a quoted one may hold a NUL, with which PostgreSQL
    fails rather than finds nothing (B-1).
    """

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        """Return the table of the sessions."""
        return BrowserSession

    def create_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        """Return the row to store, with what its columns repeat of the session's content."""
        row = cast(BrowserSession, super().create_model_instance(data))
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        visit = browser_sessions.read_visit(data)
        if visit is not None:
            row.signed_in_at, row.seen_at = visit.began_at, visit.seen_at
            row.ip_address, row.device = visit.ip_address or None, visit.device
        return row

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and len(str(key)) >= _SHORTEST and str(key).isalnum()
