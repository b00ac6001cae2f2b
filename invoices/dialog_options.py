"""
The accounts and tax rates that a line may choose from, as the options of its lists.

Made once for each value that is chosen, because most lines say the same. A long invoice says the
whole lists once, and the page's script puts them into a line that somebody goes to: a thousand
lines with a hundred accounts each would be a page that no browser likes. The line that somebody is
at has them anyway: it may come alone, into a page that was drawn before the invoice grew long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from invoices.dialog_lines import Line
from mappings.types import Lists

# More lines than this make a long invoice.
FEW_LINES = 50
_OFFERED = '<option value="{}">{}</option>'
_CHOSEN = '<option value="{}" selected>{}</option>'


def offer(lines: Iterable[Line], lists: Lists, *, is_long: bool, focus: str = "") -> None:
    """
    Give each line its options.

    :param focus: the key of the line that somebody is at
    """
    for kind, names in _names(lists).items():
        made: dict[tuple[str, bool], SafeString] = {}
        for line in lines:
            chosen = line.values[kind]
            line.has_whole_lists = not is_long or line.key == focus
            key = (chosen, line.has_whole_lists)
            if key not in made:
                own = {chosen: names[chosen]} if chosen in names else {}
                made[key] = _options(names if line.has_whole_lists else own, chosen)
            line.options[kind] = made[key]


def whole(lists: Lists) -> dict[str, SafeString]:
    """Return all options by the name of their field, none of them chosen."""
    return {kind: _options(names, "") for kind, names in _names(lists).items()}


def _names(lists: Lists) -> dict[str, dict[str, str]]:
    return {
        "account": {each.code: f"{each.code} {each.name}" for each in lists.accounts},
        "tax_rate": {each.tax_type: each.name for each in lists.tax_rates},
    }


def _options(names: Mapping[str, str], chosen: str) -> SafeString:
    options = {"": _("As set in Xero")}
    if chosen and chosen not in names:  # it stays on show, and is refused (B-12)
        options[chosen] = _("%(value)s (not in Xero)") % {"value": chosen}
    return format_html_join(
        "",
        "{}",
        (
            [format_html(_CHOSEN if code == chosen else _OFFERED, code, name)]
            for code, name in (options | dict(names)).items()
        ),
    )
