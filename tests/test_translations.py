"""The Turkish catalogue holds every text of the product, and no text that is gone."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from tests.needs import ROOT

SOURCES = ("connections", "mappings", "invoices", "invoicebridge")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
Key = tuple[str | None, str]


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with (ROOT / "locale" / "tr" / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def test_every_text_of_the_product_is_in_the_catalogue(catalogue: Catalog) -> None:
    known = {_key(message) for message in catalogue if message.id}

    assert sorted(map(repr, set(_list_texts()) - known)) == []


def test_the_catalogue_holds_no_text_that_is_gone(catalogue: Catalog) -> None:
    known = {_key(message) for message in catalogue if message.id}

    assert sorted(map(repr, known - set(_list_texts()))) == []
    assert list(catalogue.obsolete) == []


def test_nothing_is_guessed_and_nothing_is_left_in_english(catalogue: Catalog) -> None:
    unsure = [message.id for message in catalogue if message.id and message.fuzzy]
    untranslated = [
        message.id for message in catalogue if message.id and not all(_strings(message))
    ]

    assert unsure == []
    assert untranslated == []


@pytest.mark.parametrize(
    ("english", "turkish"),
    [
        ("Deal", "Anlaşma"),
        ("Organization", "Kuruluş"),
        ("Person", "Kişi"),
        ("Contact", "Xero kişisi"),
        ("Create invoice", "Fatura oluştur"),
        ("Preferences", "Tercihler"),
        ("Save", "Kaydet"),
        ("To", "Alıcı"),
        ("Address", "Adres"),
        ("Email", "E-posta"),
        ("Customer tax number", "Müşteri vergi numarası"),
        ("Due date", "Vade tarihi"),
        ("Issue date", "Düzenleme tarihi"),
        ("Customer details", "Müşteri ayrıntıları"),
        ("Invoice details", "Fatura ayrıntıları"),
        ("Invoice items", "Fatura kalemleri"),
        ("Link to existing contact", "Mevcut kişiye bağla"),
        ("Create new contact", "Yeni kişi oluştur"),
        ("Update customer info in Xero", "Müşteri bilgilerini Xero'da güncelle"),
        ("tax exclusive", "vergi hariç"),
        ("tax inclusive", "vergi dahil"),
        ("no tax", "vergisiz"),
        ("Currency", "Para birimi"),
        ("Template", "Fatura şablonu"),
        ("Reference", "Referans"),
        ("Item not linked to Xero yet", "Ürün henüz Xero'ya bağlanmadı"),
        ("Search Xero items", "Xero ürünlerinde ara"),
        ("Add item", "Kalem ekle"),
        ("Remove item", "Kalemi kaldır"),
        ("Draft", "Taslak"),
        ("Awaiting approval", "Onay bekliyor"),
        ("Awaiting payment", "Ödeme bekliyor"),
        ("Paid", "Ödenmiş"),
        ("Voided", "Geçersiz"),
        ("Deleted", "Silinmiş"),
        ("Overdue", "Vadesi geçti"),
        ("Partly paid", "Kısmen ödendi"),
        ("Open in Xero", "Xero'da aç"),
        ("Refresh", "Yenile"),
        ("Cancel", "Vazgeç"),
    ],
)
def test_the_words_of_the_product_are_those_agreed(
    catalogue: Catalog, english: str, turkish: str
) -> None:
    message = catalogue.get(english)

    assert message is not None
    assert message.string == turkish


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def _key(message: Message) -> Key:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def _list_texts() -> Iterator[Key]:
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            if "tests" not in path.parts:
                yield from _texts_of(path.read_text(encoding="utf-8"))
    for suffix in ("html", "txt"):
        for path in (ROOT / "templates").rglob(f"*.{suffix}"):
            yield from _texts_of(_as_python(path))


def _as_python(path: Path) -> str:
    """What Django's own collector reads: a template with all but its texts blanked out."""
    calls = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    return "\n".join(line.strip() for line in calls.splitlines())


def _texts_of(source: str) -> Iterator[Key]:
    found = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)
    for _line, text, _comments, context in found:
        yield context, text if isinstance(text, str) else text[0]
