"""Two records become one: the first is deleted, what hung on it hangs on the other."""

from __future__ import annotations

from datetime import datetime

from sandbox.pipedrive import validation, webhooks
from sandbox.pipedrive.models import Deal, Organization, Person, User


def merge(
    row: Deal | Organization | Person,
    into: Deal | Organization | Person,
    *,
    by: User,
    now: datetime,
) -> None:
    """
    Have one record become part of another of its kind; call inside a transaction.

    It is told twice, by the one that goes and by the one that stays (fact sheet §6.2).

    :raises validation.Invalid: they are the same, or one of them is deleted
    """
    if row.pk == into.pk or row.is_deleted or into.is_deleted:
        raise validation.Invalid("into", "Choose another one that is not deleted")
    before, before_into = webhooks.picture(row), webhooks.picture(into)
    row.is_deleted, row.update_time, into.update_time = True, now, now
    if isinstance(row, Deal):
        row.status = Deal.Status.DELETED
    else:
        row.deal_set.update(**{type(row).__name__.lower(): into})
    row.save()
    into.save()
    webhooks.announce(row, before, by=by, merged_to_id=into.number)
    webhooks.announce(into, before_into, by=by, merged_from_id=row.number)
