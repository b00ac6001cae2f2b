"""The sandbox's truth against what was accepted: nothing lost, twice, wrong, or sent blindly."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

MARKER = "#ib="


@dataclass
class Report:
    """What a storm has come to; every list is empty when all is well."""

    accepted: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong_amount: list[str] = field(default_factory=list)
    not_done: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    changed_bytes: list[str] = field(default_factory=list)
    not_ours: list[str] = field(default_factory=list)
    unlike_mirror: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, list[str]]:
        """What is wrong, by its name."""
        return {name: value for name, value in vars(self).items() if value and name != "accepted"}


def check_truth(
    report: Report, amounts: Mapping[str, Decimal], invoices: Sequence[dict[str, Any]]
) -> None:
    """Hold what Xero has against what was accepted, by the marker in each invoice's `Url`."""
    made = defaultdict(list)
    for each in invoices:
        made[each.get("Url", "").partition(MARKER)[2]].append(each)
    for key, amount in amounts.items():
        if not made[key]:
            report.lost.append(key)
        if len(made[key]) > 1:
            report.doubled.append(key)
        if any(Decimal(str(each["Total"])) != amount for each in made[key]):
            report.wrong_amount.append(key)


def check_mirror(
    report: Report,
    invoices: Sequence[dict[str, Any]],
    rows: Sequence[tuple[str, str, Decimal, Decimal]],
) -> None:
    """
    Hold our mirror against the truth: every invoice that we know, in every field that is shown.

    :param rows: Xero's id, status, total and amount due, as we hold them
    """
    truth = {
        each["InvoiceID"]: (
            each["Status"],
            Decimal(str(each["Total"])),
            Decimal(str(each["AmountDue"])),
        )
        for each in invoices
    }
    for invoice_id, *shown in rows:
        if truth.get(invoice_id) != tuple(shown):
            report.unlike_mirror.append(f"{invoice_id}: {shown}, in truth {truth.get(invoice_id)}")
    mirrored = {row[0] for row in rows}
    for each in invoices:
        if MARKER in each.get("Url", "") and each["InvoiceID"] not in mirrored:
            report.unlike_mirror.append(f"{each['InvoiceID']} is missing")


def check_traffic(
    report: Report,
    traffic: Sequence[dict[str, Any]],
    *,
    pause_seconds: float,
    last_resend_seconds: float,
) -> None:
    """
    Look for what P-3 forbids: a new key without a look that came after the pause, a key sent
    again when Xero may have forgotten it, other bytes under one key.
    """
    looks = [
        _at(each)
        for each in traffic
        if each["method"] == "GET"
        and "createdbymyapp=true" in each["query"].lower()
        and each["status"] == 200
        and each["fault"] is None
    ]
    for marker, sent in _writes(traffic).items():
        by_key: dict[str, list[dict[str, Any]]] = {}
        for each in sent:
            by_key.setdefault(each["idempotency_key"], []).append(each)
        before: list[dict[str, Any]] = []
        for key, writes in by_key.items():
            first = _at(writes[0])
            unknown = [each for each in before if each["status"] != 429]
            if unknown:
                counts_from = _at(unknown[-1]) + timedelta(seconds=pause_seconds - 0.5)
                if not any(counts_from <= look <= first for look in looks):
                    report.blind.append(f"{marker}: {key} at {first}, after {_at(unknown[-1])}")
            latest = first + timedelta(seconds=last_resend_seconds + 1)
            if any(_at(each) > latest for each in writes):
                report.late.append(f"{marker}: {key}")
            if len({json.dumps(each["body"], sort_keys=True, default=str) for each in writes}) > 1:
                report.changed_bytes.append(f"{marker}: {key}")
            before += writes


def check_sends(
    report: Report, traffic: Sequence[dict[str, Any]], sendings: Mapping[str, int]
) -> None:
    """
    Hold the writes that Xero saw against the sends on record: what nobody recorded, a library or
    the queue has repeated (P-16). Fewer were seen where a worker died before it opened a socket.

    :param sendings: how often each operation was taken for sending
    """
    for marker, sent in _writes(traffic).items():
        if marker in sendings and len(sent) > sendings[marker]:
            report.not_ours.append(f"{marker}: {len(sent)} writes for {sendings[marker]} sends")


def _writes(traffic: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in traffic:
        for url in _urls(each):
            found[url.partition(MARKER)[2]].append(each)
    return found


def _urls(exchange: dict[str, Any]) -> Iterator[str]:
    if exchange["method"] in ("PUT", "POST") and "/invoices" in exchange["path"].lower():
        for invoice in exchange["body"].get("Invoices", []):
            if MARKER in invoice.get("Url", ""):
                yield invoice["Url"]


def _at(exchange: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(exchange["at"])
