"""Parts of addresses. Importing this module makes `<row_id:…>` known to every app's urls."""

from __future__ import annotations

from django.urls import register_converter


class RowIdConverter:
    """An id of ours or Pipedrive's: digits only, and small enough for every database (B-3)."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        """Return the number in the address."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Return the number for an address."""
        return str(value)


register_converter(RowIdConverter, "row_id")
