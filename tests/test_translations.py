"""The Turkish catalogue holds every text of the product, and no text that is gone."""

import io
import re
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


# Product §3, by its rows; a word that means two things has its context before "^".
WORDS = """
    Deal = Anlaşma; Organization = Kuruluş; Person = Kişi; Organization / Person = Kuruluş / Kişi
    Contact = Xero kişisi; Xero contact = Xero kişisi; Create invoice = Fatura oluştur
    View on Marketplace = Pazarda görüntüle; Install now = Şimdi yükle
    Preferences = Tercihler; Save = Kaydet; To = Alıcı; Address = Adres; Email = E-posta
    Customer tax number = Müşteri vergi numarası; Due date = Vade tarihi
    Issue date = Düzenleme tarihi; Customer details = Müşteri ayrıntıları
    Invoice details = Fatura ayrıntıları; Invoice items = Fatura kalemleri
    Link to existing contact = Mevcut kişiye bağla; Create new contact = Yeni kişi oluştur
    Update customer info in Xero = Müşteri bilgilerini Xero'da güncelle
    Amounts are = Tutarlar; tax exclusive = vergi hariç; tax inclusive = vergi dahil
    no tax = vergisiz; Currency = Para birimi; Template = Fatura şablonu; Reference = Referans
    Item not linked to Xero yet = Ürün henüz Xero'ya bağlanmadı
    Search Xero items = Xero ürünlerinde ara; Add item = Kalem ekle; Remove item = Kalemi kaldır
    Submit for approval = Onaya gönder; Approve = Onayla
    Draft = Taslak; Awaiting approval = Onay bekliyor; Awaiting payment = Ödeme bekliyor
    Paid = Ödenmiş; Voided = Geçersiz; Deleted = Silinmiş
    Void = İptal; an action^Email = E-postayla gönder; Download PDF = PDF indir
    Open in Xero = Xero'da aç; Invoice history = Fatura geçmişi; Refresh = Yenile
    Settings = Ayarlar; Unlink contact = Kişi bağlantısını kaldır
    View all invoices = Tüm faturaları görüntüle; Date range = Tarih aralığı
    Link to this deal = Bu anlaşmaya bağla; Unlink from this deal = Bu anlaşmadan ayır
    Overdue = Vadesi geçti; Partly paid = Kısmen ödendi
    Void the invoice = Faturayı iptal et; Cancel = Vazgeç
    Company admin = Şirket yöneticisi; Sales rep = Satış temsilcisi; Accountant = Muhasebeci
    Support staff = Destek ekibi
"""
AGREED = [
    tuple(part.strip() for part in row.split("="))
    for line in WORDS.strip().splitlines()
    for row in line.split(";")
]
# Within sentences, these too.
NAMED = [
    ("Tools and apps > Invoicing", "Araçlar ve uygulamalar > Faturalandırma"),
    ("Marketplace apps", "Pazar uygulamaları"),
]
# One word for one thing (CONTRIBUTING, "Words"): what an English text speaks of, and what its
# Turkish does not call it.
NOT_CALLED = [
    (r"\borganisation", r"kuruluş"),
    (r"\bdeals?\b", r"\b(işlem anlaşması|fırsat)"),
    (r"\bnative\b", r"\byerel\b"),
    (r"\bwebhooks?\b", r"webhook"),
    (r"\b(invoice|line) items?\b|\beach line\b|\bthe line\b", r"\bsatır"),
    (r"\btax mode\b", r"vergi biçimi"),
    (r"\b[Cc]ancel\b", r"\b[İi]ptal"),
    (r"\bissue date\b", r"ihraç"),
    (r"\b[Ss]ign in\b", r"giriş yap"),
]


@pytest.mark.parametrize(("english", "turkish"), AGREED)
def test_the_words_of_the_product_are_those_agreed(
    catalogue: Catalog, english: str, turkish: str
) -> None:
    context, _, text = english.rpartition("^")
    message = catalogue.get(text, context or None)

    assert message is not None
    assert message.string == turkish


@pytest.mark.parametrize(("english", "turkish"), NAMED)
def test_what_pipedrive_calls_its_own_pages_is_said_its_way(
    catalogue: Catalog, english: str, turkish: str
) -> None:
    said = [message for message in catalogue if message.id and english in _key(message)[1]]

    assert said
    assert [message.id for message in said if turkish not in _strings(message)[0]] == []


@pytest.mark.parametrize(("english", "turkish"), NOT_CALLED)
def test_one_thing_has_one_word(catalogue: Catalog, english: str, turkish: str) -> None:
    wrong = [
        message.id
        for message in catalogue
        if message.id and re.search(english, _key(message)[1])
        for string in _strings(message)
        if re.search(turkish, string)
    ]

    assert wrong == []


def test_an_apostrophe_is_written_in_one_way(catalogue: Catalog) -> None:
    assert [m.id for m in catalogue if m.id and any("’" in each for each in _strings(m))] == []


def test_no_name_loses_its_dot_where_its_first_letter_is_made_large(catalogue: Catalog) -> None:
    """Django's admin writes names with a large first letter, by English rules: "i" to "I"."""
    names = {name for app in SOURCES for name in _verbose_names(ROOT / app)}
    assert len(names) > 100

    small = [
        name
        for name in names
        if (message := catalogue.get(name)) and _strings(message)[0].startswith("i")
    ]

    assert small == []


def _verbose_names(folder: Path) -> Iterator[str]:
    """What models and admin pages call things: the texts that are translated as they load."""
    for path in [*folder.rglob("models/*.py"), *folder.rglob("models.py"), *folder.rglob("admin*")]:
        if path.suffix == ".py" and "tests" not in path.parts:
            for _context, text in _texts_of(path.read_text(encoding="utf-8")):
                yield text


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
