"""Text can be read in both themes: WCAG AA for every pair of colours that meet on a page."""

import re
from pathlib import Path

import pytest

from tests.needs import ROOT

TOKENS = ROOT / "static" / "css" / "tokens.css"
TEXT, LARGE_OR_GRAPHIC = 4.5, 3.0
PAGES = ("surface-page", "surface", "surface-sunken", "surface-raised")
PAIRS = [
    *((text, page, TEXT) for text in ("text", "text-muted", "link") for page in PAGES),
    *((text, "surface-hover", TEXT) for text in ("text", "text-muted")),
    *((f"{tone}-text", f"{tone}-surface", TEXT) for tone in ("info", "good", "warn", "bad")),
    ("quiet-text", "quiet-surface", TEXT),
    ("text-muted", "quiet-surface", TEXT),
    ("bad-text", "surface", TEXT),
    ("action-text", "action", TEXT),
    ("action-text", "action-hover", TEXT),
    ("action-text", "danger", TEXT),
    ("action-text", "danger-hover", TEXT),
    ("border-strong", "surface", LARGE_OR_GRAPHIC),
    *(("focus", page, LARGE_OR_GRAPHIC) for page in PAGES),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pair_of_colours_is_far_enough_apart(theme: str) -> None:
    colours = _colours(TOKENS, theme)

    too_close = {
        f"{front} on {back}": round(found, 2)
        for front, back, wanted in PAIRS
        if (found := _contrast(colours[front], colours[back])) < wanted
    }

    assert too_close == {}


def _colours(path: Path, theme: str) -> dict[str, str]:
    css = path.read_text(encoding="utf-8")
    both = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", css)
    one = re.findall(r"--([\w-]+): (#\w{6});", css)
    return {name: light if theme == "light" else dark for name, light, dark in both} | dict(one)


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
