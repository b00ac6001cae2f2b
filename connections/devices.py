"""What a browser calls itself, in words that a person knows their devices by."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

# In this order: most browsers also name those before them.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def describe(user_agent: str) -> str:
    """Return browser and system, such as "Firefox, Windows"; what is unknown is said so."""
    browser = _find(user_agent, _BROWSERS)
    system = _find(user_agent, _SYSTEMS)
    known = [word for word in (browser, system) if word]
    return ", ".join(known) if known else _("Unknown device")


def _find(text: str, words: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in words if mark in text), "")
