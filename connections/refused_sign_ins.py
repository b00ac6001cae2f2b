"""
Sign-ins that were refused, for the audit trail: whose they would have been, and why (S-20).

Neither what was typed nor where it came from is kept: the trail holds ids and codes. What is tried
for an unknown address is on record as well, of nobody's company; it costs the same queries as for
a known one, so that the time tells nothing either (S-1).
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django.core.cache import cache
from django.core.exceptions import ValidationError

from connections import audit
from connections.models import Company, Membership, User

# Allauth's word for more tries than may be made.
_TOO_MANY: Final = "too_many_login_attempts"
# While somebody is kept out, each further try is refused: one row tells of all of them.
_ONE_LOCK_SECONDS: Final = 300


def record(
    event: str, *, email: str = "", user: Any = None, now: datetime, error_code: str = ""
) -> None:
    """
    Write down a refused sign-in: once for each company of the person, else once of none.

    :param event: which step refused it, a word of `activity_words`
    :param email: the address that was typed, when that is all that is known
    :param user: whose sign-in it would have been, when that is known
    """
    email = user.email if user is not None else email.strip().lower()
    ids = list(User.objects.filter(email=email).values_list("pk", flat=True))
    members = list(
        Membership.objects.across_companies()
        .filter(user__email=email, removed_at__isnull=True)
        .select_related("company")
    )
    after = {"error_code": error_code} if error_code else {}
    for member in members:
        subject = f"membership:{member.pk}"
        audit.record(event, company=member.company, subject=subject, after=after, now=now)
    if not members:
        subject = f"user:{ids[0]}" if ids else ""
        audit.record(event, company=None, subject=subject, after=after, now=now)


def record_for_company(
    event: str, company: Company | None, *, error_code: str = "", now: datetime, **ids: int
) -> None:
    """
    Write down a sign-in that was refused to somebody who is no member as far as we know.

    :param company: whose sign-on or Pipedrive they came by; None for our own
    :param ids: what the other side calls them, by number
    """
    after = ids | ({"error_code": error_code} if error_code else {})
    audit.record(event, company=company, after=after, now=now)


def record_wrong(
    exc: ValidationError, wrong: str, *, email: str = "", user: Any = None, now: datetime
) -> None:
    """
    Write down what allauth refused: `wrong`, or that no more tries are taken for a while.

    :param exc: why it was refused
    :param wrong: what to call it when what was shown was not right
    """
    if getattr(exc, "code", "") != _TOO_MANY:
        record(wrong, email=email, user=user, now=now)
        return
    whom = user.email if user is not None else email.strip().lower()
    if cache.add(f"locked_out:{sha256(whom.encode()).hexdigest()}", 1, _ONE_LOCK_SECONDS):
        record("sign_in.locked_out", email=email, user=user, now=now)
