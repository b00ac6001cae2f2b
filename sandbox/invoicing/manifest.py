"""The manifest of the invoicing extension (contract §1): what it must hold, and keeping it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from sandbox.core import clients
from sandbox.invoicing.models import Manifest

VERSION = "v202101"
# What Pipedrive replaces in an endpoint's address, besides linkId.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "getProviderAccount": (),
    "getProviderAccountConnectUrl": (),
    "postInvoice": (),
    "postInvoiceStatus": ("invoiceId",),
    "postInvoiceEmail": ("invoiceId",),
    "getSearchInvoices": (),
    "getInvoiceShareUrl": ("invoiceId",),
    "getInvoicePDF": ("invoiceId",),
    "getInvoiceSummary": (),
    "getCurrencies": (),
    "getTaxRates": (),
    "getAccounts": (),
    "getTemplates": (),
    "getProduct": ("productId",),
    "postProduct": (),
    "putProduct": ("productId",),
    "getSearchProducts": (),
    "getContact": ("contactId",),
    "postContact": (),
    "putContact": ("contactId",),
    "getSearchContacts": (),
}
OPTIONAL = {"postInvoiceEmail"}
_uploaded: dict[str, Any] | None = None
_PLACE = re.compile(r":(linkId|invoiceId|contactId|productId)\b")


class BadManifest(Exception):
    """The manifest is refused; the message says what is wrong with it."""


def upload(document: Any, *, now: datetime) -> None:
    """
    Keep this manifest in place of the one before.

    :raises BadManifest: something is missing or wrong; the old one stays
    """
    global _uploaded
    check(document)
    Manifest.objects.update_or_create(pk=1, defaults={"document": document, "uploaded_at": now})
    _uploaded = document


def remove() -> None:
    """Have no manifest any more."""
    global _uploaded
    _uploaded = None
    Manifest.objects.all().delete()


def restore(*, now: datetime) -> None:
    """Put it back after a reset: it is of the app, as its client id is, and not of the data."""
    if _uploaded is not None:
        upload(_uploaded, now=now)


def read() -> Manifest | None:
    """Return the manifest, or None when none was uploaded."""
    return Manifest.objects.first()


def check(document: Any) -> None:
    """
    Look at everything that Pipedrive would look at.

    :raises BadManifest: what is wrong first
    """
    if not isinstance(document, dict):
        raise BadManifest("The manifest is not a JSON object.")
    if document.get("version") != VERSION:
        raise BadManifest(f"The version must be {VERSION}.")
    if document.get("clientId") != clients.PIPEDRIVE.client_id:
        raise BadManifest("The clientId is not that of the app.")
    features = document.get("features", {})
    endpoints = document.get("endpoints")
    if not isinstance(features, dict) or not isinstance(endpoints, dict):
        raise BadManifest("features and endpoints must be objects.")
    if unknown := set(endpoints) - set(PARAMETERS):
        raise BadManifest(f"There is no endpoint called {min(unknown)}.")
    required = set(PARAMETERS) - OPTIONAL
    if features.get("templates") is not True:
        required.discard("getTemplates")
    for name in PARAMETERS:
        if name in endpoints:
            _check_address(name, endpoints[name])
        elif name in required:
            raise BadManifest(f"The endpoint {name} is missing.")


def fill(address: str, **values: str) -> str:
    """Return the address with these values in place of :linkId and so on."""
    return _PLACE.sub(lambda place: quote(values[place.group(1)], safe=""), address)


def _check_address(name: str, address: Any) -> None:
    parts = urlsplit(address) if isinstance(address, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadManifest(f"{name} is not an http address.")
    places = set(_PLACE.findall(address))
    wanted = {"linkId", *PARAMETERS[name]}
    if missing := sorted(wanted - places):
        raise BadManifest(f"{name} lacks :{missing[0]}.")
    if odd := sorted(places - wanted):
        raise BadManifest(f"{name} has :{odd[0]}, which Pipedrive does not know there.")
