"""
Gives the sandbox the manifest of the native Invoice tab, as somebody does in Pipedrive's developer
hub. Only in the demo: the real hub takes it from a person.
"""

from __future__ import annotations

import time
from io import StringIO
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from django.core.management import call_command, get_commands

COMMAND = "native_manifest"
PATH = "/_sandbox/pipedrive/manifest"
PATIENCE_SECONDS = 15.0
_GAP_SECONDS = 0.2
_opener = build_opener(ProxyHandler({}))


class NotTaken(Exception):
    """The sandbox refused the manifest or is not there; the message says which."""


def upload(sandbox: str) -> bool:
    """
    Print our manifest and give it to the sandbox.

    :param sandbox: the address of the pretend Pipedrive
    :return: False when the product has no native tab
    :raises NotTaken: refused, or nobody answered
    """
    if COMMAND not in get_commands():
        return False
    printed = StringIO()
    call_command(COMMAND, stdout=printed)
    give(sandbox, printed.getvalue())
    return True


def give(sandbox: str, manifest: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """
    Post a manifest to the sandbox, which may be starting still.

    :raises NotTaken: refused, or nobody answered in time
    """
    url = f"{sandbox}{PATH}"
    headers = {"Content-Type": "application/json"}
    request = Request(url, data=manifest.encode(), headers=headers)  # noqa: S310 - a setting
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            with _opener.open(request, timeout=5):
                return
        except HTTPError as refusal:
            problem = refusal.read().decode(errors="replace")[:300]
            raise NotTaken(f"The sandbox refused the manifest: {problem}") from refusal
        except OSError as error:
            if time.monotonic() > deadline:
                raise NotTaken("The sandbox did not take the manifest: no answer.") from error
        time.sleep(_GAP_SECONDS)
