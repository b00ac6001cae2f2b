"""A page as people and programs look at it: pictures, width, language, barriers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from babel.messages.pofile import read_po
from playwright.sync_api import Page

from tests.live import LiveSite
from tests.needs import ROOT

PICTURES = ROOT / "screenshots"
LOOKS: tuple[tuple[Literal["light", "dark"], int], ...] = (
    ("light", 1280),
    ("dark", 1280),
    ("light", 320),
    ("dark", 320),
)
# Words of the vendors and of the seeded data are the same in every language.
_SENTENCE = re.compile(r"^[^%{}]*\w+ \w+ \w+[^%{}]*$")


def sign_in(page: Page, site: LiveSite, name: str, language: str) -> None:
    """Sign in as one of the demo people, in a language."""
    page.context.add_cookies([{"name": "ib_language", "value": language, "url": site.url}])
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_role("button", name=name).click()
    page.wait_for_url(f"{site.url}/")


def look_at(page: Page, name: str) -> list[str]:
    """Take the pictures of a page and return in which windows it is too wide."""
    PICTURES.mkdir(exist_ok=True)
    wrong = []
    for theme, width in LOOKS:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=PICTURES / f"screen-{name}-{theme}-{width}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{name} is too wide at {width}")
    return wrong


def english_words(page: Page, language: str) -> list[str]:
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


def barriers(page: Page) -> list[str]:
    """Return what keeps somebody out, as axe sees it."""
    found = Axe().run(
        page,
        options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    )
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found.response["violations"]
    ]
