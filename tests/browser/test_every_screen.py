"""
Every screen of the product with real data in it: both languages, both themes, narrow and wide.

One site is walked to the point where each screen has something to show. The pictures go to
screenshots/, to be looked at by people; what a program can see is checked: the page opens, it fits
the window, nothing on it is left in English, and axe finds nothing that keeps somebody out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.browser import looking
from tests.live import LiveSite, running_site


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
    "people": "/settings/people/",
    "person": "/settings/people/2/",
    "my-xero": "/settings/my-xero/",
    "deals": "/deals/",
    "invoices-narrowed": "/invoices/?range=this_year&status=PAID&overdue=on",
    "invoices-wrong-filter": "/invoices/?q=a&status=OPEN",
    "deal-paid": "/deals/1/",
    "deal-empty": "/deals/2/",
    "invoices": "/invoices/",
    "invoices-nothing-found": "/invoices/?q=nothing-is-called-so",
    "charts": "/invoices/charts/",
    "invoice": "/invoices/1/",
    "void-paid": "/invoices/1/actions/void_paid/",
    "email": "/invoices/1/actions/email/",
    "dialog": "/deals/4/invoices/new/",
    "contact-invoices": "/deals/1/invoices/",
    "contact-search": "/deals/2/invoices/?contact=north",
    "contact-unlink": "/deals/1/contact/unlink/",
}


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_whole_in_both_languages(
    page: Page, walked: Walked, name: str, language: str
) -> None:
    looking.sign_in(page, walked.site, "Emma Clarke", language)
    answer = page.goto(f"{walked.site.url}{SCREENS[name]}")
    assert answer is not None and answer.status == 200
    page.wait_for_load_state("networkidle")

    wrong = looking.look_at(page, f"{name}-{language}")

    assert wrong == []
    assert looking.english_words(page, language) == []
    assert looking.barriers(page) == []
