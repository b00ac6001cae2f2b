"""Templates hold under the strict content policy, ask nobody outside, and escape everything."""

import re

import pytest

from tests.architecture.source import ROOT, list_templates, name_of

FORBIDDEN = {
    "an inline style": r"\sstyle\s*=|<style\b",
    "an inline script": r"<script\b(?![^>]*\ssrc\s*=)[^>]*>",
    "an inline handler": r"<[^>]*\son[a-z]+\s*=|\shx-on\b|hx-vals\s*=\s*[\"']js:",
    "a script address": r"javascript:",
    "an unescaped value": r"\|\s*safe\b|\{%\s*autoescape\s+off|\|\s*safeseq\b",
    "something from outside": (
        r"<(?:script|img|iframe|source|video|audio)\b[^>]*\ssrc\s*=\s*[\"']?(?:https?:)?//"
        r"|<link\b[^>]*\shref\s*=\s*[\"']?(?:https?:)?//|@import|url\("
    ),
}
BAD = {
    "an inline style": '<p style="color: red">',
    "an inline script": "<script>alert(1)</script>",
    "an inline handler": '<button class="x" onclick="go()">',
    "a script address": '<a href="javascript:go()">',
    "an unescaped value": "{{ deal.title|safe }}",
    "something from outside": '<script src="https://cdn.example/htmx.js"></script>',
}


@pytest.mark.parametrize("thing", FORBIDDEN)
def test_no_template_holds(thing: str) -> None:
    pattern = re.compile(FORBIDDEN[thing], re.IGNORECASE)
    found = [
        f"{name_of(path)}: {match.group(0)}"
        for path in list_templates()
        for match in pattern.finditer(_without_data(path.read_text(encoding="utf-8")))
    ]

    assert found == []


@pytest.mark.parametrize("thing", FORBIDDEN)
def test_the_pattern_finds(thing: str) -> None:
    assert re.search(FORBIDDEN[thing], BAD[thing], re.IGNORECASE)
    assert not re.search(
        FORBIDDEN[thing], '<script src="{% static "app.js" %}" defer></script>', re.IGNORECASE
    )


def test_every_icon_that_is_drawn_is_in_the_sprite() -> None:
    sprite = (ROOT / "static" / "icons.svg").read_text(encoding="utf-8")
    there = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    drawn = {
        name
        for path in list_templates()
        for name in re.findall(r'\{% icon "([\w-]+)"', path.read_text(encoding="utf-8"))
    }

    assert len(drawn) > 10
    assert drawn - there == set()


def test_there_are_templates_to_look_at() -> None:
    assert len(list_templates()) > 10


def _without_data(text: str) -> str:
    """Data for scripts is no script: `<script type="application/json">` is allowed."""
    return re.sub(r"<script\b[^>]*type=[\"']application/json[\"'][^>]*>", "", text)
