"""
Customer details of an invoice, filled from a deal's records by the mappings (M-9 to M-12).

Pure. A missing or deleted field gives a blank, never an error: the dialog opens even so (R-10).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from connections.pipedrive.types import Address
from mappings import folding, sources
from mappings.types import FieldSource, Note

MAX_NAME = 255
MAX_TAX_NUMBER = 50
MAX_EMAIL = 255
MAX_ADDRESS_LINES = 4
MAX_ADDRESS_LINE = 500
MAX_CITY = 255
MAX_POSTAL_CODE = 50
MAX_COUNTRY = 50

DEFAULT_SOURCES = (
    FieldSource("to", "organization", "name"),
    FieldSource("address", "organization", "address"),
    FieldSource("email", "person", "email"),
)
TARGETS = ("to", "address", "email", "tax_number")
_PERSON_NAME = FieldSource("to", "person", "name")


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """An address as Xero prints it: up to four lines, then city, region, postal code, country."""

    lines: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""

    def __bool__(self) -> bool:
        return bool(any(self.lines) or self.city or self.region or self.postal_code or self.country)

    def printed_lines(self) -> tuple[str, ...]:
        """Return what a reader sees, one text a row, empty parts left out."""
        place = " ".join(filter(None, (self.postal_code, self.city)))
        rows = (*self.lines, ", ".join(filter(None, (place, self.region))), self.country)
        return tuple(row for row in rows if row)


@dataclass(frozen=True, slots=True)
class CustomerDetails:
    """Section 1 of the dialog: whom the invoice is addressed to."""

    to: str = ""
    address: PostalAddress = PostalAddress()
    email: str = ""
    tax_number: str = ""


def fill(
    records: sources.Records, mappings: Iterable[FieldSource]
) -> tuple[CustomerDetails, tuple[Note, ...]]:
    """
    Return the customer details of a deal, and a note for each mapped field that is gone.

    :param mappings: at most one source a target; a target without one stays blank
    """
    by_target = {source.target: source for source in mappings}
    notes = tuple(
        Note("mapped_field_gone", target=source.target, values={"field": source.field_name})
        for source in by_target.values()
        if sources.is_gone(records, source)
    )
    to = _text(records, by_target.get("to"))
    # An organization that is hidden from the reader is the customer all the same.
    is_hidden = records.deal is not None and records.deal.org_id is not None
    if not to and records.organization is None and not is_hidden:
        to = _text(records, _PERSON_NAME)
    details = CustomerDetails(
        to=to,
        address=_address(records, by_target.get("address")),
        email=first_email(_raw_text(records, by_target.get("email"))),
        tax_number=_text(records, by_target.get("tax_number")),
    )
    return details, notes


def fill_one(records: sources.Records, source: FieldSource) -> str:
    """Return what one source gives for its target, as one line to show (R-9)."""
    details, _notes = fill(records, [source])
    if source.target == "address":
        return ", ".join(details.address.printed_lines())
    return {"to": details.to, "email": details.email, "tax_number": details.tax_number}[
        source.target
    ]


def tidy(text: str) -> str:
    """Return the text on one line: control characters out, runs of blanks made one."""
    kept = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter
        for letter in text
        if unicodedata.category(letter) not in {"Cf", "Cs"} or letter in "\u200c\u200d"
    )
    return " ".join(kept.split())


def first_email(text: str) -> str:
    """Return the first of several addresses written in one field (B-5)."""
    parts = re.split(r"[,;\s]+", text.strip())
    return next((part for part in parts if part), "")


def from_pipedrive_address(address: Address) -> PostalAddress:
    """
    Return Pipedrive's address parts as Xero's; the raw text as lines when parts are absent (M-10).

    Which of number and street comes first is taken from the text that a person typed or saw.
    """
    street = _street(address)
    if not street and not address.locality and not address.postal_code:
        return _raw_address(address.value or address.formatted_address)
    lines = [street or _before_place(address), address.subpremise, address.sublocality]
    country = tidy(address.country)
    if not _is_country(country):
        lines.append(country)
        country = ""
    city = tidy(address.locality) or tidy(address.admin_area_level_2)
    region = tidy(address.admin_area_level_1) or tidy(address.admin_area_level_2)
    return PostalAddress(
        lines=_fitting_lines(lines),
        city=city[:MAX_CITY],
        region=region[:MAX_CITY] if region != city else "",
        postal_code=tidy(address.postal_code)[:MAX_POSTAL_CODE],
        country=country,
    )


def _street(address: Address) -> str:
    number, route = tidy(address.street_number), tidy(address.route)
    seen = tidy(address.formatted_address) + "\n" + tidy(address.value)
    number_first = f"{number} {route}" in seen or not re.search(
        rf"{re.escape(route)}\W+(no\W*)?{re.escape(number)}\b", seen, re.IGNORECASE
    )
    parts = (number, route) if number_first else (route, number)
    return " ".join(filter(None, parts))


def _before_place(address: Address) -> str:
    """What was typed ahead of a place without a street: a PO box, the name of a house."""
    parts = (
        address.subpremise,
        address.sublocality,
        address.locality,
        address.postal_code,
        address.admin_area_level_2,
        address.admin_area_level_1,
        address.country,
    )
    known = [place for place in map(folding.fold, parts) if place]
    pieces = map(tidy, re.split(r"[,\n]", address.value))
    ahead = takewhile(lambda each: not any(part in folding.fold(each) for part in known), pieces)
    return ", ".join(filter(None, ahead))


def _is_country(text: str) -> bool:
    """Xero takes letters only, 50 at most (xero-api §6)."""
    return len(text) <= MAX_COUNTRY and not any(letter.isdigit() for letter in text)


def _raw_address(text: str) -> PostalAddress:
    return PostalAddress(lines=_fitting_lines(text.splitlines()))


def _fitting_lines(lines: Iterable[str]) -> tuple[str, ...]:
    filled = [line for line in map(tidy, lines) if line]
    last = MAX_ADDRESS_LINES - 1
    if len(filled) > MAX_ADDRESS_LINES:
        filled[last:] = [", ".join(filled[last:])]
    return tuple(line[:MAX_ADDRESS_LINE] for line in filled)


def _raw_text(records: sources.Records, source: FieldSource | None) -> str:
    return sources.read_text(records, source) if source else ""


def _text(records: sources.Records, source: FieldSource | None) -> str:
    return tidy(_raw_text(records, source))


def _address(records: sources.Records, source: FieldSource | None) -> PostalAddress:
    if source is None:
        return PostalAddress()
    address = sources.read_address(records, source)
    if address is not None:
        return from_pipedrive_address(address)
    return _raw_address(sources.read_text(records, source))
