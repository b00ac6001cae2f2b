"""Control calls of the invoicing extension: the manifest, and what a person can press."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path

from sandbox.core import clock, codec
from sandbox.core.control import BadRequest, control_call
from sandbox.invoicing import calling, links, manifest
from sandbox.invoicing.models import DealInvoice, Link
from sandbox.pipedrive.models import Company, Deal

_IDS = ("invoiceId", "contactId", "productId")


@control_call("GET", "POST", "DELETE")
def manifest_call(request: HttpRequest) -> HttpResponse:
    """Show the manifest, upload it as in the developer hub, or take it away."""
    if request.method == "DELETE":
        manifest.remove()
    if request.method == "POST":
        try:
            manifest.upload(request.json, now=clock.now())  # type: ignore[attr-defined]
        except manifest.BadManifest as bad:
            raise BadRequest(str(bad)) from bad
    return codec.respond(_read_document())


@control_call("POST")
def call_endpoint(request: HttpRequest, company_id: int, endpoint: str) -> HttpResponse:
    """
    Call one of the app's endpoints as Pipedrive does and show what came back.

    The body may have `query`, `body`, `invoiceId`, `contactId`, `productId`; with `deal` the
    invoice that `postInvoice` answers with is kept on that deal, as if a person had pressed.
    """
    given: dict[str, Any] = request.json  # type: ignore[attr-defined]
    company = Company.objects.filter(pk=company_id).first()
    caller = links.find_caller(company) if company else None
    if caller is None:
        raise BadRequest("This company is not linked, or there is no manifest.")
    ids = {name: str(given.get(name, "")) for name in _IDS}
    try:
        answer = caller.send(endpoint, query=given.get("query"), body=given.get("body"), **ids)
    except calling.Failed as failed:
        raise BadRequest(str(failed)) from failed
    document = answer.document
    if "deal" in given and endpoint == "postInvoice" and answer.status < 300:
        deal = Deal.objects.filter(company=company_id, number=given["deal"]).first()
        invoice = calling.first((document or {}).get("data"))
        if deal is None or not isinstance(invoice, dict) or "id" not in invoice:
            raise BadRequest("There is no such deal, or the answer has no invoice.")
        links.keep(deal, str(invoice["id"]))
    return codec.respond(
        {
            "status": answer.status,
            "headers": dict(answer.headers),
            "json": document,
            "bytes": len(answer.content),
        }
    )


def describe_state() -> dict[str, Any]:
    """Everything a test may want to look at."""
    return {
        "manifest": _read_document(),
        "links": {
            link.company_id: {"linkId": link.link_id, "orgId": link.org_id}
            for link in Link.objects.all()
        },
        "invoices": list(DealInvoice.objects.values("deal__company", "deal__number", "invoice_id")),
    }


def forget() -> None:
    """Keep the manifest over a reset."""
    manifest.restore(now=clock.now())


def _read_document() -> Any:
    held = manifest.read()
    return held.document if held else None


urlpatterns = [
    path("pipedrive/manifest", manifest_call),
    path("pipedrive/<int:company_id>/invoicing/<str:endpoint>", call_endpoint),
]
