"""Xero's refusals, in the shapes it sends them."""

from typing import Any

from django.http import HttpResponse

from sandbox.core import codec
from sandbox.xero.models import new_guid

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
INVALID_STATUS = "Invoice not of valid status for modification"


class ApiProblem(Exception):
    """A request that is answered with something else than data."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


class Invalid(Exception):
    """One element broke a rule; `messages` say which."""

    def __init__(self, *messages: str) -> None:
        super().__init__(*messages)
        self.messages = list(messages)


def unauthorized(detail: str = "AuthenticationUnsuccessful") -> ApiProblem:
    """No good token."""
    return ApiProblem(_problem(401, "Unauthorized", detail))


def forbidden() -> ApiProblem:
    """A good token that does not reach this tenant."""
    return ApiProblem(_problem(403, "Forbidden", "AuthenticationUnsuccessful"))


def scope_missing() -> ApiProblem:
    """A good token without the scope this address asks for."""
    response = _problem(401, "Unauthorized", "AuthorizationUnsuccessful")
    response["WWW-Authenticate"] = 'Bearer error="insufficient_scope"'
    return ApiProblem(response)


def not_found() -> ApiProblem:
    """An unknown id: empty HTML."""
    return ApiProblem(HttpResponse(status=404, content_type="text/html; charset=utf-8"))


def not_acceptable() -> ApiProblem:
    """A request that did not say that it reads JSON."""
    return ApiProblem(HttpResponse(status=406, content_type="text/html; charset=utf-8"))


def no_data(resource: str) -> ApiProblem:
    """A body that is missing or holds no element."""
    singular = resource.removesuffix("s")
    return _error(
        17,
        "NoDataProcessedException",
        "No data has been processed for this endpoint. This endpoint is expecting "
        f"{singular} data to be specifed in the request body.",
    )


def bad_post_data(message: str) -> ApiProblem:
    """A body that is not JSON, or a value of the wrong type."""
    return _error(14, "PostDataInvalidException", message)


def bad_query(message: str) -> ApiProblem:
    """A where or order that cannot be read."""
    return _error(16, "QueryParseException", message)


def bad_request(message: str) -> ApiProblem:
    """A request as a whole that breaks a rule."""
    return _error(10, "ValidationException", message, Elements=[])


def validation(elements: list[dict[str, Any]]) -> ApiProblem:
    """Elements that broke rules, each with its ValidationErrors."""
    return _error(10, "ValidationException", "A validation exception occurred", Elements=elements)


def _problem(status: int, title: str, detail: str) -> HttpResponse:
    return codec.respond(
        {
            "Type": None,
            "Title": title,
            "Status": status,
            "Detail": detail,
            "Instance": new_guid(),
            "Extensions": {},
        },
        status,
    )


def _error(number: int, kind: str, message: str, **more: Any) -> ApiProblem:
    body = {"ErrorNumber": number, "Type": kind, "Message": message} | more
    return ApiProblem(codec.respond(body, 400))
