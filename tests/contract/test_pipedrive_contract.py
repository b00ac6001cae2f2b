"""Our Pipedrive client and the sandbox, both held against what Pipedrive has published."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from connections import errors, http, sockets
from connections.pipedrive import client, oauth
from connections.pipedrive.dialect import PipedriveDialect
from connections.secrets import Secret
from connections.tokens import TokenSet
from tests.contract.comparison import Comparison
from tests.contract.conftest import Sandbox
from tests.contract.recorder import Exchange, Recorder, record
from tests.contract.routes import published_by_pipedrive

pytestmark = pytest.mark.specs


@dataclass(frozen=True)
class Pipe:
    """One company of the sandbox, spoken to through a recorder."""

    pipedrive: client.PipedriveClient
    sandbox: Sandbox
    recorder: Recorder
    refresh_token: str

    def with_token(self, token: str) -> client.PipedriveClient:
        """Return a client whose grant is another one."""
        return _client(self.recorder.url, token)

    def grant_of(self, email: str) -> client.PipedriveClient:
        """Return a client of somebody else."""
        return self.with_token(
            self.sandbox.control("pipedrive/connect", {"email": email})["access_token"]
        )


@contextmanager
def open_pipe(sandbox: Sandbox) -> Iterator[Pipe]:
    """Connect Brightside Interiors with a new grant of Emma's."""
    grant: dict[str, Any] = sandbox.control(
        "pipedrive/connect", {"email": "emma.clarke@brightside.example"}
    )
    with record(sandbox.pipedrive_url) as recorder:
        yield Pipe(
            pipedrive=_client(recorder.url, grant["access_token"]),
            sandbox=sandbox,
            recorder=recorder,
            refresh_token=grant["refresh_token"],
        )


def _client(url: str, token: str) -> client.PipedriveClient:
    way = http.Transport(
        sockets.SessionPool(), PipedriveDialect(), allowed_origins=http.allow_origins_of(url)
    )
    return client.PipedriveClient(way, url, Secret(token))


def _deals(pipe: Pipe) -> None:
    page = pipe.pipedrive.list_deals(limit=3)
    assert len(page.rows) == 3
    assert page.next_cursor
    assert pipe.pipedrive.list_deals(cursor=page.next_cursor, limit=3).rows
    assert pipe.pipedrive.list_deals(sort="id", descending=False).rows
    won = pipe.pipedrive.list_deals(status="won", owner_id=page.rows[0].owner_id, sort="add_time")
    assert {deal.status for deal in won.rows} <= {"won"}


def _every_deal(pipe: Pipe) -> None:
    products: set[int] = set()
    for deal in pipe.pipedrive.list_deals(limit=100).rows:
        assert pipe.pipedrive.get_deal(deal.id) == deal
        for line in pipe.pipedrive.list_deal_products(deal.id):
            assert line.deal_id == deal.id
            products |= {line.product_id} if line.product_id else set()
        pipe.pipedrive.list_deal_discounts(deal.id)
        if deal.org_id:
            pipe.pipedrive.get_organization(deal.org_id)
        if deal.person_id:
            pipe.pipedrive.get_person(deal.person_id)
    found = pipe.pipedrive.list_products(products)
    assert {product.id for product in found} <= products
    assert pipe.pipedrive.get_product(found[0].id) == found[0]


def _search(pipe: Pipe) -> None:
    assert pipe.pipedrive.search_deals("reception", limit=5)
    assert pipe.pipedrive.search_deals("no such deal at all") == ()


def _fields(pipe: Pipe) -> None:
    for entity in ("deal", "person", "organization", "product"):
        fields = pipe.pipedrive.list_fields(entity)
        assert any(not field.is_custom for field in fields)


def _refused(pipe: Pipe) -> None:
    with pytest.raises(errors.NotFound):
        pipe.pipedrive.get_deal(999_999)
    with pytest.raises(errors.Unauthorized):
        pipe.with_token("nobody").get_me()
    with pytest.raises(errors.Rejected):
        pipe.pipedrive.list_deals(limit=-1)
    hidden = pipe.pipedrive.list_deals(limit=1).rows[0]
    with pytest.raises(errors.NotFound):
        pipe.grant_of("noor.haddad@brightside.example").get_deal(hidden.id)


def _limited(pipe: Pipe) -> None:
    fault = {"vendor": "pipedrive", "path": "/users/me", "times": 1}
    pipe.sandbox.control("faults", fault | {"kind": "rate_limit", "problem": "burst"})
    with pytest.raises(errors.RateLimited):
        pipe.pipedrive.get_me()
    pipe.sandbox.control("faults", fault | {"kind": "status", "status": 500})
    with pytest.raises(errors.ServerError):
        pipe.pipedrive.get_me()


def _refresh(pipe: Pipe) -> None:
    way = http.Transport(
        sockets.SessionPool(),
        oauth.DIALECT,
        allowed_origins=http.allow_origins_of(pipe.recorder.url),
    )

    def refresh(token: str) -> TokenSet:
        return oauth.refresh(
            way,
            pipe.recorder.url,
            client_id="sandbox-pipedrive",
            client_secret=Secret("sandbox-pipedrive-secret"),
            refresh_token=Secret(token),
        )

    renewed = refresh(pipe.refresh_token)
    assert pipe.with_token(renewed.access_token.reveal()).get_me().company_id == 7001
    with pytest.raises(errors.Revoked):
        refresh("nobody's")


CALLS: dict[str, Callable[[Pipe], object]] = {
    "me": lambda pipe: pipe.pipedrive.get_me(),
    "users": lambda pipe: pipe.pipedrive.list_users(),
    "currencies": lambda pipe: pipe.pipedrive.list_currencies(),
    "deals by page": _deals,
    "every deal of the seed": _every_deal,
    "search": _search,
    "fields": _fields,
    "refused": _refused,
    "limited": _limited,
    "refresh": _refresh,
}


@pytest.fixture(scope="module")
def comparison(sandbox: Sandbox) -> Comparison:
    """The calls of this module, each made once, held against what Pipedrive has published."""

    def make(name: str) -> list[Exchange]:
        with open_pipe(sandbox) as pipe:
            CALLS[name](pipe)
            return pipe.recorder.exchanges

    return Comparison("pipedrive", published_by_pipedrive(), make)


@pytest.mark.parametrize("call", CALLS)
def test_what_we_send_and_what_the_sandbox_answers_is_as_pipedrive_published_it(
    comparison: Comparison, call: str
) -> None:
    left = comparison.list_unexcused(call)

    assert not left, "\n".join(map(str, left))


def test_every_route_that_is_used_was_compared(comparison: Comparison) -> None:
    assert comparison.list_missing_routes(CALLS) == []


def test_no_excuse_for_pipedrive_is_stale(comparison: Comparison) -> None:
    assert comparison.list_stale_excuses(CALLS) == []
