"""What whoever runs the product relies on when they set its variables."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from invoicebridge.env import Environment

LONG = "k" * 32
PUBLIC = "development-key-that-everybody-can-read"


def production(**variables: str) -> Environment:
    return Environment(variables)


def demo(**variables: str) -> Environment:
    return Environment({"IB_PROFILE": "demo", **variables})


def test_a_missing_variable_is_refused_by_name() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^XERO_CLIENT_ID is not set"):
        production().text("XERO_CLIENT_ID")


def test_a_variable_set_to_nothing_is_a_missing_one() -> None:
    with pytest.raises(ImproperlyConfigured, match="XERO_CLIENT_ID"):
        production(XERO_CLIENT_ID="  ").text("XERO_CLIENT_ID")

    assert production(SENTRY_DSN="").text("SENTRY_DSN", default="") == ""


def test_a_default_holds_everywhere_and_a_development_value_only_in_the_demo() -> None:
    assert production().text("LOG_LEVEL", default="INFO") == "INFO"
    assert demo().text("SITE_URL", development="http://localhost:8000") == "http://localhost:8000"

    with pytest.raises(ImproperlyConfigured, match="SITE_URL"):
        production().text("SITE_URL", development="http://localhost:8000")


def test_what_is_given_wins_over_every_fallback() -> None:
    given = demo(SITE_URL="https://ib.example")

    assert given.text("SITE_URL", default="a", development="b") == "https://ib.example"


def test_a_value_may_come_from_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "secret_key"
    kept.write_text(LONG + "\n", encoding="utf-8")

    assert production(SECRET_KEY_FILE=str(kept)).secret("SECRET_KEY") == LONG


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE"):
        production(SECRET_KEY_FILE=str(tmp_path / "none")).secret("SECRET_KEY")


def test_an_empty_file_is_a_missing_variable(tmp_path: Path) -> None:
    empty = tmp_path / "secret_key"
    empty.write_text("\n", encoding="utf-8")

    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        production(SECRET_KEY_FILE=str(empty)).secret("SECRET_KEY")


def test_a_secret_may_begin_with_a_dollar_sign() -> None:
    assert production(SECRET_KEY="$" + LONG).secret("SECRET_KEY") == "$" + LONG


def test_a_short_secret_is_refused_without_quoting_it() -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        production(SECRET_KEY="tiny-secret").secret("SECRET_KEY")

    assert "SECRET_KEY" in str(refused.value)
    assert "32" in str(refused.value)
    assert "tiny-secret" not in str(refused.value)


def test_the_development_secret_is_refused_in_production() -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is the public development value"):
        production(SECRET_KEY=PUBLIC).secret("SECRET_KEY", development=PUBLIC)

    assert demo().secret("SECRET_KEY", development=PUBLIC) == PUBLIC


def test_every_secret_of_a_list_is_held_to_the_rules() -> None:
    both = production(FIELD_ENCRYPTION_KEYS=f"{LONG}, {'o' * 32}")
    assert both.secrets("FIELD_ENCRYPTION_KEYS") == [LONG, "o" * 32]

    with pytest.raises(ImproperlyConfigured, match="too short"):
        production(KEYS=f"{LONG},short").secrets("KEYS")
    with pytest.raises(ImproperlyConfigured, match="public development value"):
        production(KEYS=f"{LONG},{PUBLIC}").secrets("KEYS", development=PUBLIC)
    with pytest.raises(ImproperlyConfigured, match="KEYS is not set"):
        production(KEYS=" , ").secrets("KEYS")


@pytest.mark.parametrize(
    ("given", "expected"),
    [("1", True), ("TRUE", True), ("on", True), ("False", False), ("0", False), ("no", False)],
)
def test_a_flag_reads_the_usual_words(given: str, expected: bool) -> None:
    assert production(DEBUG=given).flag("DEBUG") is expected


def test_a_flag_that_is_neither_yes_nor_no_is_refused_by_name() -> None:
    assert production().flag("DEBUG", default=False) is False

    with pytest.raises(ImproperlyConfigured, match="DEBUG must be true or false"):
        production(DEBUG="maybe").flag("DEBUG", default=False)


@pytest.mark.parametrize("given", ["seven", "7.5", "NaN", "Infinity", "0", "66"])
def test_a_number_outside_its_bounds_is_refused_by_name(given: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^WEB_THREADS must be"):
        production(WEB_THREADS=given).integer("WEB_THREADS", minimum=1, maximum=64)


def test_numbers_are_read_as_numbers() -> None:
    assert production(WEB_THREADS="4").integer("WEB_THREADS", minimum=1) == 4
    assert production().integer("WEB_THREADS", default=8) == 8
    assert production(READ_SECONDS="2.5").number("READ_SECONDS") == 2.5


def test_an_address_loses_the_slash_at_its_end() -> None:
    assert production(XERO_API_URL="https://api.xero.com/").url("XERO_API_URL") == (
        "https://api.xero.com"
    )


@pytest.mark.parametrize(
    "given",
    [
        "api.xero.com",
        "ftp://api.xero.com",
        "https://",
        "https://x:y",
        "https://u:p@x",
        "https://[x",
    ],
)
def test_what_is_no_web_address_is_refused_by_name(given: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="XERO_API_URL must be an http or https"):
        production(XERO_API_URL=given).url("XERO_API_URL")


def test_services_are_given_by_address() -> None:
    given = production(
        DATABASE_URL="postgres://ib:word@db:5432/ib?sslmode=require",
        CACHE_URL="redis://broker:6379/1",
        EMAIL_URL="smtp+tls://ib:word@mail:587",
    )

    database = given.database("DATABASE_URL")
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["NAME"], database["PASSWORD"]) == ("db", "ib", "word")
    assert database["OPTIONS"] == {"sslmode": "require"}
    assert given.cache("CACHE_URL")["LOCATION"] == "redis://broker:6379/1"
    assert given.email("EMAIL_URL")["EMAIL_USE_TLS"] is True


@pytest.mark.parametrize("given", ["word", "mongo://ib:word@db/ib", "foo://word@x"])
def test_a_service_of_an_unknown_kind_is_refused_without_quoting_it(given: str) -> None:
    for read in (
        production(ADDRESS=given).database,
        production(ADDRESS=given).cache,
        production(ADDRESS=given).email,
    ):
        with pytest.raises(ImproperlyConfigured) as refused:
            read("ADDRESS")

        assert str(refused.value) == "ADDRESS is not an address that we understand."
        assert refused.value.__cause__ is None
