"""What is typed to invite somebody, and to accept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from connections.models import Membership
from connections.passwords import LONGEST


class InviteForm(forms.Form):
    """Whom an admin invites, and as what."""

    email = forms.EmailField(label=_("Email address"), max_length=254)
    role = forms.ChoiceField(
        label=_("Role"), choices=Membership.Role.choices, initial=Membership.Role.REP
    )

    def __init__(self, data: Any = None) -> None:
        """:param data: what was posted; None for an empty form"""
        super().__init__(data, auto_id="invite_%s")


class AcceptForm(forms.Form):
    """Who somebody is that has no account yet, and their password."""

    first_name = forms.CharField(label=_("First name"), max_length=150)
    last_name = forms.CharField(label=_("Last name"), max_length=150)
    password = forms.CharField(
        label=_("Password"),
        max_length=LONGEST,
        strip=False,
        help_text=_("At least 12 characters. A few words that you can remember are best."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
