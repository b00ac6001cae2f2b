"""Sessions in the database, asked for only by keys that it can hold."""

from __future__ import annotations

from django.contrib.sessions.backends import db

_SHORTEST = 8  # as Django's own


class SessionStore(db.SessionStore):
    """
    Django's own store; a cookie that we never gave is no session.

    A quoted cookie may hold a NUL, with which PostgreSQL fails rather than finds nothing (B-1).
    """

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and len(str(key)) >= _SHORTEST and str(key).isalnum()
