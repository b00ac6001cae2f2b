"""Money, numbers, dates and statuses as a reader of either language expects them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel import numbers
from django.template import Context, Template
from django.utils import timezone, translation

from connections.templatetags import display

AFTERNOON = datetime(2025, 3, 20, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "english", "turkish"),
    [
        ("1234.56", "GBP", "£1,234.56", "£1.234,56"),
        ("1234.5600", "TRY", "TRY\xa01,234.56", "₺1.234,56"),
        ("0", "EUR", "€0.00", "€0,00"),
        ("-1234.5", "EUR", "-€1,234.50", "-€1.234,50"),
        ("10", "USD", "US$10.00", "$10,00"),
        ("1000", "JPY", "JP¥1,000", "¥1.000"),
        ("1.2345", "GBP", "£1.2345", "£1,2345"),
        ("1.23455", "GBP", "£1.2346", "£1,2346"),
        ("999999999999999.99", "GBP", "£999,999,999,999,999.99", "£999.999.999.999.999,99"),
        ("1234.5", "", "1,234.50", "1.234,50"),
    ],
)
def test_money_is_written_as_the_language_writes_it(
    amount: str, currency: str, english: str, turkish: str
) -> None:
    with translation.override("en"):
        assert display.money(Decimal(amount), currency) == english
    with translation.override("tr"):
        assert display.money(Decimal(amount), currency) == turkish


@pytest.mark.parametrize(
    ("value", "english", "turkish"),
    [
        ("2.0000", "2", "2"),
        ("1234.5000", "1,234.5", "1.234,5"),
        ("0.33335", "0.3334", "0,3334"),
        ("1E+3", "1,000", "1.000"),
        ("-0.5", "-0.5", "-0,5"),
    ],
)
def test_a_number_shows_the_decimals_that_count(value: str, english: str, turkish: str) -> None:
    with translation.override("en"):
        assert display.number(Decimal(value)) == english
    with translation.override("tr"):
        assert display.number(Decimal(value)) == turkish


def test_a_percentage_is_written_as_the_language_writes_it() -> None:
    with translation.override("en"):
        assert display.percent(Decimal("12.5000")) == "12.5%"
    with translation.override("tr"):
        assert display.percent(Decimal("12.5000")) == "%12,5"
        assert display.percent(Decimal(1250)) == "%1.250"


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("digits", ["1E+24", "-1E+24", "1.5E+30", "1E+308"])
def test_any_number_that_pipedrive_may_hold_is_written_whole(digits: str, language: str) -> None:
    held = Decimal(digits)

    with translation.override(language):
        written = [display.money(held, "GBP"), display.money(held, ""), display.number(held)]
        written.append(display.percent(held))

    for text in written:
        shown = "".join(sign for sign in text if sign.isdigit() or sign == "-")
        assert shown.removesuffix("00").rstrip("0") == format(held, "f").rstrip("0")


def test_a_date_is_written_as_the_language_writes_it() -> None:
    with translation.override("en"):
        assert display.day(date(2025, 3, 20)) == "20 Mar 2025"
        assert display.day(date(2024, 2, 29)) == "29 Feb 2024"
    with translation.override("tr"):
        assert display.day(date(2025, 3, 20)) == "20.03.2025"
        assert display.day(date(2025, 3, 5)) == "05.03.2025"


def test_the_same_instant_is_shown_in_whichever_time_zone_is_active() -> None:
    with translation.override("en"):
        in_utc = display.moment(AFTERNOON)
        with timezone.override(ZoneInfo("Europe/Istanbul")):
            in_istanbul = display.moment(AFTERNOON)

    assert in_utc == "20 Mar 2025, 14:05\N{NO-BREAK SPACE}UTC"
    assert in_istanbul == "20 Mar 2025, 17:05"


def test_a_turkish_instant_has_its_day_first_and_no_comma() -> None:
    with translation.override("tr"), timezone.override(ZoneInfo("Europe/Istanbul")):
        assert display.moment(AFTERNOON) == "20.03.2025 17:05"


def test_what_is_missing_is_a_dash_and_never_a_zero() -> None:
    assert display.money(None, "GBP") == "–"
    assert display.number(None) == "–"
    assert display.percent(None) == "–"
    assert display.day(None) == "–"
    assert display.moment(None) == "–"


@pytest.mark.parametrize(
    ("code", "english", "turkish"),
    [
        ("DRAFT", "Draft", "Taslak"),
        ("SUBMITTED", "Awaiting approval", "Onay bekliyor"),
        ("AUTHORISED", "Awaiting payment", "Ödeme bekliyor"),
        ("PAID", "Paid", "Ödenmiş"),
        ("VOIDED", "Voided", "Geçersiz"),
        ("DELETED", "Deleted", "Silinmiş"),
        ("overdue", "Overdue", "Vadesi geçti"),
        ("partly_paid", "Partly paid", "Kısmen ödendi"),
    ],
)
def test_a_status_is_told_by_word_and_icon(code: str, english: str, turkish: str) -> None:
    page = Template("{% load display %}{% status code %}")

    with translation.override("en"):
        in_english = page.render(Context({"code": code}))
    with translation.override("tr"):
        in_turkish = page.render(Context({"code": code}))

    assert f">{english}</span>" in in_english.replace("</svg>", ">")
    assert f">{turkish}</span>" in in_turkish.replace("</svg>", ">")
    assert "icons.svg#" in in_english


def test_a_status_that_xero_invents_is_shown_as_xero_wrote_it_and_harmlessly() -> None:
    page = Template("{% load display %}{% status code %}")

    shown = page.render(Context({"code": "<b>FROZEN</b>"}))

    assert "&lt;b&gt;FROZEN&lt;/b&gt;" in shown
    assert "<b>" not in shown


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("currency", ["GBP", "TRY", "EUR", "USD", "JPY", "KWD", "CHF", "XYZ", ""])
def test_the_short_way_of_writing_money_writes_what_babel_writes(
    currency: str, language: str
) -> None:
    for text in (
        "0",
        "0.005",
        "9.99",
        "999.995",
        "1000",
        "12345.6",
        "-12345.67",
        "1234.5678",
    ):
        for amount in (Decimal(text), Decimal(text) * 1_000_003):
            fewest = numbers.get_currency_precision(currency) if currency else 2
            rounded = display._rounded(amount, fewest)

            with translation.override(language):
                written = display.money(amount, currency)

            assert written == display._write_money(rounded, currency, language)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("olivia.grant@brightside.example", "olivia.grant@<wbr>brightside.example"),
        ("<b>&'@x.example", "&lt;b&gt;&amp;&#x27;@<wbr>x.example"),
        ("1.234,56", "1.234,56"),
        ("", ""),
    ],
)
def test_an_address_may_break_after_its_sign_and_is_escaped(text: str, written: str) -> None:
    page = Template("{% load display %}{{ text|address }}")

    assert page.render(Context({"text": text})) == written
