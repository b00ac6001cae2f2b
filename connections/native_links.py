"""The way from Pipedrive's own screens to our connections page, for a company whose grant ended."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse

from connections.models import Company

_SALT = "connections.native_links"
LIVES_SECONDS = 15 * 60


def make_url(company: Company) -> str:
    """
    Return where somebody mends the company's connection. It opens nothing: whoever follows it signs
    in as ever, and lands at this company if it is theirs.
    """
    value = signing.dumps(company.pk, salt=_SALT)
    return f"{settings.SITE_URL}{reverse('connections:mend')}?link={value}"


def read_company_id(value: str) -> int | None:
    """Return the company that a link was made for; None for one that is old or not of ours."""
    try:
        found = signing.loads(value, salt=_SALT, max_age=LIVES_SECONDS)
    except signing.BadSignature:
        return None
    return found if isinstance(found, int) else None
