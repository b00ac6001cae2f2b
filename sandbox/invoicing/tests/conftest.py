"""The sandbox, linked to a fake app that speaks the invoicing contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from sandbox.invoicing.tests.fake_app import FakeApp, serving
from sandbox.pipedrive.tests.conftest import (  # noqa: F401
    Api,
    Sandbox,
    app_server,
    emma,
    running,
    sandbox,
)
from sandbox.pipedrive.tests.test_pages import Browser

LINK = "3f6f2f4e-9c1d-4f8e-8f0e-0a1b2c3d4e5f"
COMPANY = 7001


@pytest.fixture
def app(sandbox: Sandbox) -> Iterator[FakeApp]:  # noqa: F811
    """A fake app, not linked yet."""
    requests.delete(f"{sandbox.pipedrive}/_sandbox/pipedrive/manifest", timeout=10)
    with serving(LINK) as app:
        yield app


@pytest.fixture
def linked(emma: Api, app: FakeApp) -> FakeApp:  # noqa: F811
    """The fake app, whose manifest is uploaded and whose link company 7001 has."""
    emma.sandbox.control("pipedrive/manifest", app.manifest())
    answer = emma.send("POST", "v1/invoice/user/provider", json=registration())
    assert answer.status_code == 200, answer.text
    return app


@pytest.fixture
def rep(sandbox: Sandbox) -> Iterator[Browser]:  # noqa: F811
    """Mehmet, who has not installed the app, at the browser."""
    browser = Browser(sandbox, 102)
    yield browser
    browser.session.close()


def registration(**changes: str) -> dict[str, dict[str, str]]:
    """Return what the app posts to be linked."""
    given = {"linkId": LINK, "orgId": "org-1", "marketplaceClientId": "sandbox-pipedrive"}
    return {"data": given | changes}
