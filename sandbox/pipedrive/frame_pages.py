"""What the hosting script asks for, the switches of the page, and the app's settings page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from sandbox.core import clients, codec, switches
from sandbox.pipedrive import api, deals, frames, shell, visitors
from sandbox.pipedrive.models import User

SWITCHES = ("pipedrive_theme", "pipedrive_panel_width", "pipedrive_token")


@visitors.page("GET")
def give_token(request: HttpRequest, visitor: User) -> HttpResponse:
    """Answer GET_SIGNED_TOKEN."""
    token = frames.mint(visitor, frames.read_look(request), is_asked_for=True)
    if token is None:
        return codec.respond({"error": "The token could not be signed."}, 404)
    return codec.respond({"token": token})


@visitors.page("POST")
def open_modal(request: HttpRequest, visitor: User) -> HttpResponse:
    """Answer OPEN_MODAL with the address of a modal frame, on a deal when `deal` is given."""
    number = request.POST.get("deal", "")
    deal = deals.find(visitor, int(number)) if number.isdecimal() and len(number) < 10 else None
    data = request.POST.get("data")
    look = frames.read_look(request)
    return codec.respond(frames.make("modal", user=visitor, look=look, deal=deal, data=data))


@visitors.page("POST")
def change_look(request: HttpRequest, visitor: User) -> HttpResponse:
    """Turn the switches of the page, for everybody who looks."""
    given: dict[str, Any] = {
        name: request.POST[name] for name in SWITCHES if request.POST.get(name)
    }
    if (width := given.get("pipedrive_panel_width")) and width.isdecimal():
        given["pipedrive_panel_width"] = int(width)
    try:
        switches.change(given)
    except switches.UnknownSwitch as problem:
        raise api.Refused(400, str(problem)) from problem
    return HttpResponseRedirect(visitors.read_back(request))


@visitors.page("GET")
def app_settings(request: HttpRequest, visitor: User, client_id: str) -> HttpResponse:
    """The app's own page among the Marketplace apps, for those who have it (fact sheet §7.9)."""
    look = frames.read_look(request)
    if client_id != clients.PIPEDRIVE.client_id or not frames.is_shown(visitor, look):
        return HttpResponseRedirect("/settings/marketplace")
    made = [frames.make("settings", user=visitor, look=look)]
    context = {"visitor": visitor, "host": shell.host(request, made)}
    return render(request, "pipedrive/app_settings.html", context | shell.around(visitor, look))
