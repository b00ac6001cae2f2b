"""Chooses the vendor whose pages and API answer on the port a request came in on."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from sandbox.core import vendors


class VendorByPort:
    """Sets request.urlconf."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        vendor = vendors.by_port(request.environ["SERVER_PORT"])
        request.urlconf = f"sandbox.{vendor}.urls"
        return self.get_response(request)
