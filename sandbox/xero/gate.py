"""What every Accounting API request passes: token, scope, tenant, Accept, limits, idempotency."""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from sandbox.core import clients, clock, codec, switches
from sandbox.xero import grants, idempotency, limits, problems, scopes
from sandbox.xero.models import AccessToken, Connection, Grant, Membership, Organisation


@dataclass(frozen=True)
class Call:
    """Who calls, about which organisation, and when."""

    organisation: Organisation
    grant: Grant
    role: str
    scopes: str
    now: datetime

    @property
    def user_name(self) -> str:
        """Return the name that history shows."""
        return f"{self.grant.person} ({clients.APP_NAME})"


View = Callable[..., HttpResponse]
READING_ROLES = ("READONLY", "CASHBOOKCLIENT", "MANAGEDCLIENT")


def api(*methods: str, opened_by: tuple[str, ...]) -> Callable[[View], View]:
    """Wrap an Accounting API view, which is called as view(request, call, …)."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            now = clock.now()
            try:
                if request.method not in methods:
                    return HttpResponse(status=405)
                call = _admit(request, opened_by, now)
            except problems.ApiProblem as exc:
                return exc.response
            return _work(request, call, functools.partial(view, request, call, **kwargs))

        return wrapper

    return decorate


def find_token(request: HttpRequest, now: datetime) -> AccessToken:
    """
    Return the access token of the request.

    :raises problems.ApiProblem: 401, none or not a good one
    """
    bearer = clients.read_bearer(request)
    if not bearer:
        raise problems.unauthorized()
    token = grants.find_access(bearer, now=now)
    if token is None:
        raise problems.unauthorized("TokenExpired: token expired or unknown")
    return token


def read_elements(request: HttpRequest, resource: str) -> list[dict[str, Any]]:
    """
    Return the elements of a body: `{"Invoices": […]}`, or one bare object.

    :raises problems.ApiProblem: 400, not JSON, or nothing in it
    """
    if not request.body.strip():
        raise problems.no_data(resource)
    try:
        body = codec.loads(request.body)
    except ValueError as exc:
        raise problems.bad_post_data("The posted data is not valid JSON.") from exc
    if not isinstance(body, dict):
        raise problems.no_data(resource)
    elements = body.get(resource, [body] if body else [])
    if isinstance(elements, dict):
        elements = [elements]
    if not isinstance(elements, list) or not elements:
        raise problems.no_data(resource)
    if not all(isinstance(element, dict) for element in elements):
        raise problems.bad_post_data(f"{resource} must hold objects.")
    return elements


def read_flag(request: HttpRequest, name: str, *, default: bool = False) -> bool:
    """Return a boolean of the query, however it is spelled."""
    value = read_query(request, name)
    return default if value is None else value.strip().lower() == "true"


def read_query(request: HttpRequest, name: str) -> str | None:
    """Return a value of the query; names ignore case."""
    for key in request.GET:
        if key.lower() == name.lower():
            return str(request.GET[key])
    return None


def read_list(request: HttpRequest, name: str) -> list[str]:
    """Return a comma list of the query."""
    return [part.strip() for part in (read_query(request, name) or "").split(",") if part.strip()]


def _admit(request: HttpRequest, opened_by: tuple[str, ...], now: datetime) -> Call:
    token = find_token(request, now)
    if not scopes.opens(token.scopes, opened_by, writing=request.method != "GET"):
        raise problems.scope_missing()
    connection = (
        Connection.objects.select_related("organisation")
        .filter(
            grant=token.grant,
            organisation__tenant_id=request.headers.get("Xero-Tenant-Id", "").lower(),
        )
        .first()
    )
    if connection is None:
        raise problems.forbidden()
    role = (
        Membership.objects.filter(
            organisation=connection.organisation, person=token.grant.person_id
        )
        .values_list("role", flat=True)
        .first()
    )
    if not grants.reaches(connection, role):
        raise problems.forbidden()
    if request.method != "GET" and role in READING_ROLES:
        raise problems.forbidden()
    accept = request.headers.get("Accept", "")
    if "application/json" not in accept and "application/pdf" not in accept:
        raise problems.not_acceptable()
    return Call(connection.organisation, token.grant, str(role), token.scopes, now)


def _work(request: HttpRequest, call: Call, view: Callable[[], HttpResponse]) -> HttpResponse:
    tenant_id = call.organisation.tenant_id
    try:
        limits.enter(tenant_id, now=call.now)
    except limits.Limited as exc:
        return limits.stamp(limits.refuse(*exc.args), tenant_id, now=call.now)
    try:
        if latency := switches.get("xero_page_latency_ms"):
            time.sleep(latency / 1000)
        try:
            response = idempotency.answer_once(
                request,
                client_id=call.grant.client_id,
                work=functools.partial(_run, view),
                now=call.now,
            )
        except problems.ApiProblem as exc:
            response = exc.response
    finally:
        limits.leave(tenant_id)
    return limits.stamp(response, tenant_id, now=call.now)


def _run(view: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        return view()
    except problems.ApiProblem as exc:
        return exc.response
