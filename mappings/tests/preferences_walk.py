"""What the tests of the preferences page do again and again."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from django.core.cache import cache
from django.test import Client

from connections.models import User
from mappings import queries
from mappings.types import FieldSource, Preferences
from tests.vendors import Connected, connect

PAGE = "/settings/preferences/"
EXAMPLE = f"{PAGE}example/"
DUE = f"{PAGE}due-example/"
Counter = Callable[..., Any]


def sign_in(user: User, language: str = "en") -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["ib_language"] = language
    return client


def page(client: Client, **given: Any) -> str:
    answer = client.get(PAGE, **given)
    assert answer.status_code == 200, answer.status_code
    return text_of(answer)


def text_of(answer: Any) -> str:
    return unescape(answer.content.decode())


def shown(html: str, target: str) -> str:
    """What the example under a picker says."""
    found = re.search(rf'id="example_{target}".*?</p>', html, re.DOTALL)
    assert found is not None
    written = found[0].replace("<wbr>", "").split(">", 1)[1]
    return " ".join(re.sub(r"<[^>]*>", " ", written).split())


def selected(html: str, name: str) -> str:
    select = re.search(rf'<select name="{name}".*?</select>', html, re.DOTALL)
    assert select is not None
    option = re.search(r'<option value="([^"]*)" selected', select[0])
    return option[1] if option else ""


def custom_code(connected: Connected, entity: str, name: str) -> str:
    """The code of a custom field, as the page offers it."""
    html = page(sign_in(connected.user))
    found = re.search(
        rf'<option value="({entity}:[0-9a-f]{{40}})"[^>]*>[^<]* – {name}</option>', html
    )
    assert found is not None
    return found[1]


def form(**given: str) -> dict[str, str]:
    return {
        "to": "organization:name",
        "address": "organization:address",
        "email": "person:email",
        "tax_number": "",
        "due_days": "7",
        "tax_mode": "Exclusive",
        "account_code": "200",
        "tax_type": "OUTPUT2",
        "branding_theme_id": "",
        "version": "0",
        **given,
    }


def save(client: Client, **given: str) -> Any:
    return client.post(PAGE, form(**given))


def saved(connected: Connected) -> tuple[Preferences, dict[str, FieldSource]]:
    preferences = queries.preferences_for(connected.company)
    sources = queries.mappings_for(connected.company, preferences)
    return preferences, {source.target: source for source in sources}


def colleague(connected: Connected, email: str, role: str) -> Client:
    return sign_in(connect(connected.vendors, email, None, role=role).user)


def break_pipedrive(connected: Connected, path: str = "/api/") -> None:
    connected.vendors.control(
        "faults",
        {"vendor": "pipedrive", "path": path, "kind": "status", "status": 500, "times": None},
    )


def forget_cached_lists() -> None:
    cache.clear()
