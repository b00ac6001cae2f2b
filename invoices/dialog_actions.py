"""
One press inside the dialog, other than Create: the form comes in, the changed form goes out.

Every button is named `action` with a value such as "remove:p3", so the dialog works without
JavaScript. Nothing is stored here, but for "Unlink", which forgets a product's link at once (R-20).
"""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from invoices import dialog, dialog_contacts, dialog_reading, forms, services, wording
from mappings import queries
from mappings import services as mapping_services
from mappings.types import Item

COMPARE = "compare"


def act(opened: dialog.Dialog, action: str, *, is_partial: bool = False) -> None:
    """
    Carry out an action on the dialog and make it ready to be shown.

    :param action: a button's value; one that is not known changes nothing
    :param is_partial: only sums and what is missing will be shown
    """
    name, _colon, argument = action.partition(":")
    opened.follow_issue_date()
    load_lists(opened)
    opened.build(shows_errors=False)
    if name in _CONTACT_ACTIONS:
        _CONTACT_ACTIONS[name](opened, argument)
    elif name in _LINE_ACTIONS:
        _LINE_ACTIONS[name](opened, argument)
    if is_partial:
        dialog_contacts.compare(opened, asks_xero=False)
        return
    search_lines(opened, except_for=argument if name in _CLEARING else "")
    dialog_contacts.compare(opened, asks_xero=name == COMPARE and "update_contact" in opened.values)
    load_lists(opened)
    opened.build(shows_errors=False)


def load_lists(opened: dialog.Dialog) -> None:
    """Read Xero's lists as copied last, with the items that the lines name."""
    opened.lists = queries.lists_for(opened.connection, item_ids=dialog.item_ids(opened.lines))


def search_lines(opened: dialog.Dialog, *, except_for: str = "") -> None:
    """Find items for each line with something in its search box (M-28, B-15)."""
    for line in opened.lines:
        if not line.query.strip() or line.key == except_for:
            continue
        term = _readable(line.query)
        if forms.MIN_SEARCH <= len(term) <= forms.MAX_SEARCH:
            line.results = queries.search_items(opened.connection, term)
        else:
            line.search_error = _("Type 2 to 100 characters to search.")


def _add(opened: dialog.Dialog, _argument: str) -> None:
    if len(opened.lines) < forms.MAX_LINES:
        opened.add_line()


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
    wanted = dialog.Line(key, {}, item_id=item_id)
    found = queries.items_for(opened.connection, dialog.item_ids([wanted]))
    item = next(iter(found.values()), None)
    if item is None:
        line.search_error = _("Xero does not sell this item now. Choose another one.")
        return
    _fill_from_item(opened, line, item)
    line.item_id, line.query = str(item.xero_item_id), ""


def _fill_from_item(opened: dialog.Dialog, line: dialog.Line, item: Item) -> None:
    """Description, account and tax rate come from the item, what a person wrote stays."""
    before = {"", line.name}
    if line.item:
        before |= {line.item.description, line.item.name}
    if line.values["description"].strip() in before:
        line.values["description"] = item.description or item.name or item.code
    if item.account_code:
        line.values["account"] = item.account_code
    if item.tax_type:
        line.values["tax_rate"] = item.tax_type
    is_base = opened.values["currency"] == opened.connection.base_currency
    if not line.values["unit_price"].strip() and item.unit_price is not None and is_base:
        line.values["unit_price"] = dialog_reading.write_number(item.unit_price, opened.language, 2)


def _unlink(opened: dialog.Dialog, key: str) -> None:
    line = opened.line(key)
    if line is None:
        return
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
_CONTACT_ACTIONS: dict[str, Action] = {
    "search_contact": lambda opened, _argument: dialog_contacts.search(opened),
    "contact": dialog_contacts.choose,
    "new_contact": lambda opened, _argument: dialog_contacts.choose_new(opened),
    "drop_contact": lambda opened, _argument: dialog_contacts.drop(opened),
}
_LINE_ACTIONS: dict[str, Action] = {
    "add": _add,
    "remove": _remove,
    "up": _up,
    "down": _down,
    "link": _link,
    "unlink": _unlink,
}
# After these the line's search box holds nothing that is still asked for.
_CLEARING = frozenset({"unlink"})
