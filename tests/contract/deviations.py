"""
Where live behaviour is known to differ from the vendors' published files: each place, and why.

Nothing else is excused. An entry that no exchange needs any more fails the suite as well. Facts
with a § are of the project's fact sheets, which name their sources.
"""

from dataclasses import dataclass

from tests.contract.published import Finding


@dataclass(frozen=True)
class Deviation:
    """One place in one operation ("*": in all of the vendor's), and the reason."""

    vendor: str
    operation: str
    side: str
    where: str
    what: str
    reason: str

    def excuses(self, vendor: str, finding: Finding) -> bool:
        """Return whether this is the place."""
        return (
            vendor == self.vendor
            and self.operation in ("*", finding.operation)
            and (self.side, self.where, self.what) == (finding.side, finding.where, finding.what)
        )


_ENVELOPE = "xero-api §4.4: every answer's envelope carries it; the file lists the rows alone"
_TWIN = "xero-api §4.4: dates out have a ...String twin; the file has it for UpdatedDateUTC alone"
_ECHO = "xero-api §4.5: a refused element is echoed whole; the file lists its errors alone"
_STATUS = "xero-api §4.5, §8: the file declares 200 and 400 alone; live answers with others too"
_INVOICES = "/api.xro/2.0/Invoices"
_INVOICE = "/api.xro/2.0/Invoices/{InvoiceID}"
_CONTACTS = "/api.xro/2.0/Contacts"
_ITEMS = "/api.xro/2.0/Items"
_READS_OF_INVOICES = (
    f"GET {_INVOICES}",
    f"GET {_INVOICE}",
    f"PUT {_INVOICES}",
    f"POST {_INVOICE}",
)
_PAYMENT = "/api.xro/2.0/Payments/{PaymentID}"


def _undeclared(operation: str, where: str, reason: str) -> Deviation:
    return Deviation("xero", operation, "answer", where, "undeclared", reason)


XERO = (
    _undeclared("*", "Id", _ENVELOPE),
    _undeclared("*", "Status", _ENVELOPE),
    _undeclared("*", "ProviderName", _ENVELOPE),
    _undeclared("*", "DateTimeUTC", _ENVELOPE),
    *(_undeclared(each, "Invoices[].DateString", _TWIN) for each in _READS_OF_INVOICES),
    *(_undeclared(each, "Invoices[].DueDateString", _TWIN) for each in _READS_OF_INVOICES),
    *(
        _undeclared(each, "Invoices[].InvoicePaymentServices", "xero-api §4.4, recorded create")
        for each in _READS_OF_INVOICES
    ),
    *(
        _undeclared(
            each, "Invoices[].LineItems[].ValidationErrors", "xero-api §4.4, recorded create"
        )
        for each in (f"PUT {_INVOICES}", f"POST {_INVOICE}")
    ),
    *(
        _undeclared(
            f"{method} {_PAYMENT}",
            "Payments[].Invoice.InvoicePaymentServices",
            "xero-api §4.4: as in every invoice",
        )
        for method in ("GET", "POST")
    ),
    _undeclared(
        f"GET {_INVOICE}",
        "body of application/pdf",
        "xero-api §4.1: the plain address with that Accept; the file has a /pdf of its own",
    ),
    _undeclared(
        f"GET {_INVOICE}/History",
        "HistoryRecords[].DateUTCString",
        "xero-api §4.7, recorded",
    ),
    *(
        _undeclared(f"POST {_INVOICE}", f"400 Elements[].{key}", _ECHO)
        for key in ("HasErrors", "Status")
    ),
    *(
        _undeclared(f"PUT {_INVOICES}", f"400 Elements[].{key}", _ECHO)
        for key in (
            "BrandingThemeID",
            "Contact",
            "CurrencyCode",
            "Date",
            "DueDate",
            "HasErrors",
            "LineAmountTypes",
            "LineItems",
            "Reference",
            "Status",
            "Type",
            "Url",
        )
    ),
    *(
        _undeclared(f"PUT {_CONTACTS}", f"400 Elements[].{key}", _ECHO)
        for key in ("HasValidationErrors", "Name")
    ),
    *(
        _undeclared(f"PUT {_ITEMS}", f"400 Elements[].{key}", _ECHO)
        for key in ("Code", "Description", "Name", "SalesDetails")
    ),
    Deviation(
        "xero",
        f"GET {_ITEMS}/{{ItemID}}",
        "request",
        "path itemid",
        "format",
        "Xero's page of Items: the address takes the ItemID or the Code; the file says UUID",
    ),
    _undeclared(f"GET {_ITEMS}/{{ItemID}}", "status 404", _STATUS),
    _undeclared(f"GET {_INVOICE}", "status 404", _STATUS),
    _undeclared(f"GET {_CONTACTS}/{{ContactID}}", "status 404", _STATUS),
    *(
        _undeclared("GET /api.xro/2.0/Accounts", f"status {status}", _STATUS)
        for status in (401, 403, 429, 503)
    ),
    *(
        Deviation(
            "xero",
            f"GET /api.xro/2.0/{resource}",
            "request",
            "header if-modified-since",
            "format",
            "xero-api §5: UTC without a zone, to the second; the file says RFC 3339",
        )
        for resource in ("Invoices", "Items")
    ),
    *(
        Deviation(
            "xero",
            "GET /Connections",
            "answer",
            f"[].{key}",
            "format",
            "xero-api §2.4: UTC without Z, seven digits; the file says RFC 3339",
        )
        for key in ("createdDateUtc", "updatedDateUtc")
    ),
)

_DEALS = ("/api/v2/deals", "data[]"), ("/api/v2/deals/{id}", "data")
_NULL_IN_DEAL = "pipedrive-api §3.1, sample: null where nothing is set; the file lacks nullable"
_KEY_OF_DEAL = "pipedrive-api §3.1, sample, and the file's own example; its schema forgot it"
_LAST_PAGE = "pipedrive-api §2, and the file's own words: null at the end; it lacks nullable"
_PART = "pipedrive-api §3.2: any part of an address may be null; the file lacks nullable"
_ANSWERED = "pipedrive-api §1.2, §2, §5: live answers with it; the file does not declare it"


def _pipedrive(path: str, where: str, what: str, reason: str) -> Deviation:
    return Deviation("pipedrive", f"GET {path}", "answer", where, what, reason)


PIPEDRIVE = (
    *(
        _pipedrive(path, f"{row}.{key}", "type", _NULL_IN_DEAL)
        for path, row in _DEALS
        for key in ("expected_close_date", "lost_time", "org_id", "person_id", "won_time")
    ),
    *(
        _pipedrive(path, f"{row}.{key}", "undeclared", _KEY_OF_DEAL)
        for path, row in _DEALS
        for key in (
            "archive_time",
            "creator_user_id",
            "local_close_date",
            "local_lost_date",
            "local_won_date",
        )
    ),
    *(
        _pipedrive(f"/api/v2/{path}", "additional_data.next_cursor", "type", _LAST_PAGE)
        for path in ("deals", "deals/search", "deals/{id}/products", "products")
    ),
    _pipedrive(
        "/api/v2/deals/search",
        "data.items[].item.value",
        "type",
        "pipedrive-api §3.1: a deal's value may have a fraction; here the file says integer",
    ),
    _pipedrive(
        "/api/v2/organizations/{id}",
        "data.address",
        "type",
        "pipedrive-api §3.2: null without an address; the file lacks nullable",
    ),
    *(
        _pipedrive("/api/v2/organizations/{id}", f"data.address.{part}", "type", _PART)
        for part in (
            "admin_area_level_1",
            "admin_area_level_2",
            "country",
            "locality",
            "postal_code",
            "route",
            "street_number",
            "sublocality",
            "subpremise",
        )
    ),
    _pipedrive(
        "/api/v2/organizations/{id}",
        "data.address.formatted_address",
        "undeclared",
        "pipedrive-api §3.2: in the migration guide, absent from the file",
    ),
    *(
        _pipedrive(
            "/api/v2/persons/{id}",
            f"data.{key}",
            "type",
            "pipedrive-api §3.3: a person may have none; the file lacks nullable",
        )
        for key in ("org_id", "picture_id")
    ),
    _pipedrive(
        "/api/v2/dealFields",
        "data[].description",
        "type",
        "pipedrive-api §3.7, sample: null without one; the file lacks nullable",
    ),
    *(
        _pipedrive(
            f"/api/v2/{entity}Fields",
            "data[].description",
            "undeclared",
            "pipedrive-api §3.7, sample; the file has it for dealFields alone",
        )
        for entity in ("organization", "person", "product")
    ),
    _pipedrive("/api/v1/users/me", "401 error_info", "undeclared", _ANSWERED),
    _pipedrive("/api/v1/users/me", "status 429", "undeclared", _ANSWERED),
    _pipedrive("/api/v1/users/me", "status 500", "undeclared", _ANSWERED),
    _pipedrive("/api/v2/deals", "status 400", "undeclared", _ANSWERED),
    _pipedrive("/api/v2/deals/{id}", "status 404", "undeclared", _ANSWERED),
    Deviation("pipedrive", "POST /oauth/token", "answer", "status 400", "undeclared", _ANSWERED),
)

DEVIATIONS: tuple[Deviation, ...] = XERO + PIPEDRIVE
