"""Reading the create dialog out of the form that a browser sent."""

from __future__ import annotations

import re
from datetime import datetime

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from connections.models import Membership, XeroConnection
from invoices import dialog, dialog_tokens, line_fields
from invoices.dialog import CUSTOMER_FIELDS, DETAIL_FIELDS, Dialog
from invoices.dialog_lines import Line

_LINE_KEY = re.compile(r"[a-z0-9]{1,8}")
_LONGEST_SEARCH = 500
_MOST_CANDIDATES = 20


class Missing(ValueError):
    """The form came without what the server put in it."""


def read(
    data: QueryDict,
    *,
    membership: Membership,
    connection: XeroConnection,
    language: str,
    now: datetime,
) -> Dialog:
    """
    Return the dialog that a form carries.

    :raises Missing: there is no submission in it
    :raises dialog_tokens.NotOurs: the submission was made for somebody else
    """
    signed = data.get("submission")
    if not signed:
        raise Missing("submission")
    submission = dialog_tokens.Submission.open(signed, membership, connection)
    opened = Dialog(
        membership=membership,
        connection=connection,
        language=language,
        now=now,
        submission=submission,
        values=read_values(data),
        lines=[],
        contact_query=data.get("contact_query", "")[:_LONGEST_SEARCH],
    )
    read_lines(opened, data)
    # Whoever reads another language now, in another window, typed it in that of the page.
    rewrite_lines(opened, before=data.get("language", ""))
    _read_contact(opened, data)
    return opened


def typed(opened: Dialog) -> dict[str, list[str]]:
    """
    Return what a person typed, to open the dialog with it again; without signed values.

    It is stored, so it holds no NUL, which no database takes: a form that no browser made may have
    it in a field nobody types into.
    """
    found = dict(opened.values)
    for line in opened.lines:
        found |= {f"{line.key}-{name}": value for name, value in line.values.items()}
        found[f"{line.key}-item"] = line.item_id
    fields = {name: [value.replace("\0", "")] for name, value in found.items()}
    return fields | {"line": [line.key for line in opened.lines]}


def read_values(data: QueryDict) -> dict[str, str]:
    """Return the typed values of sections 1 and 2, by our names only (S-22)."""
    names = (*CUSTOMER_FIELDS, *DETAIL_FIELDS, "due_follows")
    values = {name: data.get(name, "") for name in names}
    if not values["update_contact"]:
        del values["update_contact"]  # a checkbox is off by being absent
    return values


def read_lines(opened: Dialog, data: QueryDict) -> None:
    """Add the lines that a form carries, in its order, to a dialog."""
    seen: set[str] = set()
    for key in data.getlist("line"):
        if not _LINE_KEY.fullmatch(key):
            opened.problems.append(_("A line of this form is damaged. Reload the page."))
        elif key in seen:
            opened.problems.append(
                _("A line is in this form twice. Reload the page, or remove one of them.")
            )
        else:
            seen.add(key)
            opened.lines.append(_read_line(key, data, opened.submission))


def rewrite_lines(opened: Dialog, *, before: str) -> None:
    """
    Write the numbers of all lines as the language does that the person reads now.

    :param before: the language they were typed in, "" where nobody knows
    """
    if before == opened.language or before not in dict(settings.LANGUAGES):
        return
    for line in opened.lines:
        line.rewrite(before=before, now=opened.language)


def _read_line(key: str, data: QueryDict, submission: dialog_tokens.Submission) -> Line:
    return Line(
        key=key,
        values={name: data.get(f"{key}-{name}", "") for name in line_fields.NAMES},
        item_id=data.get(f"{key}-item", ""),
        product=submission.products.get(key),
        is_plain=key in submission.plain_lines,
        query=data.get(f"{key}-query", "")[:_LONGEST_SEARCH],
        shown=data.get(f"{key}-shown", ""),
    )


def _read_contact(opened: Dialog, data: QueryDict) -> None:
    chosen = data.get("contact", "")
    opened.is_new_contact = chosen == dialog.NEW
    for token in data.getlist("candidate")[:_MOST_CANDIDATES]:
        opened.candidates.extend(_open_contact(token, opened))
    if chosen and not opened.is_new_contact:
        known = _open_contact(chosen, opened)
        if not known:
            opened.contact_message = _("This contact is not known. Choose again.")
        elif known[0].blocked:
            opened.contact_message = known[0].blocked
        else:
            opened.contact = known[0]


def _open_contact(token: str, opened: Dialog) -> list[dialog_tokens.ContactChoice]:
    try:
        return [dialog_tokens.ContactChoice.open(token, opened.membership, opened.connection)]
    except dialog_tokens.NotOurs:
        return []
