"""
Our rows in the admin: read-only, found by exact id, never a scan, personal data masked
(product §10, S-27, P-12).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from connections import masking, revealing, typed_before
from connections.admin_lists import BoundedAdmin, list_for_staff
from connections.models import Company, User

MOST_FOUND = 200
MOST_AT_ONCE = 200
MOST_REASON = 500
_COMPANY = "company__"


class ReadOnlyAdmin(BoundedAdmin):
    """
    Rows that staff look at and do not edit; what may be done is an action with its own right.

    `whole_numbers`, `uuids` and `texts` name the columns that the search box compares exactly:
    each has an index. `personal` names those that stay masked until somebody asks to see them.
    """

    whole_numbers: ClassVar[tuple[str, ...]] = ()
    uuids: ClassVar[tuple[str, ...]] = ()
    texts: ClassVar[tuple[str, ...]] = ()
    personal: ClassVar[tuple[str, ...]] = ()
    # Shows the search box; what it finds is decided in get_search_results.
    search_fields: ClassVar[tuple[str, ...]] = ("pk",)
    change_form_template = "admin/masked_change_form.html"
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
        """
        Find by exact Pipedrive id, Xero id or number.

        Each column is asked by itself: one question with "or" between tables uses no index.
        """
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = [*((name, term) for name in self.texts)]
        if term.isascii() and term.isdigit() and int(term) < 2**63:
            wanted += [(name, int(term)) for name in self.whole_numbers]  # type: ignore[misc]
        try:
            wanted += [(name, UUID(term)) for name in self.uuids]  # type: ignore[misc]
        except ValueError:
            pass
        companies: list[int] = []
        found: set[Any] = set()
        for name, value in wanted:
            if name.startswith(_COMPANY):
                rows = Company.objects.filter(**{name.removeprefix(_COMPANY): value})
                companies += rows.values_list("pk", flat=True)[:MOST_FOUND]
            else:
                keys = queryset.order_by().filter(**{name: value}).values_list("pk", flat=True)
                found.update(keys[:MOST_FOUND])
        matches = Q(pk__in=found) if found else Q()
        matches |= Q(company__in=companies) if companies else Q()
        return (queryset.filter(matches) if matches else queryset.none()), False

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return a row to be drawn: masked, unless this session may read it now."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and not self.is_revealed(request, row):
            masking.row(row, self.personal)
        return row

    def is_revealed(self, request: HttpRequest, row: Model) -> bool:
        """Whether this session may read this row's personal data now."""
        return revealing.is_revealed(row, session=request.session, now=timezone.now())

    def has_reveal_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may ask to see personal data."""
        return request.user.has_perm("connections.reveal_personal")

    def get_urls(self) -> list[URLPattern]:
        """Add where personal data is asked for."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_reveal"
        view = self.admin_site.admin_view(self.reveal_view)
        return [path("<path:object_id>/reveal/", view, name=name), *super().get_urls()]

    def reveal_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """
        Show this row's personal data for some minutes, with a reason.

        :raises PermissionDenied: not theirs to see, or nothing that was posted
        """
        row = super().get_object(request, object_id)
        may = self.has_view_permission(request, row) and self.has_reveal_permission(request)
        if row is None or request.method != "POST" or not may or not self.personal:
            raise PermissionDenied
        reason = read_reason(request)
        if reason:
            revealing.reveal(
                row,
                by=staff_member(request),
                reason=reason,
                session=request.session,
                now=timezone.now(),
            )
        else:
            self.message_user(request, _("Say why you need to see it."), messages.ERROR)
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=[row.pk]))

    def reveal_address(self, row: Model) -> str:
        """Return where a row's personal data is asked for."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_reveal"
        return reverse(name, args=[row.pk])

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Say on the page whether personal data is masked, and offer to show it."""
        row = kwargs.get("obj")
        is_masked = bool(self.personal) and row is not None and not self.is_revealed(request, row)
        reveal_href = self.reveal_address(row) if is_masked and row is not None else ""
        typed = typed_before.take(request, reveal_href)
        context |= {
            "typed_reason": typed.get("reason", "") if typed else "",
            "is_masked": is_masked,
            "may_reveal": is_masked and self.has_reveal_permission(request),
            "most_reason": MOST_REASON,
            "reveal_href": reveal_href,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """
        As Django's, which takes what was ticked as ids without looking at it.

        :raises BadRequest: one of them cannot be an id (B-25)
        """
        for text in request.POST.getlist(ACTION_CHECKBOX_NAME):
            try:
                self.model._meta.pk.clean(text, None)
            except ValidationError as exc:
                raise BadRequest("no id") from exc
        return super().response_action(request, queryset, *args, **kwargs)

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

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show the list; an action that was typed before is put back beside it."""
        answer = super().changelist_view(request, extra_context)
        context = getattr(answer, "context_data", None) or {}
        if context.get("action_form"):
            typed = context["cl"].typed
            names = {"action", "reason"} & typed.keys()
            context["action_form"].initial = {name: typed[name] for name in names}
        return answer

    def do_with_reason(
        self, request: HttpRequest, queryset: QuerySet[Any], do: Callable[..., bool]
    ) -> None:
        """
        Do something to each chosen row, and say how many changed.

        :param do: called with the row, by, reason and now; whether anything was changed
        """
        reason = read_reason(request)
        if not reason:
            self.message_user(
                request, _("Say why, beside the action. Nothing was changed."), messages.ERROR
            )
            return
        chosen = list(queryset[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            self.message_user(
                request,
                _("Choose at most %(most)d at once. Nothing was changed.") % {"most": MOST_AT_ONCE},
                messages.ERROR,
            )
            return
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


def read_reason(request: HttpRequest) -> str:
    """Return the reason that was typed, without control characters; "" when there is none."""
    text = "".join(each for each in request.POST.get("reason", "") if each.isprintable())
    return text.strip()[:MOST_REASON]


def staff_member(request: HttpRequest) -> User:
    """
    Return who of our staff is acting.

    :raises PermissionDenied: nobody who is signed in
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class ReadOnlyInline(admin.TabularInline):
    """Rows beneath a row, to be read: at most `most`, masked unless the row above is revealed."""

    extra = 0
    can_delete = False
    most = 100
    personal: ClassVar[tuple[str, ...]] = ()

    @property
    def media(self) -> forms.Media:
        """Return nothing: no row is added here."""
        return forms.Media()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of every company; the form narrows them to its own row."""
        queryset = list_for_staff(self.model)
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return forms of at most so many rows, masked unless the row above is revealed."""
        base = super().get_formset(request, obj, **kwargs)
        is_shown = obj is not None and revealing.is_revealed(
            obj, session=request.session, now=timezone.now()
        )
        personal, most = () if is_shown else self.personal, self.most

        class Bounded(base):  # type: ignore[misc,valid-type]
            def get_queryset(self) -> Any:
                if not hasattr(self, "_drawn"):
                    self._drawn = list(super().get_queryset()[:most])
                    for row in self._drawn:
                        masking.row(row, personal)
                return self._drawn

        return Bounded

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is edited by hand."""
        return False
