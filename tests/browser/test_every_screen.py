"""
Every screen of the product with real data in it: both languages, both themes, narrow and wide.

One site is walked to the point where each screen has something to show. The pictures go to
screenshots/, to be looked at by people; what a program can see is checked: the page opens, it fits
the window, nothing on it is left in English, and axe finds nothing that keeps somebody out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from babel.messages.pofile import read_po
from playwright.sync_api import Page

from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.live import LiveSite, running_site
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


@dataclass(frozen=True)
class Walked:
    """A site on which deal 1 has an invoice in each state that a screen can show."""

    site: LiveSite
    journey: Journey


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    with running_site(tmp_path_factory.mktemp("every-screen")) as site:
        journey = Journey(site.url, Sandbox(site.xero), lambda *_: None)
        journey.walk()
        yield Walked(site, journey)


SCREENS = {
    "start": "/",
    "connections": "/settings/connections/",
    "preferences": "/settings/preferences/",
    "deals": "/deals/",
    "deal-paid": "/deals/1/",
    "deal-empty": "/deals/2/",
    "invoice": "/invoices/1/",
    "dialog": "/deals/4/invoices/new/",
}


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_whole_in_both_languages(
    page: Page, walked: Walked, name: str, language: str
) -> None:
    _sign_in(page, walked.site, "Emma Clarke", language)
    answer = page.goto(f"{walked.site.url}{SCREENS[name]}")
    assert answer is not None and answer.status == 200

    wrong = _look_at(page, f"{name}-{language}")

    assert wrong == []
    assert _english_words(page, language) == []
    assert _barriers(page) == []


def _sign_in(page: Page, site: LiveSite, name: str, language: str) -> None:
    page.context.add_cookies([{"name": "ib_language", "value": language, "url": site.url}])
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_role("button", name=name).click()
    page.wait_for_url(f"{site.url}/")


def _look_at(page: Page, name: str) -> list[str]:
    PICTURES.mkdir(exist_ok=True)
    wrong = []
    for theme, width in LOOKS:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=PICTURES / f"screen-{name}-{theme}-{width}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{name} is too wide at {width}")
    return wrong


def _english_words(page: Page, language: str) -> list[str]:
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


def _barriers(page: Page) -> list[str]:
    found = Axe().run(
        page,
        options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    )
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found.response["violations"]
    ]
