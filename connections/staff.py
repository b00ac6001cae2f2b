"""
Our own staff: what each group may see and do in the admin (product §10, docs/adr/0039).

Everybody reads; personal data is masked until it is asked for. Support helps one company on: it
tries again what is stuck and has connections looked at. A lead decides: pauses, gates, switches,
what ends or is settled by hand. An engineer tunes: the durations and limits. Nobody deletes.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Final

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

from connections.models import User

SUPPORT: Final = "support"
LEAD: Final = "lead"
ENGINEER: Final = "engineer"
OUR_APPS: Final = ("connections", "mappings", "invoices")
MOST_SUPERUSERS: Final = 2

_HELPS: Final = (
    "connections.reveal_personal",
    "connections.look_after_company",
    "connections.register_nativeregistration",
    "invoices.retry_operation",
    "constance.view_config",
)
RIGHTS: Final = {
    SUPPORT: _HELPS,
    LEAD: (
        *_HELPS,
        "connections.pause_company",
        "connections.change_switches",
        "connections.revoke_securitystatement",
        "connections.override_role",
        "invoices.settle_operation",
        "constance.change_config",
    ),
    ENGINEER: (*_HELPS, "connections.change_durations", "constance.change_config"),
}


def make_groups() -> None:
    """Make or refresh the groups: each has what the code says, and nothing else."""
    views = Q(content_type__app_label__in=OUR_APPS, codename__startswith="view_")
    for name, rights in RIGHTS.items():
        named = (right.split(".") for right in rights)
        wanted = reduce(
            or_, (Q(content_type__app_label=app, codename=code) for app, code in named), views
        )
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(wanted))


def add_to_group(user: User, name: str) -> None:
    """Put a member of staff into a group."""
    user.groups.add(Group.objects.get(name=name))


def list_superusers() -> QuerySet[User]:
    """Return who may do everything; there should be at most `MOST_SUPERUSERS` (S-28)."""
    return User.objects.filter(is_superuser=True, is_active=True).order_by("email")
