"""Every text has its Turkish, and what Django reads is what was translated."""

import gettext
import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.architecture.source import ROOT

CATALOGUES = sorted((ROOT / "locale").rglob("*.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd%]")


@pytest.fixture(scope="module", params=CATALOGUES, ids=lambda path: path.parent.parent.name)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    with request.param.open("rb") as file:
        return read_po(file, abort_invalid=True)


def test_there_is_turkish() -> None:
    assert ROOT / "locale" / "tr" / "LC_MESSAGES" / "django.po" in CATALOGUES


def test_every_text_is_translated(catalogue: Catalog) -> None:
    assert [
        message.id for message in _texts(catalogue) if message.fuzzy or not all(_strings(message))
    ] == []


def test_translations_keep_the_placeholders(catalogue: Catalog) -> None:
    wrong = [
        message.id
        for message in _texts(catalogue)
        for string in filter(None, _strings(message))
        if set(PLACEHOLDER.findall(string)) - _placeholders_of(message)
        or (
            not message.pluralizable
            and set(PLACEHOLDER.findall(string)) != _placeholders_of(message)
        )
    ]

    assert wrong == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_the_compiled_file_is_that_of_the_translation(path: Path) -> None:
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    wanted = gettext.GNUTranslations(compiled)
    with path.with_suffix(".mo").open("rb") as file:
        found = gettext.GNUTranslations(file)

    assert _without_heading(found) == _without_heading(wanted)


def _texts(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _strings(message: Message) -> list[str]:
    if isinstance(message.string, str):
        return [message.string]
    return list(message.string or [""])


def _placeholders_of(message: Message) -> set[str]:
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    return {found for text in ids for found in PLACEHOLDER.findall(text)}


def _without_heading(translations: gettext.GNUTranslations) -> dict[object, str]:
    catalogue: dict[object, str] = translations._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in catalogue.items() if key}
