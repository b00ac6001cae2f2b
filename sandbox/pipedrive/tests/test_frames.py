"""The frames of the app on the pages: addresses and the JWT (fact sheet §7.2, §7.3)."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from sandbox.pipedrive.tests.conftest import Api, Sandbox
from sandbox.pipedrive.tests.test_pages import Browser, rep  # noqa: F401

SECRET = "sandbox-pipedrive-jwt-secret-for-the-demo-only"


def frames_of(page: str) -> list[dict[str, str]]:
    found = re.search(r'<script id="frame-host" type="application/json">(.*?)</script>', page)
    assert found
    frames: list[dict[str, str]] = json.loads(found.group(1))["frames"]
    return frames


def query_of(frame: dict[str, str]) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(frame["url"]).query).items()}


def read_token(token: str, **more: Any) -> dict[str, Any]:
    options = {"require": ["exp"], **more}
    claims: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"], options=options)
    return claims


def test_the_panel_is_told_the_deal_and_who_looks(
    mehmet: Api,
    rep: Browser,  # noqa: F811
) -> None:
    (frame,) = frames_of(rep.get("/deal/1").text)

    query = query_of(frame)
    token = query.pop("token")
    assert query == {
        "id": frame["id"],
        "resource": "deal",
        "view": "details",
        "selectedIds": "1",
        "userId": "102",
        "companyId": "7001",
        "theme": "light",
    }
    claims = read_token(token)
    assert (claims["userId"], claims["companyId"]) == (102, 7001)
    assert claims["exp"] - claims["iat"] == 300
    assert frame["url"].startswith(f"{mehmet.sandbox.app}/frames/panel/?")


def test_who_has_not_installed_the_app_sees_no_panel(sandbox: Sandbox, rep: Browser) -> None:  # noqa: F811
    page = rep.get("/deal/1").text

    assert frames_of(page) == []
    assert "You have not installed InvoiceBridge." in page


def test_somebody_without_the_app_may_be_sent_on_purpose(
    mehmet: Api,
    rep: Browser,  # noqa: F811
) -> None:
    (frame,) = frames_of(rep.get("/deal/1?token=not_installed").text)

    claims = read_token(query_of(frame)["token"])
    state = mehmet.sandbox.control("settings")
    assert claims["userId"] != 102 and str(claims["userId"]) == query_of(frame)["userId"]
    assert state["pipedrive_token"] == "good"


def test_an_old_token_is_renewed_when_the_frame_asks(mehmet: Api, rep: Browser) -> None:  # noqa: F811
    mehmet.sandbox.control("settings", {"pipedrive_token": "expired"})

    (frame,) = frames_of(rep.get("/deal/1").text)
    fresh = rep.get("/frames/token").json()["token"]

    with pytest.raises(jwt.ExpiredSignatureError):
        read_token(query_of(frame)["token"])
    assert read_token(fresh)["userId"] == 102


def test_a_token_may_be_signed_wrongly_or_not_at_all(mehmet: Api, rep: Browser) -> None:  # noqa: F811
    (wrong,) = frames_of(rep.get("/deal/1?token=wrong_secret").text)
    (unsigned,) = frames_of(rep.get("/deal/1?token=alg_none").text)
    (missing,) = frames_of(rep.get("/deal/1?token=missing").text)

    with pytest.raises(jwt.InvalidSignatureError):
        read_token(query_of(wrong)["token"])
    assert jwt.get_unverified_header(query_of(unsigned)["token"])["alg"] == "none"
    assert "token" not in query_of(missing)
    assert rep.get("/frames/token?token=missing").status_code == 404


def test_a_modal_gets_the_text_that_it_was_opened_with(mehmet: Api, rep: Browser) -> None:  # noqa: F811
    data = '{"step":"Işık & \\"Co\\""}'

    modal = rep.post("/frames/modal?theme=dark", deal="1", data=data).json()

    query = query_of(modal)
    assert modal["url"].startswith(f"{mehmet.sandbox.app}/frames/modal/?")
    assert (query["data"], query["selectedIds"], query["theme"]) == (data, "1", "dark")
    assert rep.post("/frames/modal", deal="15", data="{}").status_code == 404


def test_the_settings_page_hosts_a_frame_without_a_deal(mehmet: Api, rep: Browser) -> None:  # noqa: F811
    page = rep.get("/settings/marketplace/app/sandbox-pipedrive/app-settings")

    (frame,) = frames_of(page.text)
    assert frame["url"].startswith(f"{mehmet.sandbox.app}/frames/settings/?")
    assert "resource" not in query_of(frame) and "selectedIds" not in query_of(frame)


def test_the_switches_are_pressed_on_the_page(mehmet: Api, rep: Browser) -> None:  # noqa: F811
    rep.post(
        "/frames/look",
        pipedrive_theme="dark",
        pipedrive_panel_width="400",
        pipedrive_token="good",
        back="/deal/1",
    )
    wrong = rep.post("/frames/look", pipedrive_theme="pink")

    page = rep.get("/deal/1").text
    assert 'data-theme="dark" data-width="400"' in page
    assert query_of(frames_of(page)[0])["theme"] == "dark"
    assert wrong.status_code == 400


def test_another_person_looks_and_comes_back_to_the_same_page(
    sandbox: Sandbox,
    rep: Browser,  # noqa: F811
) -> None:
    page = rep.post("/enter", user_id="101", back="/deal/1")
    away = rep.session.post(
        f"{rep.address}/enter",
        data={"user_id": "101", "back": "https://example.org/"},
        allow_redirects=False,
        timeout=10,
    )

    assert page.url.endswith("/deal/1") and "Emma Clarke" in html.unescape(page.text)
    assert away.headers["Location"] == "/"
