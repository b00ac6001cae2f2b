"""UpdatedDateUTC: strictly increasing within an organisation, to the millisecond."""

from datetime import datetime

from sandbox.xero import dates
from sandbox.xero.models import Organisation


def next_change_ms(organisation: Organisation, now: datetime) -> int:
    """Return the instant of a change: now, or one millisecond after the last change."""
    row = Organisation.objects.filter(pk=organisation.pk)
    last = row.values_list("last_change_ms", flat=True).get()
    instant = max(dates.to_ms(now), last + 1)
    row.update(last_change_ms=instant)
    return instant
