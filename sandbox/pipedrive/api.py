"""
What every API route has in common: bearer token, scopes, limits, strictness, envelope, errors.

The order of refusals is that of fact sheet §2: 401, 403, 429, 400, then what the route finds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from sandbox.core import clients, codec, switches
from sandbox.pipedrive import grants, limits, validation
from sandbox.pipedrive.models import User


class Refused(Exception):
    """The request is answered with an error in Pipedrive's shape."""

    def __init__(self, status: int, error: str, info: str | None = None, **more: Any) -> None:
        super().__init__(error)
        self.status = status
        self.payload = {
            "success": False,
            "error": error,
            "error_info": info,
            "data": None,
            "additional_data": None,
        } | more


@dataclass(frozen=True)
class Call:
    """A request that passed the door: who asks, and what, already checked."""

    request: HttpRequest
    user: User
    query: dict[str, Any]
    body: dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What a route answers; `extra` joins the envelope's top level."""

    data: Any
    extra: dict[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Route:
    """One method of one address: its handler and what the door must know about it."""

    handler: Callable[..., Found]
    scopes: tuple[str, ...]
    cost: int
    query: Mapping[str, validation.Checker] = field(default_factory=dict)
    query_required: tuple[str, ...] = ()
    body: Mapping[str, validation.Checker] | None = None
    body_required: tuple[str, ...] = ()
    is_search: bool = False
    is_strict: bool = True


def view(**routes: Route) -> Callable[..., HttpResponse]:
    """Make a view of one Route per method: view(GET=..., PATCH=...)."""

    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            response = _answer(request, routes, kwargs)
        except Refused as refusal:
            response = codec.respond(refusal.payload, status=refusal.status)
        except validation.Invalid as problem:
            response = codec.respond(
                {
                    "success": False,
                    "error": str(problem),
                    "code": "ERR_SCHEMA_VALIDATION_FAILED",
                },
                status=400,
            )
        for name, value in getattr(request, "limit_headers", {}).items():
            response[name] = value
        response["x-correlation-id"] = str(uuid4())
        return response

    return answer


def page_of(items: list[Any], cursor: str | None) -> Found:
    """One page of a v2 list."""
    return Found(items, {"additional_data": {"next_cursor": cursor}})


def not_found(what: str) -> Refused:
    """404 for what does not exist or is not this user's to see."""
    return Refused(404, f"{what} not found", "The item does not exist or is not visible to you.")


def _answer(request: HttpRequest, routes: dict[str, Route], kwargs: dict[str, Any]) -> HttpResponse:
    access = grants.find_access(clients.read_bearer(request))
    if access is None:
        # The 401 of §2 has no data and no additional_data.
        return codec.respond(
            {
                "success": False,
                "error": "unauthorized access",
                "errorCode": 401,
                "error_info": "Please check developers.pipedrive.com",
            },
            status=401,
        )
    user = access.installation.user
    request.META["sandbox.company_id"] = user.company_id
    route = routes.get(request.method or "")
    if route is None:
        raise Refused(405, "Method not allowed")
    if not set(route.scopes) & set(access.installation.scope.split(",")):
        raise Refused(403, "Scope and URL mismatch", "The app lacks the scope.", errorCode=403)
    time.sleep(switches.get("pipedrive_page_latency_ms") / 1000)
    _spend(request, access.token, user.company_id, route)
    call = Call(request, user, _read_query(request, route), _read_body(request, route))
    found = route.handler(call, **kwargs)
    return codec.respond({"success": True, "data": found.data} | found.extra, status=found.status)


def _spend(request: HttpRequest, token: str, company_id: int, route: Route) -> None:
    verdict = limits.count(
        token=token, company_id=company_id, cost=route.cost, is_search=route.is_search
    )
    request.limit_headers = verdict.headers  # type: ignore[attr-defined]
    if not verdict.is_allowed:
        raise Refused(429, "request over limit", "You have exceeded the rate limit.")


def _read_query(request: HttpRequest, route: Route) -> dict[str, Any]:
    checked = {}
    for key, value in request.GET.items():
        if key not in route.query:
            if route.is_strict:
                raise validation.Invalid(key, f"Parameter '{key}' is not allowed")
            continue
        try:
            checked[key] = route.query[key](value)
        except ValueError as problem:
            raise validation.Invalid(key, str(problem)) from problem
    for key in route.query_required:
        if key not in checked:
            raise validation.Invalid(key, "Required")
    return checked


def _read_body(request: HttpRequest, route: Route) -> dict[str, Any]:
    if route.body is None:
        return {}
    if request.content_type != "application/json":
        raise Refused(415, "Unsupported media type", "Send application/json.")
    try:
        given = codec.loads(request.body)
    except ValueError as problem:
        raise Refused(400, "Request body is not valid JSON") from problem
    return validation.body(given, route.body, required=route.body_required)
