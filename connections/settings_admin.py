"""The settings page: each group of staff changes its own part, and each change is on record."""

from __future__ import annotations

from typing import Any, Final

from constance.admin import Config, ConstanceAdmin
from constance.forms import ConstanceForm
from constance.utils import get_values
from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from connections import audit, typed_before
from connections.admin_base import staff_member

SWITCHES: Final = "Switches"
# The headings of the page: keys of a setting, which are plain text.
TITLES: Final = {
    SWITCHES: _("Switches"),
    "Following invoices": _("Following invoices"),
    "Writing to Xero": _("Writing to Xero"),
    "Limits": _("Limits"),
    "Invoices of a company": _("Invoices of a company"),
    "Invoice tab in Pipedrive": _("Invoice tab in Pipedrive"),
    "Upkeep": _("Upkeep"),
}


class SettingsForm(ConstanceForm):
    """Constance's form, where what this member of staff may not change cannot be changed."""

    def __init__(self, initial: dict[str, Any], request: HttpRequest, **more: Any) -> None:
        super().__init__(initial, request, **more)
        may_switch = request.user.has_perm("connections.change_switches")
        may_tune = request.user.has_perm("connections.change_durations")
        switches = settings.CONSTANCE_CONFIG_FIELDSETS[SWITCHES]
        for name, field in self.fields.items():
            # Constance shows the name in a cell of its own, which has this id.
            field.widget.attrs["aria-labelledby"] = slugify(name)
            if name != "version" and not (may_switch if name in switches else may_tune):
                field.disabled = True
        if request.method == "GET":
            # With the version that it was typed over: who was faster meanwhile is not overwritten.
            self._put_back(typed_before.take(request, request.path))

    def _put_back(self, typed: QueryDict | None) -> None:
        if typed is None:
            return
        for name, field in self.fields.items():
            if isinstance(field, forms.BooleanField) and not field.disabled:
                # A box that was not ticked was not sent.
                self.initial[name] = name in typed
            elif name in typed and not field.disabled:
                self.initial[name] = typed[name]


class SettingsAdmin(ConstanceAdmin):
    """Switches are a lead's, durations and limits an engineer's (product §10)."""

    change_list_form = SettingsForm

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show or change the settings; what was changed is kept with before and after."""
        before = get_values()
        answer = super().changelist_view(request, extra_context)
        shown: dict[str, Any] = getattr(answer, "context_data", None) or {}
        shown["title"] = _("Settings")
        for part in shown.get("fieldsets", ()):
            part["title"] = TITLES[part["title"]]
            for setting in part["config_values"]:
                if setting["is_checkbox"]:
                    setting["default"] = _("Yes") if setting["raw_default"] else _("No")
        after = get_values()
        changed = {name for name, value in after.items() if value != before[name]}
        if changed:
            audit.record(
                "settings.changed",
                company=None,
                actor=staff_member(request),
                subject="settings",
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
                now=timezone.now(),
            )
        return answer


admin.site.unregister([Config])
admin.site.register([Config], SettingsAdmin)
