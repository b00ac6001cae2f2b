"""
Second factors by allauth, with what it leaves to us: sealed secrets, codes that work once.

A code counts as used in the row of its authenticator, because a cache may forget (S-2).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import structlog
from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base.forms import AuthenticateForm as StockAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as StockReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from connections import assurance, factor_keys, refused_sign_ins, vault
from connections.secrets import Secret

log = structlog.get_logger(__name__)

_USED_STEP = "used_step"


class Adapter(DefaultMFAAdapter):
    """Secrets of authenticators are sealed as tokens are (S-17)."""

    def encrypt(self, text: str) -> str:
        """
        Seal a secret for the row of the person whom this request is about.

        :raises vault.CannotOpen: it is about nobody
        """
        return vault.seal_at(Secret(text), place=factor_keys.place_of(_whose()))

    def decrypt(self, encrypted_text: str) -> str:
        """
        Open what `encrypt` sealed for the same person.

        :raises vault.CannotOpen: it was sealed for somebody else, or altered
        """
        return vault.open_at(encrypted_text, place=factor_keys.place_of(_whose())).reveal()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return whom a passkey is made for: the host of our address, whatever a header says."""
        host = settings.SITE_URL.split("://", 1)[1].split("/")[0].split(":")[0]
        return {"id": host, "name": app_settings.TOTP_ISSUER}

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002
        """Return what a passkey is called until its person names it: none is master of others."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"{_('Passkey')} {count + 1}" if count else _("Passkey")


class _UsedOnce:
    """Mixed into allauth's forms: a time-based code works once, and so does its half minute."""

    user: Any
    authenticator: Authenticator

    def clean_code(self) -> str:
        """
        Return the code, unless this half minute's was used; a refused one is on record (S-20).

        :raises ValidationError: it is wrong or used, or there were too many tries
        """
        with _refusals_on_record(self.user):
            code = cast(str, super().clean_code())  # type: ignore[misc]
            is_app = self.authenticator.type == Authenticator.Type.TOTP
            if is_app and not _use_step(self.authenticator):
                raise get_adapter().validation_error("incorrect_code")
        return code


class _KeyOnRecord:
    """Mixed into allauth's forms: a passkey that is refused is on record (S-20)."""

    user: Any

    def clean_credential(self) -> Authenticator:
        """
        Return what the key belongs to.

        :raises ValidationError: it is not this person's, or there were too many tries
        """
        with _refusals_on_record(self.user):
            try:
                return cast(Authenticator, super().clean_credential())  # type: ignore[misc]
            except (AttributeError, KeyError, TypeError, ValueError) as exc:
                # No browser sends such a credential, and its parser trusts that.
                raise get_adapter().validation_error("incorrect_code") from exc


class AuthenticateKeyForm(_KeyOnRecord, AuthenticateWebAuthnForm):
    """A passkey as the second step of signing in."""


class LoginKeyForm(_KeyOnRecord, LoginWebAuthnForm):
    """A passkey instead of a password; whose it is, it says itself."""


class ReauthenticateKeyForm(_KeyOnRecord, ReauthenticateWebAuthnForm):
    """Showing a passkey anew."""


class AuthenticateForm(_UsedOnce, StockAuthenticateForm):
    """The second step of signing in."""


class ReauthenticateForm(_UsedOnce, StockReauthenticateForm):
    """Showing the second factor anew."""


class ActivateForm(ActivateTOTPForm):
    """Setting up an authenticator: the session has shown it with the code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The label says it.
        del self.fields["code"].widget.attrs["placeholder"]

    def clean_code(self) -> str:
        """Return the code."""
        code = cast(str, super().clean_code())
        assurance.note_factor(context.request, self.user, Authenticator.Type.TOTP)
        return code


class AddKeyForm(AddWebAuthnForm):
    """Adding a passkey: the session has shown it with the credential."""

    def clean(self) -> dict[str, Any]:
        """Return the credential, complete."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("credential"):
            assurance.note_factor(context.request, self.user, Authenticator.Type.WEBAUTHN)
        return cleaned


def _whose() -> int:
    """Return whose authenticators a request is about: whoever signs in, or is signed in."""
    request = context.request
    stage = getattr(request, "_login_stage", None)
    person = stage.login.user if stage is not None else getattr(request, "user", None)
    if person is None or person.pk is None:
        raise vault.CannotOpen("nobody's")
    return int(person.pk)


@contextmanager
def _refusals_on_record(user: Any) -> Iterator[None]:
    try:
        yield
    except ValidationError as exc:
        refused_sign_ins.record_wrong(exc, "sign_in.factor_refused", user=user, now=timezone.now())
        raise
    except vault.CannotOpen as exc:
        # Somebody wrote another's secret into this row: no code fits, and a person has to look.
        log.error("factor_unreadable", user=getattr(user, "pk", None))
        raise get_adapter().validation_error("incorrect_code") from exc


def _use_step(authenticator: Authenticator) -> bool:
    """Note the present time step as used; False when it, or a later one, was used before."""
    step = int(time.time()) // app_settings.TOTP_PERIOD
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        if row.data.get(_USED_STEP, 0) >= step:
            return False
        row.data[_USED_STEP] = step
        row.save(update_fields=["data"])
    authenticator.data = row.data
    return True
