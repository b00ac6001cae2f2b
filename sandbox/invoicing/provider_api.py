"""`POST /api/v1/invoice/user/provider`: the app registers a company's link (contract §2)."""

from __future__ import annotations

from typing import Any

from sandbox.core import clients, clock, switches
from sandbox.invoicing.models import Link
from sandbox.pipedrive import api, oauth, validation
from sandbox.pipedrive.models import Installation

DONE = "/settings/invoicing"


def register(call: api.Call) -> api.Found:
    """Keep the link for the user's company, in place of an older one."""
    if not switches.get("pipedrive_invoice_scope"):
        raise api.Refused(
            403, "Scope and URL mismatch", "The app lacks the invoice scope.", errorCode=403
        )
    given = validation.body(call.body["data"], FIELDS, required=tuple(FIELDS))
    if given["marketplaceClientId"] != clients.PIPEDRIVE.client_id:
        raise api.Refused(400, "marketplaceClientId is not that of the app")
    Link.objects.update_or_create(
        company=call.user.company,
        defaults={
            "installation": Installation.objects.get(user=call.user),
            "link_id": given["linkId"],
            "org_id": given["orgId"],
            "made_at": clock.now(),
        },
    )
    return api.Found({"redirectUrl": f"{oauth.api_domain(call.request)}{DONE}?linked=1"})


FIELDS: dict[str, Any] = {
    "linkId": validation.text(200, least=1),
    "orgId": validation.text(200, least=1),
    "marketplaceClientId": validation.text(200, least=1),
}
view = api.view(
    POST=api.Route(
        register, ("base",), 10, body={"data": validation.mapping}, body_required=("data",)
    )
)
