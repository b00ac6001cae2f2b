"""
Personal data as our staff see it until they ask to see it: enough to recognise, not to read (P-12).

An instance is masked after it was read, and never saved: the admin's lists and pages only draw it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from django.db.models import Model

from connections.models import User

HIDDEN: Final = "•••"
_EMAIL: Final = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_SHORTEST: Final = 3
# Fields of what we send to Xero that are no person's: figures, codes, ids, dates.
_PLAIN: Final = frozenset(
    {
        "AccountCode",
        "AddressType",
        "BrandingThemeID",
        "ContactID",
        "ContactNumber",
        "CurrencyCode",
        "Date",
        "DueDate",
        "InvoiceID",
        "ItemCode",
        "LineAmountTypes",
        "LineItemID",
        "PaymentID",
        "Status",
        "TaxType",
        "Type",
    }
)


def text(value: str) -> str:
    """Return a name or an address of which only each word's first letter is left."""
    name, at, host = value.partition("@")
    if at and " " not in value.strip():
        return f"{name[:1]}{HIDDEN}@{host}"
    return " ".join(f"{word[:1]}{HIDDEN}" for word in value.split())


def emails(value: str) -> str:
    """Return a text, such as Xero's message, with the e-mail addresses in it masked."""
    return _EMAIL.sub(lambda found: text(found[0]), value)


def said(message: str, texts: Collection[str]) -> str:
    """
    Return what Xero said with the e-mail addresses in it masked, and without what it repeats of a
    customer: it names the contact that it refuses.

    :param texts: what it was told of the customer, see `personal_texts`
    """
    for each in sorted(texts, key=len, reverse=True):
        message = message.replace(each, HIDDEN)
    return emails(message)


def personal_texts(request_body: str) -> set[str]:
    """Return what a request says and `body` hides, but for texts too short to be a name."""
    try:
        content = json.loads(request_body, parse_float=str, parse_int=str)
    except ValueError:
        return set()
    return {each for each in _hidden(content) if len(each) >= _SHORTEST}


def body(request_body: str, *, is_shown: bool = False) -> str:
    """
    Return what we send to Xero, indented to be read, with figures, codes and ids only.

    :param is_shown: with all that it says
    """
    try:
        content = json.loads(request_body, parse_float=str, parse_int=str)
    except ValueError:
        hidden = HIDDEN if request_body else ""
        return request_body if is_shown else hidden
    return json.dumps(content if is_shown else _masked(content), indent=2, ensure_ascii=False)


def row(instance: Model, fields: Collection[str]) -> None:
    """
    Mask these fields of an instance: texts, and people it points to.

    :param fields: names of fields; those of a related row with its relation, `membership__user`
    """
    for name in fields:
        holder: Any = instance
        *relations, last = name.split("__")
        for relation in relations:
            holder = getattr(holder, relation, None)
        value = getattr(holder, last, None) if holder is not None else None
        if isinstance(value, User):
            person(value)
        elif isinstance(value, str) and value:
            setattr(holder, last, text(value))


def person(user: User) -> None:
    """Mask somebody's name and address."""
    for name in ("email", "first_name", "last_name"):
        setattr(user, name, text(getattr(user, name)))


def _hidden(content: Any, name: str = "") -> Iterator[str]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _hidden(value, key)
    elif isinstance(content, list):
        for value in content:
            yield from _hidden(value, name)
    elif isinstance(content, str) and _masked(content, name) == HIDDEN:
        yield content


def _masked(content: Any, name: str = "") -> Any:
    if isinstance(content, dict):
        return {key: _masked(value, key) for key, value in content.items()}
    if isinstance(content, list):
        return [_masked(value, name) for value in content]
    is_figure = isinstance(content, str) and re.fullmatch(r"-?[0-9.]+", content)
    if name in _PLAIN or is_figure or not isinstance(content, str):
        return content
    return HIDDEN if content else ""
