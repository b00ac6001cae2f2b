"""Our own staff: what support may see and do in the admin (product §10)."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from connections.models import User

SUPPORT: Final = "support"
OUR_APPS: Final = ("connections", "mappings", "invoices")


def make_groups() -> None:
    """Make the support group with reading rights, retrying operations, and the settings page."""
    group, _created = Group.objects.get_or_create(name=SUPPORT)
    group.permissions.set(
        Permission.objects.filter(
            Q(content_type__app_label__in=OUR_APPS, codename__startswith="view_")
            | Q(content_type__app_label="invoices", codename="retry_operation")
            | Q(
                content_type__app_label="connections",
                codename__in=("revoke_securitystatement", "override_role"),
            )
            | Q(content_type__app_label="constance")
        )
    )


def add_to_group(user: User, name: str) -> None:
    """Put a member of staff into a group."""
    user.groups.add(Group.objects.get(name=name))
