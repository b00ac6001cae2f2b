"""All pictures of a run on one page, a row for each screen: var/pictures/index.html."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from pathlib import Path

_NAME = re.compile(r"(?P<screen>.+)-(?P<language>en|tr)-(?P<theme>light|dark)-(?P<width>\d+)")
_STYLE = """
body { font: 14px system-ui, sans-serif; margin: 16px; background: #777; color: #fff; }
section { display: flex; gap: 8px; overflow-x: auto; align-items: start; padding-bottom: 16px; }
figure { margin: 0; flex: none; } figcaption { font-size: 12px; }
img { display: block; height: 480px; width: auto; object-fit: cover; object-position: top; }
"""


def write(directory: Path) -> Path:
    """
    Lay the pictures of a directory on one page in it.

    :return: the page
    """
    names = sorted((path.stem for path in directory.glob("*.png")), key=_place)
    rows = "".join(
        f"<h2>{escape(screen)}</h2><section>{''.join(map(_figure, pictures))}</section>"
        for screen, pictures in groupby(names, key=lambda name: _place(name)[0])
    )
    sheet = directory / "index.html"
    sheet.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Every screen</title>'
        f"<style>{_STYLE}</style><h1>Every screen</h1>{rows}</html>",
        encoding="utf-8",
    )
    return sheet


def _figure(name: str) -> str:
    words = escape(name)
    return (
        f'<figure><a href="{words}.png"><img src="{words}.png" alt="{words}" loading="lazy"></a>'
        f"<figcaption>{words}</figcaption></figure>"
    )


def _place(name: str) -> tuple[str, str, str, int]:
    """Return where a picture stands: by screen, then language, theme and width."""
    found = _NAME.fullmatch(name)
    if found is None:
        return name, "", "", 0
    return found["screen"], found["language"], found["theme"], int(found["width"])
