"""
A person's browser sessions: how long one lives, which there are, and ending them (S-6).

One ends after 30 minutes without a request, 12 hours after it began, when its owner ends it on
another device, and when they are made inactive or taken out of a company. Ending one deletes its
row, so that its next request is a stranger's.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connections import audit
from connections.models import BrowserSession, User

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
# A session's row is not written at every request: idling is counted to the minute.
SEEN_STEP: Final = timedelta(minutes=1)
# What a page asks by itself says so, and is no sign that anybody is at work.
ONLY_LOOKING: Final = "X-Only-Looking"
_KEY: Final = "visit"
_LONGEST_DEVICE: Final = 200


@dataclass(frozen=True, slots=True)
class Visit:
    """What a session knows of its own life."""

    began_at: datetime
    seen_at: datetime
    ip_address: str
    device: str


def read_visit(data: Mapping[str, Any]) -> Visit | None:
    """Return what a session's content says of its life; None before the first request."""
    kept = data.get(_KEY)
    if kept is None:
        return None
    return Visit(_instant(kept["began"]), _instant(kept["seen"]), kept["ip"], kept["device"])


def go_on(
    data: MutableMapping[str, Any],
    *,
    ip_address: str,
    device: str,
    is_only_looking: bool = False,
    now: datetime,
) -> bool:
    """
    Note a request in a signed-in session; the first one begins its life.

    :param data: the session
    :param ip_address: where the request comes from; "" when unknown
    :param device: the browser's own words for itself
    :param is_only_looking: the page asked by itself: the time of idling goes on
    :return: False when the session's time is over, by idling or by the clock
    """
    visit = read_visit(data)
    if visit is None:
        device = "".join(letter for letter in device if letter.isprintable())
        data[_KEY] = {
            "began": now.timestamp(),
            "seen": now.timestamp(),
            "ip": ip_address,
            "device": device[:_LONGEST_DEVICE],
        }
        return True
    if now - visit.seen_at > IDLE or now - visit.began_at > LONGEST:
        return False
    if not is_only_looking and now - visit.seen_at >= SEEN_STEP:
        data[_KEY] = {**data[_KEY], "seen": now.timestamp()}
    return True


def name_of(session_key: str) -> str:
    """Return what a page names a session by."""
    return BrowserSession(session_key=session_key).public_id


def list_live(user: User, *, now: datetime) -> list[BrowserSession]:
    """Return a person's sessions that would still be let in, the latest seen first."""
    return list(
        BrowserSession.objects.filter(
            user=user,
            expire_date__gt=now,
            seen_at__gt=now - IDLE,
            signed_in_at__gt=now - LONGEST,
        ).order_by("-seen_at")
    )


def end(user: User, public_id: str, *, now: datetime) -> bool:
    """
    End one of a person's sessions.

    :return: False when they have no such session (any more)
    """
    for each in BrowserSession.objects.filter(user=user):
        if each.public_id == public_id:
            return _end([each.session_key], user, by=user, now=now) > 0
    return False


def end_others(user: User, *, current_key: str, now: datetime) -> int:
    """End a person's sessions but the one that they are in; returns how many."""
    rows = BrowserSession.objects.filter(user=user).exclude(session_key=current_key)
    return _end(list(rows.values_list("session_key", flat=True)), user, by=user, now=now)


def end_all(user: User, *, by: User | None, now: datetime) -> int:
    """End every session of a person who was made inactive or removed; returns how many."""
    rows = BrowserSession.objects.filter(user=user)
    return _end(list(rows.values_list("session_key", flat=True)), user, by=by, now=now)


def drop_expired(*, now: datetime) -> None:
    """Delete the rows of sessions whose time is over."""
    BrowserSession.objects.filter(expire_date__lte=now).delete()
    BrowserSession.objects.filter(seen_at__lte=now - IDLE).delete()
    BrowserSession.objects.filter(signed_in_at__lte=now - LONGEST).delete()


def _end(keys: list[str], user: User, *, by: User | None, now: datetime) -> int:
    ended, _rows = BrowserSession.objects.filter(session_key__in=keys).delete()
    if ended:
        audit.record(
            "sessions.ended",
            company=None,
            actor=by,
            subject=f"user:{user.pk}",
            after={"count": ended},
            now=now,
        )
    return ended


def _instant(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
