"""The styleguide: each component in each state, for who works on the pages."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings

from connections.templatetags import display
from tests.needs import ROOT

pytestmark = pytest.mark.django_db


@override_settings(DEBUG=True)
def test_it_shows_every_status_and_every_component(client: Client) -> None:
    page = client.get("/styleguide/")

    assert page.status_code == 200
    text = page.content.decode()
    assert all(f"#{icon}" in text for _, _, icon in display.STATUSES.values())
    drawn = {each.name for each in page.templates}
    ours = {f"components/{each.name}" for each in (ROOT / "templates/components").glob("*.html")}
    assert ours - drawn == {"components/checklist.html", "components/message_page.html"}


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_it_is_not_there_for_customers(client: Client, method: str) -> None:
    expected = 405 if method == "post" else 404

    assert getattr(client, method)("/styleguide/").status_code == expected
