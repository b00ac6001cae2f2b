"""
A message is accepted only if it is genuine: verify, store, answer; a worker does the rest (P-14).

Each function returns the HTTP status that the vendor gets. What we refuse is told nothing more.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

import structlog
from django.conf import settings
from django.db import Error as DatabaseFailure

from connections.models import WebhookEvent
from connections.webhooks import reading, signatures, storing

log = structlog.get_logger(__name__)

MAX_BYTES = 256 * 1024
Vendor = WebhookEvent.Vendor


def receive_xero(body: bytes | None, signature: str, *, source: str, now: datetime) -> HTTPStatus:
    """
    Take a message of Xero: 200 when it is signed, 401 when not, also for the intent to receive.

    :param body: the raw bytes; None when they were too many
    :param source: the sender's network address
    """
    if body is None:
        return _refuse(Vendor.XERO, "too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, source, now)
    if not signatures.is_from_xero(body, signature, keys=settings.XERO_WEBHOOK_KEYS):
        return _refuse(Vendor.XERO, "signature", HTTPStatus.UNAUTHORIZED, source, now)
    try:
        events, left_out = reading.read_xero(body)
    except reading.Unreadable:
        return _refuse(Vendor.XERO, "unreadable", HTTPStatus.BAD_REQUEST, source, now)
    if left_out:
        log.warning("webhook_events_left_out", vendor=Vendor.XERO, count=left_out)
    return _keep(events, now)


def receive_pipedrive(
    body: bytes | None, address: str, authorization: str, *, source: str, now: datetime
) -> HTTPStatus:
    """
    Take a message of Pipedrive: 404 at a wrong address, 401 with a wrong password.

    :param body: the raw bytes; None when they were too many
    :param address: the secret part of the address
    :param authorization: the header of that name
    :param source: the sender's network address
    """
    company_id = signatures.read_address(address)
    if company_id is None:
        return _refuse(Vendor.PIPEDRIVE, "address", HTTPStatus.NOT_FOUND, source, now)
    if not signatures.is_from_pipedrive(company_id, authorization):
        return _refuse(Vendor.PIPEDRIVE, "password", HTTPStatus.UNAUTHORIZED, source, now)
    if body is None:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return _refuse(Vendor.PIPEDRIVE, "too_large", status, source, now)
    try:
        event = reading.read_pipedrive(body, pipedrive_company_id=company_id)
    except reading.OtherCompany:
        return _refuse(Vendor.PIPEDRIVE, "other_company", HTTPStatus.UNAUTHORIZED, source, now)
    except reading.Unreadable:
        return _refuse(Vendor.PIPEDRIVE, "unreadable", HTTPStatus.BAD_REQUEST, source, now)
    return _keep([event], now)


def _keep(events: list[reading.Event], now: datetime) -> HTTPStatus:
    try:
        storing.keep(events, now=now)
    except DatabaseFailure as exc:
        # It comes again (F-30): a message that we did not store was not accepted.
        log.warning("webhook_not_stored", error=type(exc).__name__)
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.OK


def _refuse(
    vendor: Vendor, reason: str, status: HTTPStatus, source: str, now: datetime
) -> HTTPStatus:
    try:
        storing.count_refusal(vendor, reason, source=source, now=now)
    except DatabaseFailure as exc:
        log.warning("refusal_not_counted", error=type(exc).__name__)
    return status
