"""
How sure we are of who is in a session: by what it was signed in, and how long ago (S-2, S-5).

allauth keeps with a session by what its person showed who they are. Here is decided what that is
worth. `is_verified` is the one place that says whether a session may see anything at all.
"""

from __future__ import annotations

import time
from typing import Any, Final

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from connections.frames import mount
from connections.models import Company, User

RECENT_SECONDS: Final = 600
# Recovery codes stand in for a factor that is lost; alone they are none.
FACTORS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Our own single sign-on, which vouches for everybody (settings.SSO_URL).
OUR_SIGN_ON: Final = "sso"
# A company's own provider and its Pipedrive vouch within that company only: whoever runs them
# could say to be anybody there.
COMPANY_SIGN_ON: Final = "company_sign_on"
PIPEDRIVE: Final = "pipedrive"
_WITHIN_COMPANY: Final = frozenset({COMPANY_SIGN_ON, PIPEDRIVE})


def is_verified(request: HttpRequest) -> bool:
    """
    Whether this session passed a second factor, or was vouched for by somebody who asks for one.

    A factor of the person's own counts while they have one: who removes the last is asked anew. In
    a frame Pipedrive has signed for this person, minutes ago (docs/adr/0020).
    """
    if mount.frame_of(request) is not None:
        return True
    return is_own(request) or _is_vouched_within(request, getattr(request, "company", None))


def is_own(request: HttpRequest) -> bool:
    """
    Whether the person themselves was shown: by their own second factor or our single sign-on.

    Only such a session reaches the admin, and what a person signs in with.
    """
    records = _records(request)
    if any(_is_ours(each) for each in records):
        return True
    return any(each["method"] == "mfa" for each in records) and has_factor(request.user)


def may_use_admin(request: HttpRequest) -> bool:
    """Whether somebody may see the admin: staff, in a session that is their own."""
    user = request.user
    return bool(user.is_active and user.is_staff) and is_own(request)


def is_recent(request: HttpRequest) -> bool:
    """
    Whether the person showed who they are within the last ten minutes, as well as they can.

    A password alone is enough only for somebody who has nothing better yet.
    """
    since = time.time() - RECENT_SECONDS
    fresh = [each for each in _records(request) if each["at"] >= since]
    if any(each["method"] == "mfa" or _is_ours(each) for each in fresh):
        return True
    company = getattr(request, "company", None)
    if company and any(_vouches_within(each, company) for each in fresh):
        return True
    return any(each["method"] == "password" for each in fresh) and not has_factor(request.user)


def bound_company_id(request: HttpRequest) -> int | None:
    """
    Return the one company that this session reaches; None when it reaches all of the person's.

    A session that a company vouched for stays within it until the person's own factor was shown.
    """
    records = _records(request)
    if any(each["method"] == "mfa" or _is_ours(each) for each in records):
        return None
    bound = [each["company"] for each in records if each["method"] in _WITHIN_COMPANY]
    return bound[-1] if bound else None


def is_through_sign_on(request: HttpRequest, company: Company) -> bool:
    """Whether this session was signed in by this company's own provider."""
    return any(
        each["method"] == COMPANY_SIGN_ON and each["company"] == company.pk
        for each in _records(request)
    )


def is_kept_out(request: HttpRequest, company: Company | None) -> bool:
    """
    Whether a company lets its people in by its own provider only, and this is another way.

    Inside Pipedrive it is Pipedrive that asks its people who they are.
    """
    return (
        company is not None
        and mount.frame_of(request) is None
        and company.is_sign_on_required
        and not is_through_sign_on(request, company)
    )


def is_through_our_sign_on(request: HttpRequest) -> bool:
    """Whether this session was signed in by our own single sign-on."""
    return any(_is_ours(each) for each in _records(request))


def is_through_pipedrive(request: HttpRequest, company: Company) -> bool:
    """Whether this session was signed in by the person's Pipedrive user of this company."""
    return any(
        each["method"] == PIPEDRIVE and each["company"] == company.pk for each in _records(request)
    )


def has_factor(user: Any) -> bool:
    """Whether a person has a second factor that counts."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def note_company(request: HttpRequest, user: User, method: str, company: Company) -> None:
    """Note that a company's provider or its Pipedrive said just now who this is."""
    record_authentication(request, user, method, company=company.pk)


def note_our_sign_on(request: HttpRequest, user: User) -> None:
    """Note that our single sign-on asked anew who this is."""
    record_authentication(request, user, "socialaccount", provider=OUR_SIGN_ON)


def note_factor(request: HttpRequest, user: User, kind: str) -> None:
    """Note that a person showed a second factor that they have just set up."""
    record_authentication(request, user, "mfa", type=kind)


def is_vouched_for(request: HttpRequest, user: User, company: Company | None) -> bool:
    """Whether a sign-in under way needs no second factor of ours: somebody else asked for one."""
    records = get_authentication_records(request, user)
    return any(
        _is_ours(each) or (company is not None and _vouches_within(each, company))
        for each in records
    )


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    return get_authentication_records(request, request.user)


def _is_ours(record: dict[str, Any]) -> bool:
    return record["method"] == "socialaccount" and record.get("provider") == OUR_SIGN_ON


def _is_vouched_within(request: HttpRequest, company: Company | None) -> bool:
    return company is not None and any(_vouches_within(each, company) for each in _records(request))


def _vouches_within(record: dict[str, Any], company: Company) -> bool:
    """Pipedrive vouches while the company's statement on its sign-in stands (M-2)."""
    if record["method"] not in _WITHIN_COMPANY or record["company"] != company.pk:
        return False
    return record["method"] == COMPANY_SIGN_ON or company.is_security_stated
