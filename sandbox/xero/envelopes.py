"""The envelope around every Accounting API answer, paging, and writing several elements at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from sandbox.core import clients, codec
from sandbox.xero import dates, gate, problems
from sandbox.xero.models import new_guid

LARGEST_PAGE = 1000


@dataclass(frozen=True)
class Page:
    """One page asked for; the first is number 1."""

    number: int
    size: int

    @property
    def start(self) -> int:
        """Return the index of the first row."""
        return (self.number - 1) * self.size

    @property
    def stop(self) -> int:
        """Return the index after the last row."""
        return self.start + self.size


def read_page(request: HttpRequest) -> Page:
    """
    Return the page of the query, by default the first of 100.

    :raises problems.ApiProblem: 400, not whole numbers in range
    """
    try:
        number = int(gate.read_query(request, "page") or 1)
        size = int(gate.read_query(request, "pageSize") or 100)
    except ValueError as exc:
        raise problems.bad_query("page and pageSize must be whole numbers") from exc
    if number < 1 or not 1 <= size <= LARGEST_PAGE:
        raise problems.bad_query(f"page starts at 1, pageSize is 1 to {LARGEST_PAGE}")
    return Page(number, size)


def read_modified_since(request: HttpRequest) -> datetime | None:
    """
    Return the If-Modified-Since header to the second, aware UTC.

    :raises problems.ApiProblem: 400, it is not an instant
    """
    value = request.headers.get("If-Modified-Since")
    if not value:
        return None
    try:
        return dates.read_instant(value)
    except ValueError as exc:
        raise problems.bad_query("If-Modified-Since is not a date") from exc


def respond(
    call: gate.Call, resource: str, elements: list[dict[str, Any]], **more: Any
) -> HttpResponse:
    """Answer with elements in the envelope."""
    texts = [codec.dumps(element) for element in elements]
    return respond_with_texts(call, resource, texts, **more)


def respond_with_texts(
    call: gate.Call,
    resource: str,
    texts: list[str],
    *,
    page: Page | None = None,
    count: int = 0,
) -> HttpResponse:
    """Answer with elements that are JSON texts already; `count` is the rows of all pages."""
    head: dict[str, Any] = {
        "Id": new_guid(),
        "Status": "OK",
        "ProviderName": clients.APP_NAME,
        "DateTimeUTC": f"/Date({dates.to_ms(call.now)})/",
    }
    if page is not None:
        head["pagination"] = {
            "page": page.number,
            "pageSize": page.size,
            "pageCount": -(-count // page.size),
            "itemCount": count,
        }
    body = f'{codec.dumps(head)[:-1]},"{resource}":[{",".join(texts)}]}}'
    return HttpResponse(body, content_type="application/json; charset=utf-8")


def write_elements(
    request: HttpRequest,
    call: gate.Call,
    resource: str,
    run: Callable[[dict[str, Any]], dict[str, Any]],
    echo: Callable[[dict[str, Any], problems.Invalid], dict[str, Any]],
) -> HttpResponse:
    """
    Carry out a write for each element of the body.

    Without summarizeErrors=false one bad element refuses the whole request (400) and nothing is
    written; with it each element stands for itself and tells how it went (200).

    :param run: writes one element and returns it as the API shows it
    :param echo: returns a refused element as asked, with its errors
    """
    elements = gate.read_elements(request, resource)
    if gate.read_flag(request, "summarizeErrors", default=True):
        return respond(call, resource, _write_all(elements, run, echo))
    answers = []
    with transaction.atomic():
        for element in elements:
            try:
                with transaction.atomic():
                    answers.append(run(element) | {"StatusAttributeString": "OK"})
            except problems.Invalid as exc:
                answers.append(echo(element, exc) | {"StatusAttributeString": "ERROR"})
    return respond(call, resource, answers)


def _write_all(
    elements: list[dict[str, Any]],
    run: Callable[[dict[str, Any]], dict[str, Any]],
    echo: Callable[[dict[str, Any], problems.Invalid], dict[str, Any]],
) -> list[dict[str, Any]]:
    answers, refused = [], []
    with transaction.atomic():
        for element in elements:
            try:
                with transaction.atomic():
                    answers.append(run(element))
            except problems.Invalid as exc:
                refused.append(echo(element, exc))
        if refused:
            raise problems.validation(refused)
    return answers
