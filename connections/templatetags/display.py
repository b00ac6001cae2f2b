"""
How money, numbers, dates, times and statuses look, in the active language (product R-5).

The formatting functions may be called from Python as well, where a list makes its strings
there: a template that formats fifty rows cell by cell costs three times as much. Equal
values are formatted once a process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import lru_cache

from babel import Locale, dates, numbers
from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from connections import wording

register = template.Library()

NOTHING = "–"
# Xero keeps four decimals of a unit price (xero-api §11): no digit that counts is hidden.
MOST_DECIMALS = 4
# Room for any number that Pipedrive may hold: it keeps them as doubles.
_WIDE = Context(prec=400)
_ENGLISH = Locale("en", "GB")  # day before month, and dollars told apart
_TURKISH = Locale("tr", "TR")
_ADDRESS_PART = re.compile(r"(?<=@)")

# code -> words, colour, icon. Xero's words for an invoice (product M-31), its two flags,
# and the states of our own operations.
STATUSES: Mapping[str, tuple[str | Promise, str, str]] = {
    "DRAFT": (_("Draft"), "quiet", "file"),
    "SUBMITTED": (_("Awaiting approval"), "info", "clock"),
    "AUTHORISED": (_("Awaiting payment"), "info", "coins"),
    "PAID": (_("Paid"), "good", "check"),
    "VOIDED": (_("Voided"), "gone", "stop"),
    "DELETED": (_("Deleted"), "gone", "trash"),
    "overdue": (_("Overdue"), "bad", "warning"),
    "partly_paid": (_("Partly paid"), "warn", "coins"),
    "ready": (_("Sending…"), "info", "send"),
    "sending": (_("Sending…"), "info", "send"),
    "waiting": (_("Waiting"), "warn", "clock"),
    "unsure": (_("Checking with Xero"), "info", "search"),
    "looking": (_("Checking with Xero"), "info", "search"),
    "done": (_("Done"), "good", "check"),
    "refused": (_("Refused"), "bad", "warning"),
    "needs_person": (_("Needs a person"), "warn", "user"),
    "connected": (_("Connected"), "good", "link"),
    "native_on": (pgettext_lazy("the Invoice tab", "On"), "good", "check"),
    "native_waiting": (pgettext_lazy("the Invoice tab", "Waiting"), "quiet", "refresh"),
    "native_refused": (pgettext_lazy("the Invoice tab", "Not granted"), "warn", "warning"),
    "not_connected": (_("Not connected"), "quiet", "unlink"),
    "not_installed": (_("Not installed"), "quiet", "unlink"),
    "reconnect": (_("Reconnect needed"), "bad", "warning"),
    "linked": (_("Linked"), "good", "link"),
    "not_linked": (_("Not linked"), "quiet", "unlink"),
    "renewal_needed": (_("Renewal needed"), "bad", "warning"),
    "role_refused": (_("Role not allowed"), "bad", "warning"),
    "disconnected": (_("Disconnected in Xero"), "bad", "unlink"),
    "waiting_for_xero": (pgettext_lazy("connecting", "Not finished"), "warn", "clock"),
    "confirmed": (_("Confirmed"), "good", "check"),
    "unconfirmed": (_("Not confirmed"), "warn", "warning"),
}


@register.simple_tag
def money(amount: Decimal | None, currency: str) -> str:
    """
    Write an amount with its currency: `£1,234.56`, `₺1.234,56`; a dash when there is none.

    At least the currency's own decimals are shown, at most four, rounded half up.
    """
    if amount is None:
        return NOTHING
    return _money(amount, currency, _language())


@register.simple_tag
def number(value: Decimal | int | None) -> str:
    """Write a number without needless decimals: `2`, `1,234.5`, `1.234,5`."""
    if value is None:
        return NOTHING
    return _number(Decimal(value), _language())


@register.simple_tag
def percent(value: Decimal | int | None) -> str:
    """Write a percentage given in hundredths (20 is `20%`, in Turkish `%20`)."""
    if value is None:
        return NOTHING
    return _percent(Decimal(value), _language())


@register.simple_tag
def day(value: date | None) -> str:
    """Write a calendar date: `20 Mar 2025`, `20.03.2025`. It belongs to no time zone."""
    if value is None:
        return NOTHING
    return _day(value, _language())


@register.simple_tag
def moment(value: datetime | None) -> str:
    """
    Write an aware instant in the active time zone: `20 Mar 2025, 14:05`.

    UTC is named, because nobody's watch shows it; any other zone is the reader's own.
    """
    if value is None:
        return NOTHING
    local = timezone.localtime(value)
    return _moment(local.replace(tzinfo=None), local.tzname() == "UTC", _language())


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """Draw an icon of `static/icons.svg` for the eye only: words beside it say the same."""
    return _icon(name, classes)


@register.filter
def xero_role(code: str) -> str:
    """Return a role in Xero as Xero's own pages name it."""
    return wording.xero_role(code)


@register.filter
def address(text: str) -> SafeString:
    """
    Write an email address so that a line may end after its "@".

    Text without an "@" is written as it is.
    """
    *parts, last = _ADDRESS_PART.split(text) if "@" in text else [text]
    return format_html("{}{}", format_html_join("", "{}<wbr>", ((each,) for each in parts)), last)


@register.simple_tag
def status(code: str, detail: str = "") -> SafeString:
    """
    Draw the badge of a Xero status, of a flag or of one of our states (see STATUSES).

    A word of Xero's that we do not know is shown as Xero wrote it.
    """
    return _badge(code, detail, _language())


def status_label(code: str) -> str:
    """Return the words of a status in the active language, or the code when it is unknown."""
    return str(STATUSES.get(code, (code,))[0])


def _language() -> str:
    return "tr" if (get_language() or "en").startswith("tr") else "en"


def _locale(language: str) -> Locale:
    return _TURKISH if language == "tr" else _ENGLISH


def _rounded(value: Decimal, fewest: int) -> Decimal:
    """Round half up to four decimals, then drop zeros beyond the `fewest` decimals."""
    rounded = _to_places(value, MOST_DECIMALS)
    decimals = fewest
    while rounded != _to_places(rounded, decimals):
        decimals += 1
    return _to_places(rounded, decimals)


def _to_places(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _WIDE)


@lru_cache(maxsize=8192)
def _money(amount: Decimal, currency: str, language: str) -> str:
    rounded = _rounded(amount, numbers.get_currency_precision(currency) if currency else 2)
    if rounded.is_signed():
        return _write_money(rounded, currency, language)
    before, group, point, after = _money_form(currency, language, -int(rounded.as_tuple().exponent))
    digits = f"{rounded:,f}".replace(",", "_").replace(".", point).replace("_", group)
    return f"{before}{digits}{after}"


@lru_cache(maxsize=1024)
def _money_form(currency: str, language: str, places: int) -> tuple[str, str, str, str]:
    """
    Return what stands before, between the thousands of, between whole and fraction of, and after
    an amount. Babel reads its pattern anew for each amount, which half a list's time goes to.
    """
    sample = _write_money(Decimal(2222) + _twos(places), currency, language)
    start, end = sample.index("2"), sample.rindex("2") + 1
    written = sample[start:end]
    return sample[:start], written[1], written[5] if places else "", sample[end:]


def _twos(places: int) -> Decimal:
    return Decimal("0." + "2" * places) if places else Decimal(0)


def _write_money(rounded: Decimal, currency: str, language: str) -> str:
    locale = _locale(language)
    if not currency:
        return _write_number(rounded, _pattern(rounded), locale)
    pattern = locale.currency_formats["standard"].pattern.replace("0.00", _decimals(rounded))
    if numbers.get_currency_symbol(currency, locale)[-1].isalpha():
        pattern = pattern.replace("¤", "¤\N{NO-BREAK SPACE}")
    with localcontext(_WIDE):
        return numbers.format_currency(
            rounded, currency, pattern, locale=locale, currency_digits=False
        )


def _write_number(rounded: Decimal, pattern: str, locale: Locale) -> str:
    with localcontext(_WIDE):
        return numbers.format_decimal(rounded, pattern, locale=locale)


@lru_cache(maxsize=4096)
def _number(value: Decimal, language: str) -> str:
    rounded = _rounded(value, 0)
    return _write_number(rounded, _pattern(rounded), _locale(language))


@lru_cache(maxsize=1024)
def _percent(value: Decimal, language: str) -> str:
    rounded = _rounded(value, 0)
    locale = _locale(language)
    pattern = locale.percent_formats[None].pattern.replace("#,##0", _pattern(rounded))
    with localcontext(_WIDE):
        return numbers.format_percent(rounded / 100, pattern, locale=locale)


@lru_cache(maxsize=4096)
def _day(value: date, language: str) -> str:
    pattern = "dd.MM.y" if language == "tr" else "d MMM y"
    return dates.format_date(value, pattern, locale=_locale(language))


@lru_cache(maxsize=4096)
def _moment(wall_clock: datetime, is_utc: bool, language: str) -> str:
    pattern = "dd.MM.y HH:mm" if language == "tr" else "d MMM y, HH:mm"
    written = dates.format_datetime(wall_clock, pattern, locale=_locale(language))
    return f"{written}\N{NO-BREAK SPACE}UTC" if is_utc else written


def _decimals(value: Decimal) -> str:
    places = max(0, -int(value.as_tuple().exponent))
    return "0." + "0" * places if places else "0"


def _pattern(value: Decimal) -> str:
    return "#,##" + _decimals(value)


@lru_cache(maxsize=256)
def _icon(name: str, classes: str) -> SafeString:
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        static("icons.svg"),
        name,
    )


@lru_cache(maxsize=1024)
def _badge(code: str, detail: str, language: str) -> SafeString:
    label, tone, icon_name = STATUSES.get(code, (code, "quiet", "info"))
    words = {"label": label, "tone": tone, "icon": icon_name, "detail": detail}
    return render_to_string("components/badge.html", words)
