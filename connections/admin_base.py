"""Our rows in the admin: read-only, found by exact id, never a scan (product §10, S-27)."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from connections.models import User
from connections.scoping import ScopedQuerySet

MOST_ROWS = 10_000
MOST_AT_ONCE = 200
MOST_REASON = 500


def list_for_staff(model: type[Model]) -> QuerySet[Any]:
    """Return the rows of every company: staff look across companies, nobody else gets here."""
    queryset: QuerySet[Any] = model._default_manager.get_queryset()
    return queryset.across_companies() if isinstance(queryset, ScopedQuerySet) else queryset


class BoundedPaginator(Paginator):
    """Counts at most `MOST_ROWS`: nobody pages further, and a full count scans the table."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows, capped."""
        rows: Any = self.object_list
        return len(rows.values_list("pk")[:MOST_ROWS])


class ReadOnlyAdmin(admin.ModelAdmin):
    """
    Rows that staff look at and do not edit; what may be done is an action with its own right.

    `whole_numbers`, `uuids` and `texts` name the columns that the search box compares exactly.
    """

    whole_numbers: ClassVar[tuple[str, ...]] = ()
    uuids: ClassVar[tuple[str, ...]] = ()
    texts: ClassVar[tuple[str, ...]] = ()
    # Shows the search box; what it finds is decided in get_search_results.
    search_fields: ClassVar[tuple[str, ...]] = ("pk",)
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    # Columns that hold secrets are in no form, list, filter or export (P-12).
    exclude: ClassVar[tuple[str, ...]] = ("access_token", "refresh_token")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of every company, in this list's order."""
        queryset = list_for_staff(self.model)
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by exact Pipedrive id, Xero id or number, each by its index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = [Q(**{name: term}) for name in self.texts]
        if term.isascii() and term.isdigit() and int(term) < 2**63:
            found += [Q(**{name: int(term)}) for name in self.whole_numbers]
        try:
            found += [Q(**{name: UUID(term)}) for name in self.uuids]
        except ValueError:
            pass
        return (queryset.filter(reduce(or_, found)) if found else queryset.none()), False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows come from what people and vendors do, never from a form here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is edited by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted by hand."""
        return False


class ReasonForm(ActionForm):
    """Every action of staff has a reason, which the audit trail keeps."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=MOST_REASON)


class ReasonedAdmin(ReadOnlyAdmin):
    """Rows with actions that each need a reason and a right of their own."""

    action_form = ReasonForm

    def do_with_reason(
        self, request: HttpRequest, queryset: QuerySet[Any], do: Callable[..., bool]
    ) -> None:
        """
        Do something to each chosen row, and say how many changed.

        :param do: called with the row, by, reason and now; whether anything was changed
        """
        reason = request.POST.get("reason", "").strip()[:MOST_REASON]
        if not reason:
            self.message_user(
                request, _("Say why, beside the action. Nothing was changed."), messages.ERROR
            )
            return
        chosen = list(queryset[:MOST_AT_ONCE])
        now, by = timezone.now(), staff_member(request)
        changed = sum(do(row, by=by, reason=reason, now=now) for row in chosen)
        self.message_user(
            request,
            ngettext(
                "%(changed)d of %(chosen)d changed; the rest is as it was.",
                "%(changed)d of %(chosen)d changed; the rest is as it was.",
                len(chosen),
            )
            % {"changed": changed, "chosen": len(chosen)},
        )


def staff_member(request: HttpRequest) -> User:
    """
    Return who of our staff is acting.

    :raises PermissionDenied: nobody who is signed in
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class ReadOnlyInline(admin.TabularInline):
    """Rows beneath a row, to be read."""

    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of every company; the form narrows them to its own row."""
        queryset = list_for_staff(self.model)
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is edited by hand."""
        return False
