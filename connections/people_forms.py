"""The form of one person's role and flags."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections import rights
from connections.models import Membership
from connections.people import Rights

FLAG_HELP = {
    "can_create": gettext_lazy(
        "Create invoices from deals, submit them for approval and delete drafts."
    ),
    "can_approve": gettext_lazy("Approve drafts and invoices that await approval."),
    "can_void": gettext_lazy("Void approved invoices."),
    "can_email": gettext_lazy("Have Xero email invoices to the customer."),
    "can_see_amounts": gettext_lazy("Without this, prices and totals are hidden on every page."),
}


class MemberForm(forms.Form):
    """R-3. `seen` carries what the admin had before them, so that nothing is overwritten unseen."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Membership.Role.choices)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, data: Any = None, *, member: Membership) -> None:
        """:param member: whose form it is"""
        held = Rights.of(member)
        super().__init__(data, initial=asdict(held) | {"seen": held.write()}, auto_id="member_%s")
        for flag, label in rights.LABELS.items():
            self.fields[flag] = forms.BooleanField(
                label=str(label), required=False, help_text=FLAG_HELP[flag]
            )

    def clean_seen(self) -> Rights:
        """Return what the admin saw."""
        seen = Rights.read(self.cleaned_data["seen"])
        if seen is None:
            raise ValidationError(_("This form is damaged. Open the page again."))
        return seen

    def clean(self) -> dict[str, Any]:
        """Refuse creating without seeing amounts, beside the flag (docs/adr/0006)."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("can_create") and not cleaned.get("can_see_amounts"):
            self.add_error(
                "can_create",
                _(
                    "An invoice cannot be created without seeing amounts. "
                    "Allow that too, or take this away."
                ),
            )
        return cleaned

    @property
    def wanted(self) -> Rights:
        """Return what a valid form asks for."""
        return Rights(**{name: self.cleaned_data[name] for name in Rights.__slots__})
