"""Xero's memory of Idempotency-Keys: the same request within six minutes gets the same answer."""

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse

from sandbox.core import codec, switches
from sandbox.xero import problems
from sandbox.xero.models import IdempotentAnswer

LONGEST_KEY = 128
_TWIN_WAIT_SECONDS = 60

_condition = threading.Condition()
_under_way: set[tuple[str, str]] = set()


def answer_once(
    request: HttpRequest, *, client_id: str, work: Callable[[], HttpResponse], now: datetime
) -> HttpResponse:
    """
    Return the stored answer of an earlier identical request, or do the work and store its answer.

    :raises problems.ApiProblem: the key was used with another request, or is malformed
    """
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method not in ("PUT", "POST", "PATCH"):
        return work()
    if not 0 < len(key) <= LONGEST_KEY:
        raise problems.bad_request(f"The Idempotency-Key must have 1 to {LONGEST_KEY} characters.")
    place = (client_id, key)
    with _condition:
        if place in _under_way:
            if switches.get("xero_parallel_twin") == "conflict":
                return codec.respond(
                    {"Title": "Conflict", "Detail": "A request with this key is under way."}, 409
                )
            _condition.wait_for(lambda: place not in _under_way, timeout=_TWIN_WAIT_SECONDS)
        _under_way.add(place)
    try:
        stored = _find(client_id, key, now)
        request_digest = _digest(request)
        if stored is not None and stored.request_digest != request_digest:
            raise problems.bad_request(
                "The Idempotency-Key supplied has been used with a different request."
            )
        if stored is not None:
            return HttpResponse(
                bytes(stored.body), status=stored.status, content_type=stored.content_type
            )
        response = work()
        IdempotentAnswer.objects.update_or_create(
            client_id=client_id,
            key=key,
            defaults={
                "request_digest": request_digest,
                "status": response.status_code,
                "content_type": response.get("Content-Type", ""),
                "body": response.content,
                "first_used_at": now,
            },
        )
        return response
    finally:
        with _condition:
            _under_way.discard(place)
            _condition.notify_all()


def forget() -> None:
    """Let go of requests thought to be under way."""
    with _condition:
        _under_way.clear()
        _condition.notify_all()


def _find(client_id: str, key: str, now: datetime) -> IdempotentAnswer | None:
    kept = timedelta(seconds=switches.get("xero_idempotency_seconds"))
    return IdempotentAnswer.objects.filter(
        client_id=client_id, key=key, first_used_at__gt=now - kept
    ).first()


def _digest(request: HttpRequest) -> str:
    parts = (
        request.method or "",
        request.get_full_path().lower(),
        request.headers.get("Xero-Tenant-Id", "").lower(),
    )
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + request.body).hexdigest()
