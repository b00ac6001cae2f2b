"""Text made comparable: no letter case, no accents, Turkish letters included."""

from __future__ import annotations

import unicodedata

# Casefolding turns "İ" into two characters and leaves "ı" alone; a person means the same letter.
_TURKISH = str.maketrans({"İ": "i", "I": "i", "ı": "i"})


def fold(text: str) -> str:
    """Return text for comparing and searching: "YILLIK Bakım" and "yillik bakim" are the same."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.translate(_TURKISH)).casefold()
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(kept.split())
