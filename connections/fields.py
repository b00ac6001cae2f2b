"""A column for sealed secrets: it can be stored and opened by the vault, never searched."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldError
from django.db import models


class SealedTextField(models.TextField):
    """Text that `connections.vault` sealed. Any lookup but `isnull` and exact "" is refused."""

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse to compare ciphertext: equal secrets never look equal."""
        if lookup_name != "isnull":
            raise FieldError(f"a sealed column cannot be searched by {lookup_name}")
        return super().get_lookup(lookup_name)
