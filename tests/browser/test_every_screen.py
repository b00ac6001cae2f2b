"""
Every screen of the product with real data in it: both languages, both themes, narrow and wide.

One site is walked to the point where each screen has something to show. Each screen is opened once
in each language, and all that a program can see is checked then: it comes as it should, light
enough, from nobody else and without a word in the browser's console; it fits every window; nothing
on it is left in English; axe finds nothing that keeps somebody out. `make contact-sheet` keeps what
was seen.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Frame, expect

from invoicebridge import probe
from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.browser import inside, looking
from tests.browser.inside import Inside
from tests.browser.watching import MOST_BYTES, Watch
from tests.live import LiveSite, list_free_ports, running_site, wait_until
from tests.needs import ROOT

STRANGER, ADMIN, REP, SUPPORT = "", "Emma Clarke", "Mehmet Yılmaz", "Sam Porter"
NEWCOMER = "Zeynep Kaya"  # of a company that has connected nothing


@dataclass(frozen=True)
class Screen:
    """Where a screen is; `press` is what opens the part of it that is meant, in order."""

    path: str
    status: int = 200
    press: tuple[str, ...] = ()


SCREENS: dict[str, dict[str, Screen]] = {
    STRANGER: {
        "welcome": Screen("/"),
        "sign-in": Screen("/accounts/login/"),
        "sign-up": Screen("/accounts/signup/"),
        "password-reset": Screen("/accounts/password/reset/"),
        "password-reset-done": Screen("/accounts/password/reset/done/"),
        "password-reset-old": Screen("/accounts/password/reset/key/1-set-password/"),
        "invitation-ended": Screen("/invitation/", 410),
        "sign-in-failed": Screen("/accounts/3rdparty/login/error/", 401),
        "not-found": Screen("/nowhere/", 404),
    },
    ADMIN: {
        "start": Screen("/"),
        "menu": Screen("/", press=(".topbar details.menu summary",)),
        "connections": Screen("/settings/connections/"),
        "preferences": Screen("/settings/preferences/"),
        "people": Screen("/settings/people/"),
        "person": Screen("/settings/people/2/"),
        "sign-on": Screen("/settings/sign-on/"),
        "activity": Screen("/settings/activity/"),
        "my-xero": Screen("/settings/my-xero/"),
        "sessions": Screen("/accounts/sessions/"),
        "two-step": Screen("/accounts/2fa/"),
        "deals": Screen("/deals/"),
        "deals-nothing-found": Screen("/deals/?q=nothing-is-called-so"),
        "deal-paid": Screen("/deals/1/"),
        "deal-empty": Screen("/deals/2/"),
        "deal-unknown": Screen("/deals/999/", 404),
        "invoices": Screen("/invoices/"),
        "invoices-narrowed": Screen("/invoices/?range=this_year&status=PAID&overdue=on"),
        "invoices-wrong-filter": Screen("/invoices/?q=a&status=OPEN"),
        "invoices-nothing-found": Screen("/invoices/?q=nothing-is-called-so"),
        "charts": Screen("/invoices/charts/"),
        "invoice": Screen("/invoices/1/"),
        "void-paid": Screen("/invoices/1/actions/void_paid/"),
        "email": Screen("/invoices/1/actions/email/"),
        "dialog": Screen("/deals/4/invoices/new/"),
        "dialog-wrong": Screen("/deals/5/invoices/new/", press=("#add-line", "#add-text")),
        "contact-invoices": Screen("/deals/1/invoices/"),
        "contact-search": Screen("/deals/2/invoices/?contact=north"),
        "contact-unlink": Screen("/deals/1/contact/unlink/"),
    },
    REP: {
        "rep-connections": Screen("/settings/connections/"),
        "rep-preferences": Screen("/settings/preferences/"),
        "rep-refused": Screen("/settings/sign-on/", 403),
    },
    NEWCOMER: {
        "new-start": Screen("/"),
        "new-preferences": Screen("/settings/preferences/"),
        "new-deals": Screen("/deals/"),
        "new-deal": Screen("/deals/1/"),
        "new-invoices": Screen("/invoices/"),
        "new-my-xero": Screen("/settings/my-xero/"),
    },
    SUPPORT: {
        "staff-start": Screen("/"),
        "staff-companies": Screen("/admin/connections/company/"),
        "staff-company": Screen("/admin/connections/company/1/change/"),
        "staff-invoices": Screen("/admin/invoices/invoice/"),
        "staff-operations": Screen("/admin/invoices/operation/"),
        "staff-people": Screen("/admin/connections/user/"),
        "staff-person": Screen("/admin/connections/user/1/change/"),
        "staff-settings": Screen("/admin/constance/config/"),
    },
}


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A site on which deal 1 has a paid invoice and a linked contact."""
    with running_site(tmp_path_factory.mktemp("every-screen")) as site:
        Journey(site.url, Sandbox(site.xero), lambda *_: None).walk()
        yield site


@pytest.fixture(scope="module")
def watches(browser: Browser, walked: LiveSite) -> Iterator[dict[str, Watch]]:
    """A browser of each person's own, signed in once."""
    hosts = frozenset({urlsplit(walked.url).netloc})
    found = {name: Watch(browser, hosts=hosts) for name in SCREENS}
    for name, watch in found.items():
        if name:
            looking.sign_in(watch.page, walked, name, "en")
    yield found
    for watch in found.values():
        watch.close()


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize(
    ("who", "name"), [(who, name) for who, screens in SCREENS.items() for name in screens]
)
def test_a_screen_is_whole_in_both_languages(
    walked: LiveSite, watches: dict[str, Watch], who: str, name: str, language: str
) -> None:
    screen, watch = SCREENS[who][name], watches[who]
    looking.speak(watch.page, walked, language)

    wrong = watch.open(f"{walked.url}{screen.path}", status=screen.status)
    for selector in screen.press:
        watch.page.locator(selector).first.click()
        looking.settle(watch.page)
    if screen.press:
        wrong += watch.complain(screen.status)
    wrong += looking.examine(watch.page, name, language)

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", ["en", "tr"])
def test_our_frames_in_pipedrive_are_whole_too(
    browser: Browser, walked: LiveSite, language: str
) -> None:
    walked.manage("shell", "-c", _SPEAK.format(language=language))
    wrong: list[str] = []

    with inside.visiting(browser, walked, name=ADMIN) as emma:
        for deal in (1, 2):
            emma.open_deal(deal)
            wrong += look_into(emma, f"panel-{deal}", "panel", language, widths=(280, 400))
        emma.panel.locator("a[data-room='create']").first.click()
        expect(emma.modal.locator("h1")).to_be_visible()
        wrong += look_into(emma, "modal-dialog", "modal", language, widths=(400, 1080))
        emma.page.goto(f"{walked.pipedrive}/settings/marketplace")
        emma.page.get_by_role("link", name="Settings").click()
        expect(emma.settings.locator("h1")).to_be_visible()
        wrong += look_into(emma, "settings", "settings", language, widths=(400, 1080))

    assert not wrong, "\n".join(wrong)


def test_a_file_says_how_far_it_is_and_one_that_broke_off_is_not_saved(
    walked: LiveSite, watches: dict[str, Watch]
) -> None:
    page = watches[ADMIN].page
    looking.speak(page, walked, "en")
    page.goto(f"{walked.url}/invoices/")

    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    news = page.locator("[data-progress-place]")
    expect(news).to_have_text("In the file: 3 of 3 invoices.")
    rows = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 4 and rows[0].startswith("Number")
    assert re.fullmatch(r"invoices-[\d-]+\.csv", download.value.suggested_filename)

    page.route("**/invoices/export/", lambda route: route.abort("connectionreset"))
    page.get_by_role("button", name="Export CSV").click()
    expect(news).to_contain_text("broke off and was not saved")
    expect(page.get_by_role("button", name="Export CSV")).not_to_have_attribute(
        "aria-disabled", "true"
    )
    page.unroute("**/invoices/export/")


@pytest.fixture(scope="module")
def developers_site(walked: LiveSite) -> Iterator[str]:
    """A second web server of the same site, as somebody who works on it runs one."""
    (port,) = list_free_ports(1)
    url = f"http://localhost:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "invoicebridge.wsgi"],
        cwd=ROOT,
        env=walked.variables
        | walked.addresses()
        | {"DEBUG": "true", "WEB_PORT": str(port), "SITE_URL": url},
    )
    try:
        wait_until(lambda: probe.is_answering(site=url, port=port), seconds=60)
        yield url
    finally:
        server.terminate()
        server.wait(40)


@pytest.mark.parametrize("language", ["en", "tr"])
def test_every_component_is_whole_in_each_state(
    browser: Browser, walked: LiveSite, developers_site: str, language: str
) -> None:
    watch = Watch(browser, hosts=frozenset({urlsplit(developers_site).netloc}))
    looking.speak(watch.page, walked, language)

    # All of them together may be heavier than a page.
    wrong = watch.open(f"{developers_site}/styleguide/", most_bytes=10 * MOST_BYTES)
    wrong += looking.examine(watch.page, "styleguide", language)
    watch.close()

    assert not wrong, "\n".join(wrong)


# What the People page stores when somebody's language is Turkish in Pipedrive.
_SPEAK = """
from connections.models import Membership
Membership.objects.across_companies().filter(user__email="emma.clarke@brightside.example").update(
    language="{language}"
)
"""


def look_into(
    emma: Inside, name: str, kind: str, language: str, *, widths: tuple[int, ...]
) -> list[str]:
    """Return what is wrong in a frame, in both themes of Pipedrive and at these widths."""
    element = emma.page.locator(f"iframe.frame--{kind}")
    handle = element.element_handle()
    frame: Frame | None = handle.content_frame() if handle else None
    assert frame is not None
    # An open page asks for news for ever: its line is never still for long.
    expect(frame.locator("[aria-busy='true'], .htmx-request")).to_have_count(0)
    wrong = [f"{name} in English: {each}" for each in looking.english_words(frame, language)]
    for theme in looking.THEMES:
        frame.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        for width in widths:
            # The host makes room, as it does when a person widens the panel.
            element.evaluate(
                "(frame, width) => { frame.style.width = `${width}px`;"
                " document.documentElement.dataset.width = width; }",
                width,
            )
            if frame.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{name} is too wide at {width}")
            if looking.PICTURES:
                target = looking.PICTURES / f"frame-{name}-{language}-{theme}-{width}.png"
                element.screenshot(path=target)
        wrong += [f"{name}, {theme}: {each}" for each in looking.barriers(frame)]
    return wrong
