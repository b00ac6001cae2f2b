"""Signing in with a password and a second step, as a person with a phone and a passkey does it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from connections.demo import PASSWORD
from tests.browser.looking import examine, sign_in, speak
from tests.live import LiveSite
from tests.totp import code_for

pytestmark = pytest.mark.parametrize("live_site", ["embedded"], indirect=True)
# Each language by a person of its own: what one sets up stays.
PEOPLE = {"en": "noor.haddad@brightside.example", "tr": "can.demir@anadolu.example"}


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_phone_and_a_passkey_sign_somebody_in(
    page: Page, live_site: LiveSite, language: str
) -> None:
    site = live_site.url
    speak(page, live_site, language)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    wrong: list[str] = []

    def look(name: str) -> None:
        wrong.extend(examine(page, name, language))

    type_password(page, site, PEOPLE[language])
    page.wait_for_url(f"{site}/accounts/2fa/")
    look("second-step-enrolment")
    page.goto(f"{site}/deals/")
    expect(page).to_have_url(f"{site}/accounts/2fa/")
    page.locator('a[href="/accounts/2fa/totp/activate/"]').click()
    secret = page.locator("[data-secret]").inner_text()
    look("second-step-app")
    page.locator('input[name="code"]').fill(code_for(secret))
    page.locator('form[action="/accounts/2fa/totp/activate/"] button[type="submit"]').click()
    page.wait_for_url(f"{site}/accounts/2fa/recovery-codes/")
    look("second-step-codes")

    sign_out(page, site)
    type_password(page, site, PEOPLE[language])
    page.wait_for_url(f"{site}/accounts/2fa/authenticate/")
    look("second-step-code")
    page.locator('input[name="code"]').fill(code_for(secret))
    page.locator('form[action="/accounts/2fa/authenticate/"] button[type="submit"]').first.click()
    page.wait_for_url(f"{site}/")

    page.goto(f"{site}/accounts/2fa/webauthn/add/")
    look("second-step-add-passkey")
    page.locator('input[name="name"]').fill("Laptop")
    page.locator('input[name="passwordless"]').check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(f"{site}/accounts/2fa/")
    look("second-step-on")
    page.goto(f"{site}/accounts/2fa/webauthn/")
    look("second-step-passkeys")

    sign_out(page, site)
    page.goto(f"{site}/accounts/login/")
    page.locator("#passkey_login").click()
    page.wait_for_url(f"{site}/")
    page.goto(f"{site}/accounts/sessions/")
    look("sessions")

    assert wrong == []


@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_pages_of_an_admin_fit_and_read_well(
    page: Page, live_site: LiveSite, language: str
) -> None:
    site = live_site.url
    name = "Emma Clarke" if language == "en" else "Zeynep Kaya"
    sign_in(page, live_site, name, language)
    wrong: list[str] = []

    def look(name: str) -> None:
        wrong.extend(examine(page, name, language))

    page.goto(f"{site}/settings/people/")
    page.locator("#invite_email").fill("new@brightside.example")
    page.locator('form[action="/settings/people/invite/"] button[type="submit"]').click()
    expect(page.get_by_text("new@brightside.example").first).to_be_visible()
    look("people-invited")
    page.goto(f"{site}/settings/sign-on/")
    page.locator("#sign_on_issuer").fill(f"{live_site.pipedrive}/sso")
    page.locator("#sign_on_client_id").fill("sandbox-sso")
    page.locator("#sign_on_client_secret").fill("sandbox-sso-secret")
    page.locator("#sign_on_issuer").press("Enter")
    address = page.locator('a[href*="/sign-in/"]')
    expect(address).to_be_visible()
    look("sign-on-settings")
    href = str(address.get_attribute("href"))

    sign_out(page, site)
    page.goto(href)
    look("sign-on-company")
    page.locator('main form button[type="submit"]').click()
    page.get_by_role("button", name=name).click()
    page.wait_for_url(f"{site}/")
    page.goto(f"{site}/accounts/2fa/")
    look("not-from-here")

    assert wrong == []


def type_password(page: Page, site: str, email: str) -> None:
    page.goto(f"{site}/accounts/login/")
    page.locator("#id_login").fill(email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")


def sign_out(page: Page, site: str) -> None:
    page.goto(f"{site}/accounts/logout/")
    page.locator('main form[action="/accounts/logout/"] button').click()
    page.wait_for_url(f"{site}/accounts/login/")
