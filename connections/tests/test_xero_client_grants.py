"""Xero's grants on the wire: tokens renewed, given back, and the tenants they reach."""

import base64
import re
from typing import Any
from urllib.parse import parse_qs

import pytest

from connections import errors, http, sockets
from connections.dialects import Dialect
from connections.pipedrive import oauth as pipedrive_oauth
from connections.secrets import Secret
from connections.tests import wire
from connections.tokens import TokenSet
from connections.xero import oauth, tenants, types
from connections.xero.dialect import XeroDialect


def transport(url: str, dialect: Dialect) -> http.Transport:
    return http.Transport(
        sockets.Pool(),
        dialect,
        allowed_origins=re.compile(re.escape(url)),
        deadline_seconds=2,
    )


def refresh(url: str, vendor: Any = oauth) -> TokenSet:
    renewed: TokenSet = vendor.refresh(
        transport(url, vendor.DIALECT),
        url,
        client_id="id:1",
        client_secret=Secret("s%cret"),
        refresh_token=Secret("old+token"),
    )
    return renewed


def test_a_token_is_renewed_with_the_secret_in_the_head_and_the_token_in_the_form() -> None:
    told = {
        "access_token": "new-access",
        "refresh_token": "new-refresh",
        "expires_in": 1800,
        "token_type": "Bearer",
        "scope": "openid accounting.invoices",
    }

    with wire.serve(wire.answer(200, told)) as server:
        renewed = refresh(server.url)

    assert renewed == TokenSet(
        access_token=Secret("new-access"),
        refresh_token=Secret("new-refresh"),
        expires_in=1800,
        scopes=("openid", "accounting.invoices"),
    )
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/connect/token")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")) == (
        b"id%3A1:s%25cret"
    )
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["old+token"],
    }


def test_pipedrives_answer_names_its_domain_and_parts_scopes_by_commas() -> None:
    told = {
        "access_token": "a",
        "refresh_token": "r",
        "expires_in": 3599,
        "scope": "base,deals:full",
        "api_domain": "https://acme.pipedrive.com",
    }

    with wire.serve(wire.answer(200, told)) as server:
        renewed = refresh(server.url, pipedrive_oauth)

    assert server.requests[0].target == "/oauth/token"
    assert renewed.scopes == ("base", "deals:full")
    assert renewed.api_domain == "https://acme.pipedrive.com"


def test_an_answer_that_leaves_things_out_loses_no_grant() -> None:
    with wire.serve(wire.answer(200, {"access_token": "a"})) as server:
        renewed = refresh(server.url)

    assert renewed == TokenSet(Secret("a"), Secret("old+token"), 1800, ())


@pytest.mark.parametrize("vendor", [oauth, pipedrive_oauth])
def test_an_invalid_grant_means_that_a_person_must_reconnect(vendor: Any) -> None:
    told = {"success": False, "message": "Invalid grant", "error": "invalid_grant"}

    with wire.serve(wire.answer(400, told)) as server, pytest.raises(errors.Revoked) as caught:
        refresh(server.url, vendor)

    assert not caught.value.retryable
    assert "old+token" not in str(caught.value)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (wire.reset, errors.Unreachable),
        (wire.silence(seconds=3), errors.Unreachable),
        (wire.answer(200, {"token_type": "Bearer"}), errors.UnexpectedAnswer),
        (wire.answer(200, []), errors.UnexpectedAnswer),
        (wire.answer(200, body=b"<html>", content_type="text/html"), errors.UnexpectedAnswer),
        (wire.answer(400, {"error": "invalid_client"}), errors.Rejected),
        (wire.answer(401, {"error": "invalid_client"}), errors.Unauthorized),
        (wire.answer(429), errors.RateLimited),
        (wire.answer(503, body=b"off"), errors.ServerError),
    ],
)
def test_any_other_ending_does_not_end_the_grant(
    step: wire.Step, kind: type[errors.ProviderError]
) -> None:
    with wire.serve(step) as server, pytest.raises(errors.ProviderError) as caught:
        refresh(server.url)

    assert type(caught.value) is kind
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("vendor", "path"),
    [(oauth, "/connect/revocation"), (pipedrive_oauth, "/oauth/revoke")],
)
def test_a_grant_is_given_back_by_its_refresh_token(vendor: Any, path: str) -> None:
    with wire.serve(wire.answer(200, content_type=None)) as server:
        vendor.revoke(
            transport(server.url, vendor.DIALECT),
            server.url,
            client_id="id",
            client_secret=Secret("secret"),
            refresh_token=Secret("token"),
        )

    (request,) = server.requests
    assert (request.method, request.target) == ("POST", path)
    assert parse_qs(request.body.decode())["token"] == ["token"]


def grants(url: str) -> tenants.TenantsClient:
    return tenants.TenantsClient(
        transport(url, XeroDialect()), api_url=url, access_token=Secret("canary-token")
    )


def test_the_tenants_of_a_grant_are_listed_without_naming_a_tenant() -> None:
    row = {
        "id": "k-1",
        "authEventId": "e-1",
        "tenantId": "t-1",
        "tenantType": "ORGANISATION",
        "tenantName": "Brightside",
        "createdDateUtc": "2026-05-01T03:12:46.5165400",
    }

    with wire.serve(wire.answer(200, [row]), wire.answer(200, [])) as server:
        all_of_them = grants(server.url).list_connections()
        of_this_consent = grants(server.url).list_connections(auth_event_id="e 2")

    assert all_of_them == (types.Connection("k-1", "t-1", "ORGANISATION", "Brightside", "e-1"),)
    assert of_this_consent == ()
    assert [request.target for request in server.requests] == [
        "/connections",
        "/connections?authEventId=e+2",
    ]
    assert "xero-tenant-id" not in server.requests[0].headers
    assert server.requests[0].headers["authorization"] == "Bearer canary-token"


@pytest.mark.parametrize("payload", [{}, [{}], [None], {"connections": []}, [{"id": "k"}]])
def test_a_list_of_tenants_that_cannot_be_read_is_not_taken_for_an_empty_one(payload: Any) -> None:
    with (
        wire.serve(wire.answer(200, payload)) as server,
        pytest.raises(errors.UnexpectedAnswer),
    ):
        grants(server.url).list_connections()


def test_dropping_a_tenant_that_is_gone_already_is_done() -> None:
    with wire.serve(wire.answer(204), wire.answer(404), wire.answer(403, {})) as server:
        grants(server.url).delete_connection("k/1")
        grants(server.url).delete_connection("k/1")
        with pytest.raises(errors.Forbidden):
            grants(server.url).delete_connection("k/1")

    assert {(each.method, each.target) for each in server.requests} == {
        ("DELETE", "/connections/k%2F1")
    }
