"""
The one door of the native front: who calls, for which company, by which method, with what body.

Whatever goes wrong is answered in the contract's shape. Who is not Pipedrive learns nothing at
all; an unknown link is not found and tells nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from connections import access, errors, gates, queries
from connections import wording as connection_wording
from connections.models import Company, XeroConnection
from connections.pipedrive import callers
from connections.runtime import Runtime, snapshot
from invoices.native import answers, reading
from invoices.native.failures import Failure, not_found, of_vendor, refused
from invoices.native.tab import NativeTab
from mappings import queries as mapping_queries

MAX_BYTES = 1024 * 1024
_WITH_BODY = frozenset({"POST", "PUT"})

Handler = Callable[..., Any]


@dataclass
class Call:
    """One call of Pipedrive for a company. What costs a query is read when it is asked for."""

    company: Company
    query: QueryDict
    body: dict[str, Any]
    now: datetime

    @cached_property
    def runtime(self) -> Runtime:
        """The settings of support, read once."""
        return snapshot()

    @cached_property
    def live(self) -> XeroConnection | None:
        """The company's connection, usable or not; None when there is none."""
        connection = queries.live_connection(self.company)
        if connection is not None:
            connection.company = self.company
        return connection

    @cached_property
    def tab(self) -> NativeTab:
        """Who acts."""
        return NativeTab(self.company, mapping_queries.preferences_for(self.company))

    @property
    def connection(self) -> XeroConnection:
        """
        The connection to read through.

        :raises Failure: there is none
        """
        if self.live is None:
            raise refused("no_connection", str(connection_wording.GATES["no_connection"]))
        return self.live

    def check_may_write(self) -> XeroConnection:
        """
        Check the gates of writing to Xero (R-2) and return the connection.

        :raises Failure: one is shut
        """
        shut = gates.find_shut(self.company, self.live)
        if shut:
            raise refused(shut, str(connection_wording.GATES[shut]))
        return self.connection


def resource(*, is_open_to_all: bool = False, **handlers: Handler) -> Callable[..., HttpResponse]:
    """
    Return the view of one address: a handler for each method that it takes.

    A handler is called with the call and the ids of the address. It returns the data of the answer,
    or a whole response, and raises Failure.

    :param is_open_to_all: answers for a company that took the app off as well
    """

    @csrf_exempt
    def view(request: HttpRequest, link_id: str, **ids: str) -> HttpResponse:
        if not callers.is_pipedrive(request.headers.get("Authorization", "")):
            return answers.failure(_unauthorised())
        company = _find_company(link_id)
        if company is None or not (is_open_to_all or _has_installed(company)):
            return answers.failure(not_found())
        with translation.override(company.language):
            try:
                return _handle(request, company, handlers, ids)
            except Failure as exc:
                return answers.failure(exc)

    return view


def ask_xero(call: Call, use: Callable[[Any], Any]) -> Any:
    """
    Make one read of Xero.

    :raises Failure: Xero gave no usable answer
    """
    return with_xero(call, lambda session: session.call(use))


def with_xero(call: Call, use: Callable[[access.XeroSession], Any]) -> Any:
    """
    Make reads of Xero in one session.

    :raises Failure: Xero gave no usable answer
    """
    connection = call.connection
    if connection.is_paused(call.now):
        raise of_vendor(
            errors.RateLimited(
                vendor="xero",
                operation="native",
                retry_after_seconds=_pause_left(connection, call.now),
                problem="other",
            ),
            connection,
            now=call.now,
        )
    try:
        with access.open_xero(connection, now=call.now, runtime=call.runtime) as session:
            return use(session)
    except (errors.ProviderError, access.NotConnected) as exc:
        raise of_vendor(exc, connection, now=call.now) from exc


def read_id(text: str) -> uuid.UUID:
    """
    Return an id of Xero from an address.

    :raises Failure: it is none; the same answer as for one that nobody has (B-3)
    """
    found = read_uuid(text)
    if found is None:
        raise not_found()
    return found


def _handle(
    request: HttpRequest, company: Company, handlers: dict[str, Handler], ids: dict[str, str]
) -> HttpResponse:
    handler = handlers.get(request.method or "")
    if handler is None:
        raise Failure(
            405,
            "method_not_allowed",
            _("This address does not take that method."),
            headers={"Allow": ", ".join(handlers)},
        )
    body = reading.parse(_read_body(request)) if request.method in _WITH_BODY else {}
    call = Call(company=company, query=request.GET, body=body, now=timezone.now())
    data = handler(call, **ids)
    return data if isinstance(data, HttpResponse) else answers.success(data)


def _read_body(request: HttpRequest) -> bytes:
    too_large = Failure(413, "too_large", _("This is more than one call may carry."))
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not (announced.isascii() and announced.isdigit() and len(announced) < 20):
        raise Failure(400, "malformed", _("The length of this call cannot be read."))
    if int(announced) > MAX_BYTES:
        raise too_large
    kind = request.content_type or ""
    if kind != "application/json" and (kind or int(announced)):
        raise Failure(415, "unsupported_media_type", _("Send JSON, as application/json."))
    try:
        return request.body
    except RequestDataTooBig as exc:
        raise too_large from exc
    except UnreadablePostError as exc:
        # The sender hung up in the middle: nobody reads what we answer.
        raise Failure(400, "malformed", _("This call broke off.")) from exc


def _unauthorised() -> Failure:
    return Failure(
        401,
        "unauthorized",
        "Only Pipedrive may call here.",
        headers={"WWW-Authenticate": 'Basic realm="InvoiceBridge", charset="UTF-8"'},
    )


def _has_installed(company: Company) -> bool:
    return company.state != Company.State.UNINSTALLED


def _find_company(link_id: str) -> Company | None:
    found = read_uuid(link_id)
    return None if found is None else Company.objects.filter(link_id=found).first()


def read_uuid(text: str) -> uuid.UUID | None:
    """Only as we and Xero write it: no braces, no missing dashes, no other digits (B-3)."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


def _pause_left(connection: XeroConnection, now: datetime) -> int:
    until = connection.pause_until
    return 1 if until is None else max(1, int((until - now).total_seconds()) + 1)
