"""
Lists in the admin: a bounded part of a table, in the order of an index, personal data masked
(product §10, P-12).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from connections import masking, typed_before
from connections.scoping import ScopedQuerySet

MOST_ROWS = 10_000


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


class MaskedChangeList(ChangeList):
    """A list whose rows show no personal data, in the order of an index and in no other."""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        # What was ticked and typed before somebody had to show who they are.
        is_read = request.method == "GET"
        self.typed = (is_read and typed_before.take(request, request.path)) or QueryDict()
        super().__init__(request, *args)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Return the list's own order: by another column, every row would be read and sorted."""
        self.params.pop(ORDER_VAR, None)
        return super().get_ordering(request, queryset)

    def get_results(self, request: HttpRequest) -> None:
        """Read a page of rows, and mask them."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        ticked = self.typed.getlist(ACTION_CHECKBOX_NAME)
        for row in self.result_list:
            row.is_ticked = str(row.pk) in ticked
            masking.row(row, self.model_admin.personal)  # type: ignore[attr-defined]


class BoundedAdmin(admin.ModelAdmin):
    """A list that reads a bounded part of its table, and is asked for what it offers only."""

    paginator = BoundedPaginator
    show_full_result_count = False
    # Counting what each filter would leave reads the whole table.
    show_facets = admin.ShowFacets.NEVER
    sortable_by: ClassVar[tuple[str, ...]] = ()
    list_per_page = 50
    list_max_show_all = 0

    @property
    def media(self) -> forms.Media:
        """Return what lists and their actions need: jQuery and what fills slugs weigh 80 KB."""
        return forms.Media(js=["admin/js/core.js", "admin/js/actions.js"])

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that masks."""
        return MaskedChangeList

    def action_checkbox(self, obj: Any) -> SafeString:
        """Return the row's box, ticked when it was before somebody had to show who they are."""
        attributes = {"class": "action-select", "aria-label": _("Choose %(row)s") % {"row": obj}}
        box = forms.CheckboxInput(attributes, lambda _value: obj.is_ticked)
        return box.render(ACTION_CHECKBOX_NAME, str(obj.pk))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Narrow by the offered filters only: others would spell out what is masked, or scan."""
        offered = {getattr(each, "parameter_name", each) for each in self.list_filter}
        return lookup.split("__")[0] in offered

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Let no form pick from these rows: Django's list for that names each of them unmasked."""
        return False
