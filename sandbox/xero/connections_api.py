"""GET /connections and DELETE /connections/{id}."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from sandbox.core import clock, codec
from sandbox.xero import gate, problems
from sandbox.xero.models import Connection


def collection(request: HttpRequest) -> HttpResponse:
    """List what the token's person linked to the app."""
    try:
        token = gate.find_token(request, clock.now())
    except problems.ApiProblem as exc:
        return exc.response
    rows = Connection.objects.filter(grant=token.grant).select_related("organisation")
    if event_id := gate.read_query(request, "authEventId"):
        rows = rows.filter(auth_event_id=event_id.lower())
    return codec.respond([describe(row) for row in rows.order_by("-updated_at")])


def single(request: HttpRequest, name: str) -> HttpResponse:
    """Drop one link; naming a tenant instead of a connection is forbidden."""
    if request.method != "DELETE":
        return HttpResponse(status=405)
    try:
        token = gate.find_token(request, clock.now())
        rows = Connection.objects.filter(grant=token.grant)
        if rows.filter(organisation=name.lower()).exists():
            raise problems.forbidden()
        deleted, _ = rows.filter(connection_id=name.lower()).delete()
        if not deleted:
            raise problems.not_found()
    except problems.ApiProblem as exc:
        return exc.response
    return HttpResponse(status=204)


def describe(row: Connection) -> dict[str, Any]:
    """Return a connection as the API lists it."""
    return {
        "id": row.connection_id,
        "authEventId": row.auth_event_id,
        "tenantId": row.organisation.tenant_id,
        "tenantType": "ORGANISATION",
        "tenantName": row.organisation.name,
        "createdDateUtc": _write(row.created_at),
        "updatedDateUtc": _write(row.updated_at),
    }


def _write(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S.%f}0"
