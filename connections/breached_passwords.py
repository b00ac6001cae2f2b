"""
Passwords that were seen in breaches, refused without asking anybody outside (S-3).

The list is the operator's: "Pwned Passwords" as one file of SHA-1 in order, a line each, with `:`
and a count (some 40 GB for all of them). It is searched where it lies, by halves, and never read
whole. Without it only the 20,000 most common passwords are refused, by Django's own list.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, BinaryIO, Final

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

log = structlog.get_logger(__name__)

_DIGITS: Final = 40
# Below this a stretch is read line by line; a line has some 50 bytes.
_FEW_BYTES: Final = 4096


class BreachedPasswordValidator:
    """Refuses what is in the operator's list, when there is one (BREACHED_PASSWORDS_LIST)."""

    def validate(self, password: str, user: Any = None) -> None:
        """
        Refuse a password that was seen in a breach.

        :raises ValidationError: it was, or the list cannot be read just now
        """
        path = settings.BREACHED_PASSWORDS_LIST
        if not path:
            return
        try:
            is_known = contains(Path(path), password)
        except OSError as exc:
            # Not let through: whoever takes the list away would lower the bar unseen.
            log.error("breach_list_unreadable", error=type(exc).__name__)
            raise ValidationError(
                _("Passwords cannot be checked just now. Nothing was changed; try again later."),
                code="password_unchecked",
            ) from exc
        if is_known:
            raise ValidationError(
                _(
                    "This password was seen in a breach of another service, so others try it first."
                    " Choose one that you use nowhere else."
                ),
                code="password_breached",
            )

    def get_help_text(self) -> str:
        """Return the rule as a sentence."""
        return _("Your password may not be one that was seen in a breach of another service.")


def contains(path: Path, password: str) -> bool:
    """
    Whether a list of hashes in order holds a password's.

    :raises OSError: the list cannot be read
    """
    # What the lists are made with: nothing is protected by it.
    digest = hashlib.sha1(password.encode("utf-8", "replace"), usedforsecurity=False)
    wanted = digest.hexdigest().upper().encode()
    with path.open("rb") as lines:
        low, high = 0, lines.seek(0, 2)
        while high - low > _FEW_BYTES:
            middle = (low + high) // 2
            lines.seek(middle)
            lines.readline()  # the rest of a line whose beginning is before the middle
            if lines.readline()[:_DIGITS].upper() <= wanted:
                low = middle
            else:
                high = middle
        return _stands_between(lines, low, high, wanted)


def _stands_between(lines: BinaryIO, low: int, high: int, wanted: bytes) -> bool:
    lines.seek(low)
    if low:
        lines.readline()
    # The first line that begins after `high` is the last that can be it.
    while True:
        begins_at = lines.tell()
        found = lines.readline()[:_DIGITS].upper()
        if found == wanted:
            return True
        if not found or found > wanted or begins_at > high:
            return False
