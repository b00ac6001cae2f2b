"""Xero's webhooks, the sandbox's and our reading of them, against what Xero has published."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import yaml
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from connections.webhooks import reading
from sandbox.tests.receiver import Message, receiving
from tests.contract.conftest import Sandbox
from tests.live import wait_until
from tests.needs import SPECS

pytestmark = pytest.mark.specs
WEBHOOKS = ("invoices", "contacts", "subscriptions", "creditNotes")


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(
        (SPECS / "xero-webhooks.yaml").read_text(encoding="utf-8")
    )
    return found


@pytest.fixture(scope="module")
def messages(sandbox: Sandbox) -> Iterator[list[dict[str, Any]]]:
    """What the sandbox sends when an invoice is paid, one is credited, a contact is renamed."""
    heard: list[Message] = []

    def hear(message: Message) -> int:
        heard.append(message)
        return 200

    with receiving(hear) as receiver:
        sandbox.control(
            "xero/connect", {"email": "emma.clarke@brightside.example", "slugs": ["brightside"]}
        )
        sandbox.control("xero/webhooks", {"url": receiver.url, "state": "enabled"})
        made = sandbox.control("xero/brightside/invoices", {"count": 2})["invoice_ids"]
        sandbox.control(f"xero/brightside/invoices/{made[0]}/pay", {})
        sandbox.control(f"xero/brightside/invoices/{made[1]}/credit", {})
        organisations = sandbox.control("state")["xero"]["organisations"].values()
        contact = next(each for each in organisations if each["slug"] == "brightside")["contacts"]
        active = next(each for each in contact if each["ContactStatus"] == "ACTIVE")
        name = {"Name": f"Renamed {time.monotonic_ns()}"}
        sandbox.control(f"xero/brightside/contacts/{active['ContactID']}/edit", name)
        wait_until(lambda: len(heard) >= 5)
        sandbox.control("xero/webhooks", {"state": "off"})
        yield [json.loads(message.body) for message in heard]


def check(published: dict[str, Any], message: dict[str, Any], schema: str) -> list[str]:
    """Return what is not as published."""
    whole = {
        "$ref": f"#/components/schemas/{schema}",
        "components": published["components"],
    }
    validator = OAS31Validator(whole, format_checker=oas31_format_checker)
    return [
        f"{error.json_path}: {error.message}"
        for error in validator.iter_errors(message)
        # The file says RFC 3339; its own examples and live messages have no zone (xero-api §10).
        if not (error.json_path.endswith(".eventDateUtc") and error.validator == "format")
    ]


def examples(published: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each message that Xero gives as an example."""
    answers = published["components"]["responses"].values()
    for each in answers:
        for content in each.get("content", {}).values():
            yield content["schema"]["example"]
    for webhook in published["webhooks"].values():
        for content in webhook["post"]["requestBody"]["content"].values():
            yield from (each["value"] for each in content.get("examples", {}).values())


def test_what_the_sandbox_sends_is_as_published(
    published: dict[str, Any], messages: list[dict[str, Any]]
) -> None:
    kinds = set()
    for message in messages:
        category = message["events"][0]["eventCategory"]
        kinds.add(category)
        schema = "CreditNoteWebhookEvent" if category == "CREDITNOTE" else "WebhookEvent"
        assert check(published, message, schema) == []

    assert kinds == {"INVOICE", "CONTACT", "CREDITNOTE"}


def test_what_is_published_is_read_whole(published: dict[str, Any]) -> None:
    found = list(examples(published))

    for message in found:
        events, left_out = reading.read_xero(json.dumps(message, default=_iso).encode())
        assert (len(events), left_out) == (len(message["events"]), 0)

    assert len(found) == 2


def test_every_published_category_and_type_is_read(published: dict[str, Any]) -> None:
    properties = published["components"]["schemas"]["WebhookEvent"]["properties"]
    event = properties["events"]["items"]["properties"]
    categories = [each["const"] for each in event["eventCategory"]["oneOf"]]
    types = [each["const"] for each in event["eventType"]["oneOf"]]
    message = next(examples(published))

    for category in categories:
        for kind in types:
            told = message["events"][0] | {"eventCategory": category, "eventType": kind}
            body = json.dumps(message | {"events": [told]}, default=_iso).encode()
            (read,), left_out = reading.read_xero(body)
            assert (read.category, read.action, left_out) == (category, kind, 0)
            assert read.tenant_id == UUID(told["tenantId"])

    assert set(categories) == {"CONTACT", "INVOICE", "SUBSCRIPTION", "CREDITNOTE"}


def test_our_answers_are_those_that_are_published(published: dict[str, Any]) -> None:
    assert tuple(sorted(published["webhooks"])) == tuple(sorted(WEBHOOKS))
    for webhook in published["webhooks"].values():
        # The rest of ours (400, 413, 503) go to whoever is not Xero, or have it come again.
        assert set(webhook["post"]["responses"]) == {"200", "401"}


def _iso(value: object) -> str:
    """YAML reads an unquoted instant as one; on the wire it is text without a zone."""
    assert isinstance(value, datetime)
    instant = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return instant.isoformat(timespec="milliseconds")
