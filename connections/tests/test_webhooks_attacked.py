"""
Whatever is sent to our addresses: never a 500, and nothing stored that is not genuine (B-22, P-14).

`WEBHOOK_EXAMPLES` says how many messages of each kind are tried, 10,000 in a long run; the
everyday number keeps the suite quick.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connections.models import WebhookEvent
from connections.tests import webhook_wire as wire
from connections.webhooks import signatures

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("WEBHOOK_EXAMPLES", "250"))
MANY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
COMPANY = 7001
REFUSED = {400, 401, 404, 413}

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(["\x00", "\ud800", "İı", "9" * 400, "2026-12-02T00:44:09", str(wire.TENANT)]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
xero_keys = st.sampled_from([*wire.xero_event(), "data"])
xero_events = st.dictionaries(xero_keys, values).map(lambda odd: wire.xero_event() | odd)
xero_messages = st.fixed_dictionaries({"events": st.lists(xero_events | values, max_size=4)})
metas = st.dictionaries(
    st.sampled_from([*wire.pipedrive_body(COMPANY)["meta"], "merged_to_id", "merged_from_id"]),
    values,
)
pipedrive_messages = st.fixed_dictionaries(
    {"meta": metas.map(lambda odd: wire.pipedrive_body(COMPANY)["meta"] | odd) | values},
    optional={"data": values, "previous": values},
)
texts = (values | xero_messages | pipedrive_messages).map(lambda value: json.dumps(value).encode())
bodies = st.binary(max_size=300) | texts
lines = st.text(
    st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=60
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_X_XERO_SIGNATURE": lines,
        "HTTP_AUTHORIZATION": lines
        | lines.map(lambda text: f"Basic {base64.b64encode(text.encode()).decode()}"),
        "CONTENT_TYPE": lines,
        # None that would have the test's own client read on past the body's end.
        "CONTENT_LENGTH": st.sampled_from(["", "-1", "0", "99999999999", "x"]),
        "HTTP_CONTENT_ENCODING": st.sampled_from(["gzip", "br", "x"]),
        "HTTP_COOKIE": lines,
        "HTTP_ACCEPT_LANGUAGE": lines,
        "HTTP_X_FORWARDED_FOR": lines,
        "REMOTE_ADDR": st.sampled_from(["", "::1", "1.2.3.4", "\x00"]),
    },
)
paths = st.sampled_from(["/webhooks/xero", f"/webhooks/pipedrive/{COMPANY}-x"]) | st.text(
    st.characters(exclude_characters="/?#", codec="utf-8"), min_size=1, max_size=80
).map(lambda text: f"/webhooks/pipedrive/{text}")


def post(path: str, body: bytes, environ: dict[str, Any]) -> Any:
    answer = Client().generic("POST", path, body, **{"content_type": "text/plain", **environ})
    assert answer.content == b"" or answer.status_code == 404
    assert not answer.cookies
    return answer


def environ_of(given_headers: dict[str, Any]) -> dict[str, Any]:
    odd = dict(given_headers)
    return {"content_type": odd.pop("CONTENT_TYPE", "application/json"), **odd}


@MANY
@given(path=paths, body=bodies, odd=headers)
def test_what_is_not_genuine_is_refused_and_stores_nothing(
    path: str, body: bytes, odd: dict[str, Any]
) -> None:
    answer = post(path, body, environ_of(odd))

    assert answer.status_code in REFUSED
    assert not WebhookEvent.objects.exists()


@MANY
@given(body=bodies | xero_messages.map(lambda value: json.dumps(value).encode()))
def test_whatever_xero_signs_is_answered_and_only_whole_events_are_stored(body: bytes) -> None:
    WebhookEvent.objects.all().delete()

    answer = wire.tell_xero(body)

    assert answer.status_code in {200, 400}
    for row in WebhookEvent.objects.all():
        assert answer.status_code == 200
        assert row.tenant_id and row.happened_at and len(row.resource_id) == 36
        assert row.category.isascii() and row.action.isascii()


@MANY
@given(body=bodies | pipedrive_messages.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_with_our_password_is_answered_and_only_its_companys_events_are_stored(
    body: bytes,
) -> None:
    WebhookEvent.objects.all().delete()

    answer = wire.tell_pipedrive(COMPANY, body)

    assert answer.status_code in {200, 400, 401}
    assert WebhookEvent.objects.count() == (answer.status_code == 200)
    for row in WebhookEvent.objects.all():
        assert row.pipedrive_company_id == COMPANY
        assert row.resource_id.isdigit() and row.hook_id


@MANY
@given(place=st.integers(0, 400), bit=st.integers(0, 7))
def test_one_bit_that_is_not_as_xero_signed_it_is_refused(place: int, bit: int) -> None:
    body = wire.xero_body(wire.xero_event())
    place %= len(body)
    forged = body[:place] + bytes([body[place] ^ (1 << bit)]) + body[place + 1 :]

    answer = wire.tell_xero(forged, signature=wire.sign(body))

    assert answer.status_code == 401
    assert not WebhookEvent.objects.exists()


@MANY
@given(place=st.integers(0, 200), letter=st.characters(min_codepoint=33, max_codepoint=126))
def test_one_letter_that_is_not_as_we_gave_it_opens_no_address(place: int, letter: str) -> None:
    address = signatures.credentials_for(COMPANY).address
    place %= len(address)
    if address[place] == letter or letter in "/?#%":
        return
    guess = address[:place] + letter + address[place + 1 :]

    answer = wire.tell_pipedrive(COMPANY, wire.pipedrive_body(COMPANY), address=guess)

    assert answer.status_code == 404
    assert not WebhookEvent.objects.exists()
