"""A page as people and programs look at it: pictures, width, language, barriers."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from babel.messages.pofile import read_po
from playwright.sync_api import Frame, Page, expect

from tests.live import LiveSite
from tests.needs import ROOT

# Where the pictures go; without it none are taken. `make contact-sheet` sets it.
PICTURES = Path(os.environ["PICTURES"]).resolve() if os.environ.get("PICTURES") else None
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, Theme] = ("light", "dark")
WIDTHS = (280, 320, 400, 1280, 1600)
_PICTURE_WIDTHS = (280, 320, 400, 1280)
# Each language, theme and width is looked at, by two looks at a screen instead of eight.
_LOOKS: dict[str, tuple[tuple[Theme, int], tuple[Theme, int]]] = {
    "en": (("light", 1280), ("dark", 320)),
    "tr": (("dark", 1280), ("light", 320)),
}
_AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
# Django's admin fades from one theme to the other, and a colour between them is nobody's.
_STAND_STILL = """async () => {
    const fading = document.getAnimations().filter((each) => each instanceof CSSTransition);
    await Promise.allSettled(fading.map((each) => each.finished));
}"""
# Words of the vendors and of the seeded data are the same in every language.
_SENTENCE = re.compile(r"^[^%{}]*\w+ \w+ \w+[^%{}]*$")


def sign_in(page: Page, site: LiveSite, name: str, language: str) -> None:
    """Sign in as one of the demo people, in a language."""
    speak(page, site, language)
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_role("button", name=name).click()
    page.wait_for_url(f"{site.url}/")


def speak(page: Page, site: LiveSite, language: str) -> None:
    """Choose the language of the pages that follow."""
    page.context.add_cookies([{"name": "ib_language", "value": language, "url": site.url}])


def settle(page: Page) -> None:
    """Wait until every part that a page asks for is drawn, and the focus is where it belongs."""
    expect(page.locator(".htmx-request, .htmx-settling, .htmx-added")).to_have_count(
        0, timeout=15_000
    )


def examine(page: Page, name: str, language: str) -> list[str]:
    """
    Return what is wrong with a screen: too wide, left in English, shut to somebody.

    The window is 1280 wide and light afterwards.
    """
    wrong = [f"{name} in English: {each}" for each in english_words(page, language)]
    wrong += [f"{name} is too wide at {width}" for width in WIDTHS if _is_too_wide(page, width)]
    for theme, width in _LOOKS[language]:
        page.emulate_media(color_scheme=theme)
        _resize(page, width)
        page.evaluate(_STAND_STILL)
        wrong += [f"{name}, {theme} at {width}: {each}" for each in barriers(page)]
    if PICTURES:
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            for width in _PICTURE_WIDTHS:
                _resize(page, width)
                picture(page, f"{name}-{language}-{theme}-{width}")
    page.emulate_media(color_scheme="light")
    _resize(page, 1280)
    return wrong


def picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page, where pictures are wanted."""
    if PICTURES:
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def english_words(page: Page | Frame, language: str) -> list[str]:
    """Return the sentences that a page in another language still says in English."""
    if language == "en":
        return []
    shown = page.locator("body").inner_text()
    return [sentence for sentence in _list_sentences() if sentence in shown]


@lru_cache(maxsize=1)
def _list_sentences() -> tuple[str, ...]:
    with (ROOT / "locale" / "tr" / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file)
    return tuple(
        message.id
        for message in catalogue
        if isinstance(message.id, str) and message.id and _SENTENCE.match(message.id)
    )


def barriers(page: Page | Frame) -> list[str]:
    """Return what keeps somebody out, as axe sees it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(options)", _AXE)
    return [
        f"{each['id']}: {node['html'][:160]}"
        for each in found["violations"]
        for node in each["nodes"][:3]
    ]


def _resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})


def _is_too_wide(page: Page, width: int) -> bool:
    _resize(page, width)
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
