"""Structured logs: one JSON line an event, without anything that looks like a secret (S-19)."""

from __future__ import annotations

import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(
    r"(?i)(bearer\s+|basic\s+|access_token\W{1,5}|refresh_token\W{1,5}|client_secret\W{1,5}"
    r"|code=|token=)[A-Za-z0-9._~+/=:-]{6,}"
)
# Addresses of which a part is the key: whoever has it sets a password, confirms an address, or
# knows where a company's Pipedrive tells us its news.
_KEY_IN_PATH = re.compile(
    r"(?i)(/password/reset/key/[0-9a-z]+-|/confirm-email/|/webhooks/pipedrive/[0-9]+-)[^/?\s\"']+"
)


def cut_secrets(text: str) -> str:
    """Return a text without what looks like a credential."""
    return _KEY_IN_PATH.sub(r"\1***", _SECRET.sub(r"\1***", text))


def redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cut what looks like a credential out of every text, and the query out of addresses."""
    for key, value in event.items():
        if isinstance(value, str):
            text = cut_secrets(value)
            event[key] = text.split("?", 1)[0] if key in {"request", "url", "path"} else text
    return event


SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    redact,
]


def configure(config: dict[str, Any]) -> None:
    """Set up logging and structlog; Django calls it once at start-up (LOGGING_CONFIG)."""
    config = dict(config)
    config["formatters"] = {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            "foreign_pre_chain": SHARED,
        }
    }
    logging.config.dictConfig(config)
    structlog.configure(
        # First, so that a line that nobody asked for costs next to nothing.
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
