"""The developer hub's page of the manifest, and where the registration of a link ends."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from sandbox.core import clients, clock, codec, switches
from sandbox.invoicing import links, manifest
from sandbox.pipedrive import visitors
from sandbox.pipedrive.models import User


@visitors.page("GET", "POST")
def show_manifest(request: HttpRequest, visitor: User) -> HttpResponse:
    """The manifest as uploaded; posting uploads another one or turns the scope."""
    typed, problem = None, ""
    if request.method == "POST":
        if "scope" in request.POST:
            granted = request.POST["scope"] == "grant"
            switches.change({"pipedrive_invoice_scope": granted})
            return HttpResponseRedirect("/developer/invoicing")
        typed = request.POST.get("manifest", "")
        try:
            manifest.upload(codec.loads(typed), now=clock.now())
            return HttpResponseRedirect("/developer/invoicing?said=uploaded")
        except ValueError:
            problem = "The manifest is not JSON."
        except manifest.BadManifest as bad:
            problem = str(bad)
    held = manifest.read()
    context = {
        "visitor": visitor,
        "app_name": clients.APP_NAME,
        "held": held,
        "endpoints": sorted(held.document["endpoints"].items()) if held else [],
        "typed": typed,
        "problem": problem,
        "is_uploaded": "said" in request.GET,
        "is_granted": switches.get("pipedrive_invoice_scope"),
    }
    return render(request, "invoicing/manifest.html", context, status=400 if problem else 200)


@visitors.page("GET")
def show_link(request: HttpRequest, visitor: User) -> HttpResponse:
    """Pipedrive's own page of the invoicing connection, after registration and later."""
    context = {
        "visitor": visitor,
        "app_name": clients.APP_NAME,
        "app_url": settings.SANDBOX_APP_URLS[0],
        "standing": links.find_standing(visitor.company),
        "is_new": "linked" in request.GET,
    }
    return render(request, "invoicing/link.html", context)
