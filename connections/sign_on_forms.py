"""What an admin types about the company's own single sign-on."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.models import SignOn

SECRET_FIELD = "client_secret"  # noqa: S105 - the name of a field


class SignOnForm(forms.Form):
    """Issuer, client and secret, as the provider's own settings show them."""

    issuer = forms.CharField(
        label=gettext_lazy("Issuer"),
        max_length=400,
        help_text=gettext_lazy(
            "The https address that your provider calls the issuer. The other settings are read "
            "from there."
        ),
        widget=forms.URLInput(attrs={"placeholder": "https://login.example.com"}),
    )
    client_id = forms.CharField(label=gettext_lazy("Client ID"), max_length=255)
    client_secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        max_length=1000,
        required=False,
        strip=True,
        # Never written into a page again, not even after a mistake.
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
    )

    def __init__(self, data: Any = None, *, sign_on: SignOn | None) -> None:
        """:param sign_on: what is stored; None for nothing yet"""
        held = {"issuer": sign_on.issuer, "client_id": sign_on.client_id} if sign_on else {}
        super().__init__(data, initial=held, auto_id="sign_on_%s")
        if sign_on:
            self.fields[SECRET_FIELD].help_text = _("Leave it empty to keep the stored one.")

    def clean_issuer(self) -> str:
        """Return the address without a slash at its end, or refuse what is none."""
        value = str(self.cleaned_data["issuer"]).strip().rstrip("/")
        try:
            parts = urlsplit(value)
            is_address = parts.scheme in {"https", "http"} and bool(parts.hostname)
            is_plain = not (parts.query or parts.fragment or parts.username)
        except ValueError:
            is_address = is_plain = False
        if not is_address or not is_plain or not value.isascii() or not value.isprintable():
            raise ValidationError(_("Type an address that begins with https://."))
        return value
