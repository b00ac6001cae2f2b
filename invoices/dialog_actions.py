"""
One press inside the dialog, other than Create: the form comes in, the changed form goes out.

Every button is named `action` with a value such as "remove:p3", so the dialog works without
JavaScript. Nothing is stored here, but for "Unlink", which forgets a product's link at once (R-20).
"""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from connections import throttling
from invoices import (
    dialog,
    dialog_contacts,
    dialog_lines,
    dialog_reading,
    dialog_taxes,
    forms,
    services,
    wording,
)
from invoices.dialog_lines import Line
from mappings import planned_lines, queries
from mappings import services as mapping_services
from mappings.types import Item

COMPARE = "compare"
TEXT = "text"


def act(opened: dialog.Dialog, action: str) -> None:
    """
    Carry out an action on the dialog and make it ready to be shown.

    :param action: a button's value; one that is not known changes nothing
    """
    name, _colon, argument = action.partition(":")
    opened.follow_issue_date()
    load_lists(opened)
    opened.build(shows_errors=False)
    if name in CONTACT_ACTIONS:
        CONTACT_ACTIONS[name](opened, argument)
        opened.focus = "" if name == COMPARE else "contact"
    elif name in LINE_ACTIONS:
        LINE_ACTIONS[name](opened, argument)
        load_lists(opened)
        opened.build(shows_errors=False)
    dialog_contacts.compare(opened, asks_xero=name == COMPARE and "update_contact" in opened.values)


def load_lists(opened: dialog.Dialog) -> None:
    """Read Xero's lists as copied last, with the items that the lines name."""
    ids = dialog_lines.item_ids(opened.lines)
    opened.lists = queries.lists_for(opened.connection, item_ids=ids)


def _search(opened: dialog.Dialog, key: str) -> None:
    """Find items for what is in a line's search box (M-28, B-15)."""
    line = opened.line(key)
    if line is None:
        return
    term = _readable(line.query)
    if not forms.MIN_SEARCH <= len(term) <= forms.MAX_SEARCH:
        line.search_error = _("Type 2 to 100 characters to search.")
    elif wait := throttling.take_search(opened.membership, now=opened.now):
        line.search_error = wording.search_wait(wait)
    else:
        line.results = queries.search_items(opened.connection, term)
    opened.focus = key


def _add(opened: dialog.Dialog, kind: str) -> None:
    if not opened.is_full:
        opened.focus = opened.add_line(is_text=kind == TEXT).key


def _remove(opened: dialog.Dialog, key: str) -> None:
    opened.lines = [line for line in opened.lines if line.key != key]


def _up(opened: dialog.Dialog, key: str) -> None:
    _shift(opened, key, -1)


def _down(opened: dialog.Dialog, key: str) -> None:
    _shift(opened, key, 1)


def _shift(opened: dialog.Dialog, key: str, steps: int) -> None:
    line = opened.line(key)
    if line is None:
        return
    place = opened.lines.index(line)
    opened.lines.remove(line)
    opened.lines.insert(max(0, place + steps), line)


def _link(opened: dialog.Dialog, argument: str) -> None:
    """Link a line to a Xero item and take over what the item says (R-20, R-21)."""
    key, _colon, item_id = argument.partition(":")
    line = opened.line(key)
    if line is None:
        return
    opened.focus = key
    wanted = dialog_lines.item_id(item_id)
    item = queries.items_for(opened.connection, {wanted}).get(wanted) if wanted else None
    if item is None:
        line.search_error = _("Xero does not sell this item now. Choose another one.")
        return
    _fill_from_item(opened, line, item)
    line.item_id, line.query = str(item.xero_item_id), ""
    dialog_taxes.follow(opened, line)


def _fill_from_item(opened: dialog.Dialog, line: Line, item: Item) -> None:
    """
    Description, account and tax rate come from the item, the latter from the preferences where it
    has none; what a person wrote stays.
    """
    before = {"", line.name}
    if line.item:
        before |= {line.item.description, line.item.name}
    if line.values["description"].strip() in before:
        line.values["description"] = item.description or item.name or item.code
    preferences = queries.preferences_for(opened.connection.company)
    account = planned_lines.account_or_default(item.account_code, preferences, opened.lists)
    tax_rate = planned_lines.tax_type_or_default(item.tax_type, preferences, opened.lists)
    _take_over(line, "account", own=item.account_code, found=account)
    _take_over(line, "tax_rate", own=item.tax_type, found=tax_rate)
    is_base = opened.values["currency"] == opened.connection.base_currency
    if not line.values["unit_price"].strip() and item.unit_price is not None and is_base:
        line.values["unit_price"] = dialog_reading.write_number(item.unit_price, opened.language, 2)


def _take_over(line: Line, name: str, *, own: str, found: str) -> None:
    """The item's own value goes before what was chosen, the company's stands in for none."""
    if (own and found == own) or not line.values[name]:
        line.values[name] = found or own


def _unlink(opened: dialog.Dialog, key: str) -> None:
    line = opened.line(key)
    if line is None:
        return
    opened.focus = key
    try:
        services.check_may_create(opened.membership, opened.connection)
    except services.NotAllowed as exc:  # the gate was shut after the dialog was opened
        opened.problems.append(wording.not_allowed(exc.code))
        return
    line.item_id = ""
    if line.product:
        mapping_services.unlink_product(
            connection=opened.connection,
            product=line.product[:2],
            by=opened.membership.user,
            now=opened.now,
        )


def _readable(text: str) -> str:
    try:
        return dialog_reading.read_text(text)
    except dialog_reading.Unreadable:
        return ""


Action = Callable[[dialog.Dialog, str], None]
CONTACT_ACTIONS: dict[str, Action] = {
    "search_contact": lambda opened, _argument: dialog_contacts.search(opened),
    "contact": dialog_contacts.choose,
    "new_contact": lambda opened, _argument: dialog_contacts.choose_new(opened),
    "drop_contact": lambda opened, _argument: dialog_contacts.drop(opened),
    COMPARE: lambda _opened, _argument: None,
}
LINE_ACTIONS: dict[str, Action] = {
    "add": _add,
    "search": _search,
    "remove": _remove,
    "up": _up,
    "down": _down,
    "link": _link,
    "unlink": _unlink,
}
