"""A production that would talk to a stranger, or let strangers in, does not start."""

import os
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from invoicebridge import checks, runner

REAL = {
    "IS_DEMO": False,
    "DEBUG": False,
    "SITE_URL": "https://invoices.example",
    "PIPEDRIVE_OAUTH_URL": "https://oauth.pipedrive.com",
    "PIPEDRIVE_API_HOSTS": r"^https://[a-z0-9-]+\.pipedrive\.com$",
    "XERO_API_URL": "https://api.xero.com",
    "XERO_IDENTITY_URL": "https://identity.xero.com",
    "XERO_LOGIN_URL": "https://login.xero.com",
    "XERO_WEB_URL": "https://go.xero.com",
    "SSO_URL": "",
    "FRAME_ANCESTORS": ["https://*.pipedrive.com"],
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
    "CELERY_BROKER_URL": "rediss://broker:6379/0",
}
ENVIRONMENT = {
    "SITE_URL": "https://invoices.example",
    "SECRET_KEY": "s" * 50,
    "FIELD_ENCRYPTION_KEYS": "f" * 32,
    "DATABASE_URL": "postgres://ib@127.0.0.1:1/ib",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "CACHE_URL": "redis://127.0.0.1:1/1",
    "EMAIL_URL": "smtp+tls://mail.example:587",
    "PIPEDRIVE_CLIENT_ID": "id-of-our-app",
    "PIPEDRIVE_CLIENT_SECRET": "p" * 40,
    "PIPEDRIVE_JWT_SECRET": "j" * 40,
    "XERO_CLIENT_ID": "id-of-our-app",
    "XERO_CLIENT_SECRET": "x" * 40,
    "XERO_WEBHOOK_KEY": "w" * 40,
}


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str | None]]:
    """The ids of what the checks find in a right set-up with these changes."""

    def find(**changes: object) -> list[str | None]:
        monkeypatch.setattr(checks, "settings", SimpleNamespace(**{**REAL, **changes}))
        return [
            message.id
            for check in (
                checks.check_vendor_addresses,
                checks.check_own_address,
                checks.check_services,
            )
            for message in check(None)
        ]

    return find


def test_a_right_set_up_passes(found: Callable[..., list[str]]) -> None:
    assert found() == []


@pytest.mark.parametrize(
    "name",
    [
        "PIPEDRIVE_OAUTH_URL",
        "XERO_API_URL",
        "XERO_IDENTITY_URL",
        "XERO_LOGIN_URL",
        "XERO_WEB_URL",
    ],
)
@pytest.mark.parametrize("address", ["http://127.0.0.1:9200", "https://api.xero.com.evil.example"])
def test_a_vendors_address_is_the_vendors(
    found: Callable[..., list[str]], name: str, address: str
) -> None:
    assert found(**{name: address}) == ["invoicebridge.E001"]


@pytest.mark.parametrize(
    "pattern",
    [
        ".*",
        r"^https://.*\.pipedrive\.com$",
        r"^https?://[a-z0-9-]+\.pipedrive\.com$",
        r"^https://[a-z0-9-]+.pipedrive\.com$",
        r"^http://127\.0\.0\.1:9100$",
        r"^https://nobody$",
    ],
)
def test_tokens_go_to_pipedrives_hosts_and_nowhere_else(
    found: Callable[..., list[str]], pattern: str
) -> None:
    assert found(PIPEDRIVE_API_HOSTS=pattern) == ["invoicebridge.E002"]


@pytest.mark.parametrize("address", ["http://login.example", "https://localhost/sso"])
def test_single_sign_on_is_reached_by_https(found: Callable[..., list[str]], address: str) -> None:
    assert found(SSO_URL=address) == ["invoicebridge.E003"]
    assert found(SSO_URL="https://login.example") == []


def test_a_public_address_has_no_debug_pages(found: Callable[..., list[str]]) -> None:
    assert found(DEBUG=True) == ["invoicebridge.E004"]


def test_the_demos_public_keys_stay_on_this_machine(found: Callable[..., list[str]]) -> None:
    assert found(IS_DEMO=True, SITE_URL="http://localhost:8000", DEBUG=True) == []
    assert found(IS_DEMO=True) == ["invoicebridge.E005"]


def test_people_reach_us_by_https(found: Callable[..., list[str]]) -> None:
    assert found(SITE_URL="http://invoices.example") == ["invoicebridge.E006"]


def test_the_work_of_many_machines_is_not_kept_in_files(found: Callable[..., list[str]]) -> None:
    sqlite = {"default": {"ENGINE": "django.db.backends.sqlite3"}}

    assert found(DATABASES=sqlite) == ["invoicebridge.E007"]
    assert found(CELERY_BROKER_URL="filesystem://") == ["invoicebridge.E008"]


def test_preparing_refuses_the_sandbox_before_it_touches_the_database() -> None:
    done = prepare(XERO_API_URL="http://127.0.0.1:9200")

    assert done.returncode != 0
    assert "invoicebridge.E001" in done.stderr
    assert "OperationalError" not in done.stderr


def test_nobody_can_break_a_production_on_purpose() -> None:
    done = prepare(IB_TEST_MODE="true", IB_CRASH_AT="after_commit_before_send")

    assert done.returncode != 0
    assert "IB_TEST_MODE is for the demo" in done.stderr


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_the_start_is_refused_by_the_name_of_what_is_missing(name: str) -> None:
    done = prepare(**{name: ""})

    assert done.returncode != 0
    assert f"{name} is not set" in done.stderr


def prepare(**changes: str) -> subprocess.CompletedProcess[str]:
    """Prepare a production with these variables changed."""
    return subprocess.run(
        [sys.executable, "-m", "invoicebridge.prepare"],
        cwd=runner.ROOT,
        env={"PATH": os.environ["PATH"], **ENVIRONMENT, **changes},
        capture_output=True,
        text=True,
        check=False,
    )
