"""How long a password may be; how short, Django's own validator says (S-3)."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST: Final = 128


class MaximumLengthValidator:
    """Refuses what is too long to be hashed for free by everybody who asks."""

    def validate(self, password: str, user: Any = None) -> None:
        """
        Refuse a password of more than 128 characters.

        :raises ValidationError: it is longer
        """
        if len(password) > LONGEST:
            raise ValidationError(
                _("This password is too long. It may have at most %(most)d characters."),
                code="password_too_long",
                params={"most": LONGEST},
            )

    def get_help_text(self) -> str:
        """Return the rule as a sentence."""
        return _("Your password may have at most %(most)d characters.") % {"most": LONGEST}
