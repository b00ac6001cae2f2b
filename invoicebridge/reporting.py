"""Reports errors to Sentry: where they happened, and nothing of what was at work (S-19)."""

from __future__ import annotations

from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration
from sentry_sdk.types import Event, Hint

from invoicebridge.logs import cut_secrets

# What may leave us. Everything else of an event (request, user, variables, breadcrumbs, the words
# of an exception) can hold a token, a payload or a customer's name.
_OF_AN_EVENT = (
    "event_id", "timestamp", "level", "platform", "logger", "release", "environment", "sdk",
)  # fmt: skip
_OF_A_FRAME = ("module", "function", "filename", "lineno", "in_app")


def start(dsn: str, *, environment: str) -> None:
    """
    Report errors of this process from now on.

    :param dsn: Sentry's address for this project
    :param environment: what Sentry files them under
    """
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        before_send=reduce,
        include_local_variables=False,
        include_source_context=False,
        send_default_pii=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        # The default ones would also write headers of Sentry's into our calls to the vendors.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            AtexitIntegration(callback=_say_nothing),
            CeleryIntegration(propagate_traces=False),
            DedupeIntegration(),
            DjangoIntegration(middleware_spans=False, signals_spans=False),
            ExcepthookIntegration(),
            LoggingIntegration(level=None),
            ThreadingIntegration(propagate_hub=False),
        ],
    )


def reduce(event: Event, hint: Hint) -> Event:
    """Return what of an event may leave us: kinds of errors, places in code, names of events."""
    whole = cast(dict[str, Any], event)
    kept = _pick(whole, _OF_AN_EVENT)
    if "exception" in whole:
        kept["exception"] = {
            "values": [_reduce_exception(each) for each in whole["exception"].get("values", [])]
        }
    record = hint.get("log_record")
    if record is not None:
        # structlog's records are mappings with a name for the event; others have a format,
        # which is sent without its arguments.
        said = record.msg.get("event", "") if isinstance(record.msg, dict) else record.msg
        kept["logentry"] = {"message": cut_secrets(str(said))}
    return cast(Event, kept)


def _reduce_exception(error: dict[str, Any]) -> dict[str, Any]:
    kept = _pick(error, ("type", "module", "mechanism"))
    kept["mechanism"] = _pick(error.get("mechanism") or {}, ("type", "handled"))
    frames = (error.get("stacktrace") or {}).get("frames", [])
    kept["stacktrace"] = {"frames": [_pick(frame, _OF_A_FRAME) for frame in frames]}
    return kept


def _pick(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}


def _say_nothing(pending: int, timeout: float) -> None:
    """Take the place of Sentry's words on standard error while a process ends."""
