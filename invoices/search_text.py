"""
What a search compares: the words of an invoice or a deal without case, accents or Turkish dots.

Written beside what it is made of, so that the database can look for it on every machine alike;
`mappings.folding` says what counts as the same letter.
"""

from __future__ import annotations

from functools import lru_cache

from mappings import folding

# Together they stay below what an index entry of PostgreSQL holds, at four bytes a letter.
_LONGEST_CONTACT = 200
_LONGEST_NUMBER = 100
_LONGEST_REFERENCE = 250
_LONGEST_TITLE = 600
# Folded text has no line break, so no word is found across two of the parts.
_BETWEEN = "\n"


def of_invoice(contact_name: str, number: str, reference: str) -> str:
    """Return what `Invoice.search_text` holds: it leads with the contact, to sort by it too."""
    return _BETWEEN.join(
        (
            _fold(contact_name)[:_LONGEST_CONTACT],
            _clean(folding.fold(number))[:_LONGEST_NUMBER],
            _fold(reference)[:_LONGEST_REFERENCE],
        )
    )


def of_deal(title: str) -> str:
    """Return what `Deal.search_text` holds."""
    return _clean(folding.fold(title))[:_LONGEST_TITLE]


def words(typed: str) -> list[str]:
    """Return the words to look for of what somebody typed; a row has to hold each of them."""
    return folding.fold(typed).split()


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    """Contacts and references repeat from invoice to invoice: a poll may bring thousands."""
    return _clean(folding.fold(text))


def _clean(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\x00", "")
