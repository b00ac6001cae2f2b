"""Why a call of the Invoice tab was not answered with data: a status, a code, a sentence."""

from __future__ import annotations

import math
from datetime import datetime

from django.utils.translation import gettext as _

from connections import access, errors
from connections.models import XeroConnection

MOST_WAIT = 600
SOON = 5


class Failure(Exception):
    """
    The call ends with this answer. Raised where it is found out, written by `door` alone.

    `message` is for the person in front of Pipedrive, in their company's language.
    """

    def __init__(
        self, status: int, code: str, message: str, *, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def malformed(message: str) -> Failure:
    """What was sent has not the shape of the contract; the sentence names the field."""
    return Failure(400, "malformed", message)


def invalid(message: str) -> Failure:
    """What was sent cannot be done as it is; the sentence names the field."""
    return Failure(422, "invalid", message)


def not_found() -> Failure:
    """There is no such thing, or it is another company's: the same words for both (B-3)."""
    return Failure(404, "not_found", _("There is no such thing here."))


def refused(code: str, message: str) -> Failure:
    """The company, its admin or the state of things forbids it; nothing was changed."""
    return Failure(409, code, message)


def forbidden(code: str, message: str) -> Failure:
    """The company does not allow its Invoice tab to do this; nothing was changed."""
    return Failure(403, code, message)


def try_again(code: str, message: str, *, seconds: int = SOON) -> Failure:
    """Nothing can be said yet; the same call, made again later, will tell."""
    wait = str(max(1, min(seconds, MOST_WAIT)))
    return Failure(503, code, message, headers={"Retry-After": wait})


def unavailable(*, seconds: int) -> Failure:
    """Our database could not be asked or written; the same call, made again later, is safe."""
    return try_again(
        "unavailable",
        _("InvoiceBridge is busy just now. Please try again in a minute."),
        seconds=seconds,
    )


def seconds_until(instant: datetime | None, *, now: datetime) -> int:
    """Return whole seconds to wait, at least one."""
    if instant is None:
        return SOON
    return max(1, math.ceil((instant - now).total_seconds()))


def of_vendor(
    error: errors.ProviderError | access.NotConnected,
    connection: XeroConnection,
    *,
    now: datetime,
) -> Failure:
    """Return what a read of Xero that failed means to the caller; nothing was written by it."""
    match error:
        case errors.NotFound():
            return not_found()
        case errors.Rejected():
            return invalid(" ".join(error.messages) or _("Xero refused it."))
        case access.NotConnected() | errors.Revoked() | errors.Unauthorized():
            return refused(
                "not_connected",
                _(
                    "The Xero connection has ended. An admin of your company has to reconnect it "
                    "in InvoiceBridge, under Connections."
                ),
            )
        case errors.RateLimited():
            return try_again(
                "waiting_for_xero",
                _("Xero asked us to wait. Please try again in a moment."),
                seconds=error.retry_after_seconds,
            )
        case _:
            return try_again("no_answer", _("Xero did not answer. Please try again in a moment."))
