"""What a company's people are warned of: asked for where a page shows it, and not by its parts."""

from __future__ import annotations

from django import template
from django.utils import timezone

from connections import alert_words, dangers
from connections.models import Membership

register = template.Library()


@register.simple_tag
def connection_warnings(membership: Membership | None) -> list[alert_words.Shown]:
    """Return what ends or has ended, in the person's language; mostly without a query."""
    if membership is None:
        return []
    found = dangers.list_for(membership.company, now=timezone.now())
    return [alert_words.show(each, is_admin=membership.is_admin) for each in found]
