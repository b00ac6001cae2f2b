"""
A vendor's refusals in the reader's words, beside the field they concern (R-25, F-12).

The words are those of the table (`connections.refusal_table`); a message without a row there is
quoted in a sentence. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections import refusal_table

CONTACT = "contact"
# Beside the line that is linked to the item whose code Xero named.
ITEM = "item"

_UNTOLD = _("Xero gave a reason that may name amounts. Ask a colleague who may see them.")
_UNKNOWN = {
    "xero": _("Xero's reason, in its own words: “{message}”"),
    "pipedrive": _("Pipedrive's reason, in its own words: “{message}”"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    One reason that a vendor gave. `field` is the dialog's name of it, "" when it concerns the
    whole; `code` is the account, tax rate, item or quantity that it named; `lines` says which
    lines it means where it named none; `text` quotes the vendor when not recognised.
    """

    field: str
    text: str | Promise
    original: str
    code: str = ""
    lines: refusal_table.Lines = ""
    is_known: bool = True


def explain(
    messages: Iterable[str], *, sees_amounts: bool, vendor: refusal_table.Vendor = "xero"
) -> list[Refusal]:
    """
    Return a vendor's messages in order, each with its field and words for people.

    :param sees_amounts: False leaves out the vendor's own words, which may name amounts
    """
    found = [_explain(vendor, str(message)) for message in messages]
    return found if sees_amounts else [_without_original(each) for each in found]


def originals(told: Iterable[Refusal]) -> str:
    """Return a vendor's own words, a message a line, where ours are shown instead of them."""
    return "\n".join(each.original for each in told if each.is_known and each.original)


def _without_original(each: Refusal) -> Refusal:
    text = each.text if each.is_known else _UNTOLD
    return replace(each, text=text, original="")


def _explain(vendor: refusal_table.Vendor, message: str) -> Refusal:
    found = refusal_table.find(vendor, message)
    if found is None:
        own_words = format_lazy(_UNKNOWN[vendor], message=message)
        return Refusal("", own_words, message, is_known=False)
    entry = found.entry
    return Refusal(entry.field, entry.text, message, found.code, entry.lines)
