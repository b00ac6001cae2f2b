"""The control calls of both ports: JSON in, JSON out, for tests and for the curious."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from sandbox.core import clock, codec, faults, state, switches, traffic, vendors

View = Callable[..., HttpResponse]


class BadRequest(Exception):
    """A control call that makes no sense; the message says why."""


def control_call(*methods: str) -> Callable[[View], View]:
    """Wrap a control view: method check, errors as JSON 400, `request.json` with the body."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return codec.respond({"error": f"Use {' or '.join(methods)}."}, 405)
            try:
                request.json = codec.loads(request.body) if request.body.strip() else {}
            except ValueError:
                return codec.respond({"error": "The body is not JSON."}, 400)
            try:
                return view(request, *args, **kwargs)
            except (BadRequest, faults.BadFault, switches.UnknownSwitch) as exc:
                return codec.respond({"error": str(exc)}, 400)

        return wrapper

    return decorate


@control_call("POST")
def reset(request: HttpRequest) -> HttpResponse:
    """Go back to the seed."""
    state.reset()
    return codec.respond({"clock": clock.now().isoformat()})


@control_call("GET")
def show_state(request: HttpRequest) -> HttpResponse:
    """Show everything the vendors hold."""
    described: dict[str, Any] = {"clock": clock.now().isoformat()}
    for module in vendors.list_modules("control"):
        if hasattr(module, "describe_state"):
            described[module.__name__.split(".")[1]] = module.describe_state()
    return codec.respond(described)


@control_call("GET", "DELETE")
def show_traffic(request: HttpRequest) -> HttpResponse:
    """Show, or forget, what was asked of the vendors."""
    if request.method == "DELETE":
        traffic.clear()
        return codec.respond({})
    exchanges = traffic.list_exchanges(
        vendor=request.GET.get("vendor"),
        after=int(request.GET.get("after", "0")),
        method=request.GET.get("method"),
        path=request.GET.get("path"),
    )
    return codec.respond([exchange.to_json() for exchange in exchanges])


@control_call("GET", "POST")
def move_clock(request: HttpRequest) -> HttpResponse:
    """Show the clock, or move it."""
    if request.method == "POST":
        clock.advance(float(request.json["advance_seconds"]))
    return codec.respond({"clock": clock.now().isoformat()})


@control_call("GET", "POST", "DELETE")
def plan_faults(request: HttpRequest) -> HttpResponse:
    """List, ask for, or clear faults."""
    if request.method == "POST":
        return codec.respond(faults.add(request.json).to_json(), 201)
    if request.method == "DELETE":
        faults.clear()
    return codec.respond([fault.to_json() for fault in faults.list_all()])


@control_call("GET", "POST")
def turn_switches(request: HttpRequest) -> HttpResponse:
    """Show or turn the switches."""
    if request.method == "POST":
        return codec.respond(switches.change(request.json))
    return codec.respond(switches.list_all())
