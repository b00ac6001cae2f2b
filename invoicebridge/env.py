"""
Settings from the environment, refused by name when they are missing or too weak.

Every variable `NAME` may instead be given as `NAME_FILE`, the path of a file that holds the value
(as container secrets are). A variable that is set to nothing counts as not given.

Two kinds of fallback exist: `default` holds everywhere, `development` holds only in the embedded
profile (`IB_PROFILE=demo`, which `make run` and the tests set). Without that profile the process
refuses to start rather than run on a value that everybody knows.
"""

import os
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env
from environ.fileaware_mapping import FileAwareMapping

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_REDIS_CACHE = "django.core.cache.backends.redis.RedisCache"
_DISPOSABLE_CACHE = "invoicebridge.cache.DisposableRedisCache"


class Environment:
    """The variables of one process. Reads only; nothing is cached and nothing is interpolated."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        # django-environ's Env would read a value that begins with "$" as the name of another
        # variable: a random secret may well begin so. Only its parsers and files are used.
        self._variables = FileAwareMapping(env=variables, cache=False)

    @property
    def is_demo(self) -> bool:
        """Whether this is the embedded profile that `make run` and the tests use."""
        return self._read("IB_PROFILE") == "demo"

    def text(self, name: str, *, default: str | None = None, development: str | None = None) -> str:
        """
        Return the variable without surrounding blanks.

        :raises ImproperlyConfigured: it is not given and no fallback holds here
        """
        given = self._read(name)
        if given:
            return given
        if development is not None and self.is_demo:
            return development
        if default is not None:
            return default
        raise ImproperlyConfigured(
            f"{name} is not set. Set {name}, or {name}_FILE to a file that holds it."
        )

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        """
        Return a yes or no: 1/0, true/false, yes/no, on/off, in any case.

        :raises ImproperlyConfigured: not given without a default, or neither yes nor no
        """
        value = self.text(name, default=None if default is None else str(default)).lower()
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        raise ImproperlyConfigured(f"{name} must be true or false.")

    def integer(
        self,
        name: str,
        *,
        default: int | None = None,
        minimum: int | None = None,
        maximum: int | None = None,
    ) -> int:
        """
        Return a whole number, within the bounds when they are given.

        :raises ImproperlyConfigured: not given without a default, not whole, or out of bounds
        """
        number = self.number(name, default=default, minimum=minimum, maximum=maximum)
        if number != int(number):
            raise ImproperlyConfigured(f"{name} must be a whole number.")
        return int(number)

    def number(
        self,
        name: str,
        *,
        default: float | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
    ) -> float:
        """
        Return a number such as a count of seconds, within the bounds when they are given.

        :raises ImproperlyConfigured: not given without a default, no number, or out of bounds
        """
        value = self.text(name, default=None if default is None else str(default))
        try:
            number = Decimal(value)
        except InvalidOperation as error:
            raise ImproperlyConfigured(f"{name} must be a number.") from error
        if not number.is_finite():
            raise ImproperlyConfigured(f"{name} must be a number.")
        if minimum is not None and number < Decimal(str(minimum)):
            raise ImproperlyConfigured(f"{name} must be at least {minimum}.")
        if maximum is not None and number > Decimal(str(maximum)):
            raise ImproperlyConfigured(f"{name} must be at most {maximum}.")
        return float(number)

    def names(
        self, name: str, *, default: str | None = None, development: str | None = None
    ) -> list[str]:
        """
        Return a comma separated list, blanks and empty parts left out.

        :raises ImproperlyConfigured: it is not given and no fallback holds here
        """
        value = self.text(name, default=default, development=development)
        return [part.strip() for part in value.split(",") if part.strip()]

    def url(self, name: str, *, default: str | None = None, development: str | None = None) -> str:
        """
        Return an http or https address without a slash at its end.

        :raises ImproperlyConfigured: not given and no fallback holds here, or no such address
        """
        value = self.text(name, default=default, development=development)
        try:
            parts = urlsplit(value)
            is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
            is_address = is_address and (parts.port is None or parts.port > 0)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} must be an http or https address.") from error
        if not is_address or parts.query or parts.fragment or parts.username:
            raise ImproperlyConfigured(f"{name} must be an http or https address.")
        return value.rstrip("/")

    def secret(self, name: str, *, minimum: int = 32, development: str | None = None) -> str:
        """
        Return a secret of at least `minimum` characters. Messages never quote it.

        :raises ImproperlyConfigured: outside the embedded profile it is missing, shorter than
            `minimum`, or the public development value
        """
        return self._checked_secret(
            name, self.text(name, development=development), minimum, development
        )

    def secrets(self, name: str, *, minimum: int = 32, development: str | None = None) -> list[str]:
        """
        Return a comma separated list of secrets, each held to the rules of `secret`.

        The first is the one in use; the others are older ones that are still accepted.

        :raises ImproperlyConfigured: as `secret`
        """
        public = development.split(",") if development else []
        values = self.names(name, development=development)
        if not values:
            raise ImproperlyConfigured(f"{name} is not set.")
        for value in values:
            known = value if value in public else None
            self._checked_secret(name, value, minimum, known)
        return values

    def database(
        self, name: str, *, default: str | None = None, development: str | None = None
    ) -> dict[str, Any]:
        """
        Return an entry of Django's DATABASES from an address such as postgres://user@host/name.

        :raises ImproperlyConfigured: not given and no fallback holds here, or not understood
        """
        return self._parsed(name, Env.db_url_config, default, development)

    def cache(
        self, name: str, *, default: str | None = None, development: str | None = None
    ) -> dict[str, Any]:
        """
        Return an entry of Django's CACHES from an address such as redis://host:6379/1.

        A Redis is taken as one that may go away (P-18).

        :raises ImproperlyConfigured: not given and no fallback holds here, or not understood
        """
        found = self._parsed(name, Env.cache_url_config, default, development)
        if found["BACKEND"] == _REDIS_CACHE:
            found["BACKEND"] = _DISPOSABLE_CACHE
        return found

    def email(
        self, name: str, *, default: str | None = None, development: str | None = None
    ) -> dict[str, Any]:
        """
        Return Django's EMAIL_… settings from an address such as smtp+tls://user:word@host:587.

        :raises ImproperlyConfigured: not given and no fallback holds here, or not understood
        """
        return self._parsed(name, Env.email_url_config, default, development)

    def _read(self, name: str) -> str:
        """Return the variable, or the content of the file that NAME_FILE names; "" if neither."""
        try:
            return str(self._variables.get(name, "")).strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read.") from error

    def _checked_secret(self, name: str, value: str, minimum: int, development: str | None) -> str:
        if self.is_demo:
            return value
        if development is not None and value == development:
            raise ImproperlyConfigured(f"{name} is the public development value. Make a new one.")
        if len(value) < minimum:
            raise ImproperlyConfigured(f"{name} is too short: at least {minimum} characters.")
        return value

    def _parsed(
        self,
        name: str,
        parse: Callable[[str], dict[str, Any]],
        default: str | None,
        development: str | None,
    ) -> dict[str, Any]:
        address = self.text(name, default=default, development=development)
        unknown = ImproperlyConfigured(f"{name} is not an address that we understand.")
        if "://" not in address:
            raise unknown
        # The address may hold a password: neither it nor the parser's own words are repeated.
        try:
            parsed = parse(address)
        except (ValueError, KeyError, ImproperlyConfigured):
            raise unknown from None
        engine = parsed.get("ENGINE") or parsed.get("BACKEND") or parsed.get("EMAIL_BACKEND") or ""
        if "." not in engine:
            raise unknown
        return parsed


_process = Environment(os.environ)

is_demo = _process.is_demo
text = _process.text
flag = _process.flag
integer = _process.integer
number = _process.number
names = _process.names
url = _process.url
secret = _process.secret
secrets = _process.secrets
database = _process.database
cache = _process.cache
email = _process.email
