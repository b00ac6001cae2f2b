"""How the vendors refuse: limits, rights and validation, each under its own name."""

import pytest

from connections import errors, sockets
from connections.pipedrive.dialect import PipedriveDialect
from connections.tests import wire
from connections.tests.way_out import put, transport


@pytest.mark.parametrize(
    ("headers", "problem", "seconds"),
    [
        ({"X-Rate-Limit-Problem": "minute", "Retry-After": "26"}, "minute", 26),
        ({"X-Rate-Limit-Problem": "Day", "Retry-After": "66975"}, "day", 66975),
        ({"X-Rate-Limit-Problem": "appminute", "Retry-After": "12"}, "appminute", 12),
        ({"X-Rate-Limit-Problem": "appminute"}, "appminute", 60),
        ({"X-Rate-Limit-Problem": "concurrent"}, "concurrent", 1),
        ({"X-Rate-Limit-Problem": "weird", "Retry-After": "3"}, "other", 60),
        ({"X-Rate-Limit-Problem": "weird", "Retry-After": "90"}, "other", 90),
        ({"Retry-After": "40"}, "other", 40),
        ({"X-Rate-Limit-Problem": "minute", "Retry-After": "soon"}, "minute", 60),
        ({"X-Rate-Limit-Problem": "minute", "Retry-After": "-5"}, "minute", 60),
        ({"X-Rate-Limit-Problem": "day", "Retry-After": "99999999"}, "day", 86400),
        ({}, "other", 60),
    ],
)
def test_a_429_of_xero_names_its_limit_and_how_long_to_wait(
    headers: dict[str, str], problem: str, seconds: int
) -> None:
    with wire.serve(wire.answer(429, headers=headers, content_type=None)) as server:
        with pytest.raises(errors.RateLimited) as caught:
            put(transport(sockets.Pool(), server.url), server.url)

        assert len(server.requests) == 1

    assert (caught.value.problem, caught.value.retry_after_seconds) == (problem, seconds)
    assert not caught.value.is_unsure_for_write
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("headers", "problem", "seconds"),
    [
        ({"Retry-After": "9", "x-ratelimit-reset": "1"}, "other", 9),
        ({"x-ratelimit-reset": "2"}, "other", 2),
        ({"x-ratelimit-reset": "0"}, "other", 1),
        ({}, "other", 2),
        ({"x-daily-ratelimit-token-remaining": "0"}, "day", 3600),
    ],
)
def test_a_429_of_pipedrive_says_seconds_left_not_an_hour_of_the_clock(
    headers: dict[str, str], problem: str, seconds: int
) -> None:
    with wire.serve(wire.answer(429, {"error": "too many"}, headers=headers)) as server:
        way = transport(sockets.SessionPool(), server.url, dialect=PipedriveDialect())
        with pytest.raises(errors.RateLimited) as caught:
            put(way, server.url)

    assert (caught.value.problem, caught.value.retry_after_seconds) == (problem, seconds)


VALIDATION = {
    "ErrorNumber": 10,
    "Type": "ValidationException",
    "Message": "A validation exception occurred",
    "Elements": [
        {
            "LineItems": [
                {"ValidationErrors": [{"Message": "Account code '999' is not valid"}]},
                {"ValidationErrors": [{"Message": "The TaxType code 'X' is not valid"}]},
            ],
            "Contact": {"ValidationErrors": []},
            "ValidationErrors": [
                {"Message": "Account code '999' is not valid"},
                {"Message": "Invoice # must be unique."},
            ],
        },
        {"ValidationErrors": [{"Message": "The document date is locked"}]},
    ],
}


def test_a_refusal_of_xero_carries_every_message_once() -> None:
    with (
        wire.serve(wire.answer(400, VALIDATION)) as server,
        pytest.raises(errors.Rejected) as caught,
    ):
        put(transport(sockets.Pool(), server.url), server.url)

    assert caught.value.status == 400
    assert caught.value.error_type == "ValidationException"
    assert caught.value.messages == (
        "Account code '999' is not valid",
        "The TaxType code 'X' is not valid",
        "Invoice # must be unique.",
        "The document date is locked",
    )
    assert not caught.value.is_unsure_for_write
    assert not caught.value.retryable


AUTHENTICATION = {"Type": None, "Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired"}
SCOPE = {"WWW-Authenticate": 'Bearer error="insufficent_scope"'}


@pytest.mark.parametrize(
    ("step", "kind", "scope_missing"),
    [
        (wire.answer(401, AUTHENTICATION), errors.Unauthorized, None),
        (wire.answer(401, content_type=None), errors.Unauthorized, None),
        (wire.answer(401, AUTHENTICATION, headers=SCOPE), errors.Forbidden, True),
        (wire.answer(403, {"Title": "Forbidden"}), errors.Forbidden, False),
        (wire.answer(403, {"Title": "Forbidden"}, headers=SCOPE), errors.Forbidden, True),
        (wire.answer(404, content_type="text/html; charset=utf-8"), errors.NotFound, None),
        (wire.answer(404, {"Message": "no"}), errors.NotFound, None),
        (wire.answer(412, {"Message": "no"}), errors.Rejected, None),
    ],
)
def test_refusals_of_xero_are_told_apart(
    step: wire.Step, kind: type[errors.ProviderError], scope_missing: bool | None
) -> None:
    with wire.serve(step) as server, pytest.raises(errors.ProviderError) as caught:
        put(transport(sockets.Pool(), server.url), server.url)

    assert type(caught.value) is kind
    assert getattr(caught.value, "scope_missing", None) is scope_missing
    assert not caught.value.is_unsure_for_write


@pytest.mark.parametrize(
    ("step", "kind", "told"),
    [
        (
            wire.answer(
                400,
                {
                    "success": False,
                    "error": "Validation failed: limit",
                    "code": "ERR_SCHEMA_VALIDATION_FAILED",
                },
            ),
            errors.Rejected,
            (("Validation failed: limit",), "ERR_SCHEMA_VALIDATION_FAILED"),
        ),
        (
            wire.answer(404, {"success": False, "error": "Deal not found", "data": None}),
            errors.NotFound,
            (("Deal not found",), ""),
        ),
        (wire.answer(402, {"error": "closed"}), errors.Rejected, (("closed",), "")),
        (
            wire.answer(403, {"success": False, "error": "Scope and URL mismatch"}),
            errors.Forbidden,
            True,
        ),
        (
            wire.answer(403, {"error": "cap", "code": "feature_capping_deals_limit"}),
            errors.Forbidden,
            False,
        ),
        (wire.answer(401, {"error": "unauthorized access"}), errors.Unauthorized, None),
        (wire.answer(200, {"success": False, "data": None}), errors.UnexpectedAnswer, None),
    ],
)
def test_refusals_of_pipedrive_are_told_apart(
    step: wire.Step, kind: type[errors.ProviderError], told: object
) -> None:
    with wire.serve(step) as server:
        way = transport(sockets.SessionPool(), server.url, dialect=PipedriveDialect())
        with pytest.raises(errors.ProviderError) as caught:
            put(way, server.url)

    error = caught.value
    assert type(error) is kind
    if isinstance(error, errors.Rejected):
        assert (error.messages, error.error_type) == told
    if isinstance(error, errors.Forbidden):
        assert error.scope_missing is told
