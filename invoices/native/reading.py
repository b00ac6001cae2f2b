"""
Reading what Pipedrive sends: strict about types, so that nothing is guessed (S-22, B-1 to B-12).

A sentence names the field as the contract calls it. Numbers stay Decimal from the wire on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connections import time_zones
from connections.models import XeroConnection
from invoices import dialog_reading
from invoices.native.failures import Failure, invalid, malformed
from mappings import customer

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse(raw: bytes) -> dict[str, Any]:
    """
    Return the object of a body, out of its wrapping `{"success":…,"data":{…}}` where it has one.

    An empty body, and null, is an empty object: what is missing is then said by name.

    :raises Failure: it is not one JSON object
    """
    if not raw.strip():
        return {}
    try:
        body = json.loads(
            raw.decode(), parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse
        )
    except (ValueError, ArithmeticError, RecursionError) as exc:
        raise malformed(_("This is not JSON that can be read.")) from exc
    if isinstance(body, dict) and "data" in body:
        body = body["data"]
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise malformed(_("Send one JSON object."))
    return body


@dataclass(frozen=True, slots=True)
class Fields:
    """The members of one object that was sent. `path` is where it stands, for sentences."""

    said: Mapping[str, Any]
    path: str = ""

    def has(self, name: str) -> bool:
        """Whether anything was said of it: null says nothing."""
        return self.said.get(name) is not None

    def text(
        self, name: str, *, longest: int, is_needed: bool = False, has_lines: bool = False
    ) -> str:
        """
        Return a text without control characters; "" for null and for an absent one.

        :raises Failure: it is no text, too long, or empty though it is needed
        """
        value = self.said.get(name)
        if value is not None and not isinstance(value, str):
            raise malformed(_("%(field)s has to be text.") % self._named(name))
        try:
            text = dialog_reading.read_text(value or "", has_lines=has_lines)
        except dialog_reading.Unreadable as exc:
            raise invalid(
                _("%(field)s holds a character that cannot be stored.") % self._named(name)
            ) from exc
        if len(text) > longest:
            raise invalid(
                ngettext(
                    "%(field)s takes at most %(longest)d character.",
                    "%(field)s takes at most %(longest)d characters.",
                    longest,
                )
                % (self._named(name) | {"longest": longest})
            )
        if is_needed and not text.strip():
            raise self.missing(name)
        return text

    def number(
        self, name: str, *, least: Decimal | None = None, most: Decimal, places: int = 4
    ) -> Decimal | None:
        """
        Return a number; None for null and for an absent one.

        :raises Failure: it is no number, out of range or finer than Xero keeps
        """
        value = self.said.get(name)
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise malformed(_("%(field)s has to be a number.") % self._named(name))
        if abs(value) > most or (least is not None and value < least):
            raise invalid(
                _("%(field)s has to be between %(least)s and %(most)s.")
                % (self._named(name) | {"least": -most if least is None else least, "most": most})
            )
        if value != round(value, places):
            raise invalid(
                _("%(field)s takes at most %(places)d decimals.")
                % (self._named(name) | {"places": places})
            )
        return value

    def day(self, name: str, connection: XeroConnection, *, is_needed: bool = False) -> date | None:
        """
        Return a calendar day of the organisation; None for null and for an absent one.

        An instant is the day it has in the organisation's time zone, but for midnight UTC: that is
        how a day without a time is often written.

        :raises Failure: it is no day, or out of reach
        """
        text = self.text(name, longest=40, is_needed=is_needed)
        if not text:
            return None
        found = _read_day(text, connection)
        if found is None or not dialog_reading.FIRST_DAY <= found <= dialog_reading.LAST_DAY:
            raise invalid(
                _("%(field)s has to be a day like 2026-03-20, in the years 2000 to 2099.")
                % self._named(name)
            )
        return found

    def email(self, name: str) -> str:
        """
        Return one plain address, the first of several; "" for none (B-5).

        :raises Failure: it is no address that Xero takes
        """
        said = self.said.get(name)
        text = self.text(name, longest=customer.MAX_EMAIL)
        found = customer.first_email(text)
        is_one_line = not any(sign in (said or "") for sign in "\r\n")
        if not text.strip():
            return ""
        try:
            EmailValidator()(found)
        except ValidationError:
            found = ""
        if not found or not found.isascii() or not is_one_line:
            raise invalid(
                _("%(field)s has to be an email address like name@example.com.") % self._named(name)
            )
        return found

    def each(self, name: str, *, most: int) -> Iterator[Fields]:
        """
        Yield the objects of a list; nothing for an empty one.

        :raises Failure: it is no list of objects, or a longer one
        """
        value = self.said.get(name)
        if not isinstance(value, list):
            raise malformed(_("%(field)s has to be a list.") % self._named(name))
        if len(value) > most:
            raise invalid(
                _("%(field)s takes at most %(most)d lines.") % (self._named(name) | {"most": most})
            )
        for place, element in enumerate(value):
            path = f"{self.path}{name}[{place}]"
            if not isinstance(element, dict):
                raise malformed(_("%(field)s has to be an object.") % {"field": path})
            yield Fields(element, f"{path}.")

    def missing(self, name: str) -> Failure:
        """Return the failure of a field that cannot do without a value."""
        return invalid(_("%(field)s is missing.") % self._named(name))

    def unknown(self, name: str) -> Failure:
        """Return the failure of a value that Xero's list does not have now (B-12)."""
        return invalid(_("%(field)s is not in Xero's list now. Choose again.") % self._named(name))

    def wrong(self, name: str, message: str) -> Failure:
        """Return the failure of a field, with what is wrong about it."""
        return invalid(_("%(field)s: %(message)s") % (self._named(name) | {"message": message}))

    def _named(self, name: str) -> dict[str, Any]:
        return {"field": f"{self.path}{name}"}


def _refuse(word: str) -> Decimal:
    """NaN and the infinities are no JSON, whatever Python's reader says."""
    raise ValueError(word)


def _read_day(text: str, connection: XeroConnection) -> date | None:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if not _DAY.match(text):
            return None
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            return instant.date()
        if instant.astimezone(UTC).time().replace(tzinfo=None) == datetime.min.time():
            return instant.astimezone(UTC).date()
        return time_zones.organisation_today(connection, instant)
    except (ValueError, OverflowError):
        return None
