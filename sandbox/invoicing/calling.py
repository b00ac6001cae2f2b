"""
Calls of the app's endpoints, exactly as Pipedrive makes them (contract §3).

Server to server with Basic, ten seconds for the whole answer, no redirects. Never call inside a
transaction: the app may ask this very sandbox something before it answers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from sandbox.core import clients, codec, switches
from sandbox.invoicing import manifest
from sandbox.invoicing.models import Link

PATIENCE_SECONDS = 10
MOST_BYTES = 30_000_000
_CHUNK = 65_536


class Failed(Exception):
    """The app refused or did not answer; the message is what Pipedrive shows."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class File:
    """A streamed answer: the PDF."""

    content: bytes
    content_type: str
    disposition: str


@dataclass(frozen=True)
class Answer:
    """What came back: its status, and its JSON or its file."""

    status: int
    content: bytes
    headers: Any

    @property
    def document(self) -> Any:
        """The answer's JSON, or None when it is something else."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None


@dataclass(frozen=True)
class Caller:
    """Calls the endpoints of one link. It reads no rows, so that threads may share it."""

    endpoints: dict[str, str]
    link_id: str
    wraps: bool

    def has(self, endpoint: str) -> bool:
        """Whether the manifest has this endpoint."""
        return endpoint in self.endpoints

    def ask(self, endpoint: str, *, query: Any = None, body: Any = None, **ids: str) -> Any:
        """
        Call an endpoint and return its `data`.

        :param ids: invoiceId, contactId or productId
        :raises Failed: a refusal, no answer in time, or an answer that is not in the contract
        """
        answer = self.send(endpoint, query=query, body=body, **ids)
        document = answer.document
        if 200 <= answer.status < 300 and isinstance(document, dict) and document.get("success"):
            return document.get("data")
        raise Failed(_explain(answer.status, document), status=answer.status)

    def ask_all(self, *endpoints: str) -> list[Any]:
        """Call several endpoints at once; None for those that the manifest leaves out."""
        with ThreadPoolExecutor(max_workers=len(endpoints)) as pool:
            return list(
                pool.map(lambda name: self.ask(name) if self.has(name) else None, endpoints)
            )

    def fetch(self, endpoint: str, **ids: str) -> File:
        """
        Call an endpoint that streams a file.

        :raises Failed: as `ask`
        """
        answer = self.send(endpoint, **ids)
        kind = answer.headers.get("Content-Type", "")
        if answer.status != 200 or kind.partition(";")[0] != "application/pdf":
            raise Failed(_explain(answer.status, answer.document), status=answer.status)
        return File(answer.content, kind, answer.headers.get("Content-Disposition", "attachment"))

    def send(self, endpoint: str, *, query: Any = None, body: Any = None, **ids: str) -> Answer:
        """
        Make one call and return whatever is answered.

        :raises Failed: there is no such endpoint, or no whole answer within ten seconds
        """
        if endpoint not in self.endpoints:
            raise Failed(f"The app has no {endpoint}.")
        url = manifest.fill(self.endpoints[endpoint], linkId=self.link_id, **ids)
        method = next(each for each in ("get", "post", "put") if endpoint.startswith(each))
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if body is not None:
            body = codec.dumps({"success": True, "data": body} if self.wraps else body).encode()
        app = clients.PIPEDRIVE
        deadline = time.monotonic() + PATIENCE_SECONDS
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy stands between two parts of one machine
                with session.request(
                    method.upper(),
                    url,
                    params=query,
                    data=body,
                    headers=headers,
                    auth=(app.client_id, app.secret),
                    timeout=PATIENCE_SECONDS,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    return Answer(response.status_code, _read(response, deadline), response.headers)
        except (requests.RequestException, HTTPError) as exc:
            raise Failed("The accounting app did not answer within ten seconds.") from exc


def of_link(link: Link) -> Caller | None:
    """Return a caller for a link, or None while there is no manifest."""
    found = manifest.read()
    if found is None:
        return None
    wraps = switches.get("pipedrive_invoice_data")
    return Caller(found.document["endpoints"], link.link_id, wraps)


def first(data: Any) -> Any:
    """Return a single result: the contract's samples show it as an object or in a list."""
    if isinstance(data, Sequence) and not isinstance(data, str):
        return data[0] if data else None
    return data


def _read(response: requests.Response, deadline: float) -> bytes:
    content = bytearray()
    # Whatever has come, not a full chunk of it: a dripping answer must not hold us.
    while chunk := response.raw.read1(_CHUNK):
        content += chunk
        if time.monotonic() > deadline or len(content) > MOST_BYTES:
            raise requests.Timeout
    return bytes(content)


def _explain(status: int, document: Any) -> str:
    if isinstance(document, dict):
        for name in ("message", "error"):
            if isinstance(document.get(name), str) and document[name]:
                return document[name]
    return f"Something went wrong: the accounting app answered {status}."
