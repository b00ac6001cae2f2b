"""
Reading what people type: numbers, dates and plain text, by the reader's language.

Nothing is guessed: what can be read in two ways is refused with the two readings named (B-8, B-9).
Numbers shown for editing carry no thousands separator, so what we wrote ourselves reads back.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from babel.dates import get_month_names
from babel.numbers import get_decimal_symbol, get_group_symbol
from django.utils.translation import gettext as _

from mappings import customer

FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2099, 12, 31)

_EXCHANGED = str.maketrans(".,", ",.")
_PLAIN = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"(-?)([0-9][0-9.,]*|[.,][0-9]+)")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([./])([0-9]{1,2})\2([0-9]{4})")
_WORD_DATE = re.compile(r"([0-9]{1,2}) (\w+)\.? ([0-9]{4})")


class Unreadable(ValueError):
    """What was typed has no single meaning; the message says how to write it."""


def read_number(text: str, language: str) -> Decimal:
    """
    Return the number that was typed, exactly.

    The language's own form is read, and the other one where it can mean only one thing:
    "1.234,56" and "1,234.56" are the same in every language, "1,234" is refused in English.

    :param language: "en" or "tr": which sign is the decimal one
    :raises Unreadable: exponents, other digits, wrong grouping, or two possible meanings
    """
    found = _NUMBER.fullmatch(text.strip())
    if not found:
        raise Unreadable(_("Write a number with digits only, like %s.") % _example(language))
    sign, body = found.groups()
    whole, fraction = _split(body, language)
    number = Decimal(f"{sign}{whole or '0'}.{fraction or '0'}")
    if fraction == "":
        number = Decimal(f"{sign}{whole}")
    if sign and not number:
        raise Unreadable(_("Write zero as 0."))
    return number


def write_number(number: Decimal | None, language: str, places: int = 0) -> str:
    """
    Return a number as it is shown for editing: ungrouped, at least `places` decimals, "" for none.
    """
    if number is None:
        return ""
    text = format(number.normalize() if number else Decimal(0), "f")
    whole, _point, fraction = text.partition(".")
    fraction = fraction.ljust(places, "0")
    return f"{whole}{get_decimal_symbol(language)}{fraction}" if fraction else whole


def rewrite_number(text: str, *, before: str, now: str, places: int = 0) -> str:
    """
    Return a number that was typed in one language as another one writes it.

    What cannot be read stays as it was typed, with point and comma exchanged where the other
    language would read it all the same: what was refused in two meanings keeps both.

    :param before: the language it was typed in
    :param now: the language it is shown in
    """
    try:
        return write_number(read_number(text, before), now, places)
    except Unreadable:
        return text.translate(_EXCHANGED) if _is_readable(text, now) else text


def read_date(text: str, language: str) -> date:
    """
    Return the calendar day that was typed: 2025-03-20 always, 20.03.2025, in Turkish also with
    slashes, in English also "20 Mar 2025". Slashes are refused in English: day and month swap.

    :raises Unreadable: no such day, out of reach, or two possible meanings
    """
    text = text.strip()
    parts = _date_parts(text, language)
    if parts is None:
        raise Unreadable(_("Write the date as %s.") % _date_example(language))
    try:
        day = date(*parts)
    except ValueError as exc:
        raise Unreadable(_("This day does not exist in the calendar.")) from exc
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Unreadable(_("Choose a date between the years 2000 and 2099."))
    return day


def read_text(text: str, *, has_lines: bool = False) -> str:
    r"""
    Return typed text without control characters, text-reordering marks and doubled blanks.

    :param has_lines: keep line breaks, as "\n", and leading empty lines; else they become blanks
    :raises Unreadable: it holds a NUL or half a character
    """
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Unreadable(_("This text holds a character that cannot be stored. Type it again."))
    if not has_lines:
        return customer.tidy(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(customer.tidy(line) for line in lines).rstrip()


def _split(body: str, language: str) -> tuple[str, str]:
    """Return the digits before and after the decimal sign."""
    own = get_decimal_symbol(language)
    other = get_group_symbol(language)
    if _PLAIN.fullmatch(body):
        return body, ""
    if body.count(own) == 1 and other not in body:
        whole, fraction = body.split(own)
        return whole, _digits(fraction, language)
    if body.count(other) == 1 and own not in body:
        whole, fraction = body.split(other)
        if len(fraction) == 3 and 1 <= len(whole) <= 3 and whole != "0":
            raise Unreadable(
                _("“%(typed)s” can be read in two ways. Write %(whole)s or %(fraction)s.")
                % {
                    "typed": body,
                    "whole": f"{whole}{fraction}",
                    "fraction": f"{whole}{own}{fraction}",
                }
            )
        return whole, _digits(fraction, language)
    for decimal, group in ((own, other), (other, own)):
        grouped = rf"[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}})+"
        found = re.fullmatch(rf"({grouped})(?:{re.escape(decimal)}([0-9]+))?", body)
        if found:
            return found[1].replace(group, ""), found[2] or ""
    raise Unreadable(_("Write a number with digits only, like %s.") % _example(language))


def _is_readable(text: str, language: str) -> bool:
    try:
        read_number(text, language)
    except Unreadable:
        return False
    return True


def _digits(fraction: str, language: str) -> str:
    if not fraction:
        raise Unreadable(_("Write a number with digits only, like %s.") % _example(language))
    return fraction


def _date_parts(text: str, language: str) -> tuple[int, int, int] | None:
    """Return year, month and day as written, or None."""
    if iso := _ISO_DATE.fullmatch(text):
        return int(iso[1]), int(iso[2]), int(iso[3])
    if numbers := _DAY_FIRST.fullmatch(text):
        if numbers[2] == "/" and language != "tr":
            return None
        return int(numbers[4]), int(numbers[3]), int(numbers[1])
    words = _WORD_DATE.fullmatch(text)
    month = _month(words[2], language) if words else None
    return (int(words[3]), month, int(words[1])) if words and month else None


def _month(word: str, language: str) -> int | None:
    for width in ("wide", "abbreviated"):
        for number, name in get_month_names(width, locale=language).items():
            if name.casefold().rstrip(".") == word.casefold():
                return int(number)
    return None


def _example(language: str) -> str:
    return f"1234{get_decimal_symbol(language)}56"


def _date_example(language: str) -> str:
    return "20.03.2025" if language == "tr" else "2025-03-20"
