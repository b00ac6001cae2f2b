"""Whatever is typed into the create dialog: a message, never a 500, nothing half stored (P-23)."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connections.models import AuditEvent
from invoices.models import Operation
from invoices.tests.dialog_page import DialogPage
from mappings.models import ContactLink, ProductLink
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
REFIT = 1
NOTES = [
    "\0",
    "a\0b",
    "\ud7ff\ufffd\uffff",
    "\u202egnp.exe",
    "<script>alert(1)</script>",
    "{{7*7}}{% load x %}${x}",
    "' OR 1=1 --",
    "=cmd()",
    "x" * 5000,
    "İıIi",
    "\r\nBcc: a@b.example",
    "%s %(name)s {0}",
]
NUMBERS = [
    "", "1.234,56", "1,234.56", "1e5", "NaN", "Infinity", "-0", "-1", "0", "0.00001", "1" * 13,
    "1" * 41, "１２", "١٢", "9" * 12, "1,234", "0,5", ".5", "5.", "--1", "1 000", "1_0", "0x10",
]  # fmt: skip
DATES = [
    "", "2026-02-29", "2024-02-29", "2026-04-31", "01/02/2026", "0001-01-01", "9999-12-31",
    "31.12.2099", "2026-13-01", "5 Mart 2026", "5 March 2026", "٢٠٢٦-٠١-٠١", "2026-1-1",
]  # fmt: skip
CODES = ["", "x", "\0", "EUR", "ZZZ", "Exclusive", "amount", "percent", "200", "NoTax", "NOTAX"]
ANYTHING = st.one_of(
    st.sampled_from([*NOTES, *NUMBERS, *DATES, *CODES]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
)
MANY = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def emma(connected: Connected, client: Client) -> Client:
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"
    client.raise_request_exception = False
    return client


@pytest.fixture
def ready(emma: Client) -> DialogPage:
    """The dialog of the refit, all lines linked and the contact chosen."""
    return DialogPage(emma, REFIT).link_all("er").press("contact:0")


@pytest.fixture
def names(ready: DialogPage) -> list[str]:
    return sorted({*ready.fields, "update_contact", "due_follows"} - {"submission", "line"})


def _rows(connected: Connected) -> dict[str, int]:
    rows = {
        model.__name__: model.objects.for_company(connected.company).count()
        for model in (Operation, ProductLink, ContactLink)
    }
    return rows | {"AuditEvent": AuditEvent.objects.count()}


@MANY
@given(data=st.data())
def test_any_form_is_answered_and_a_refused_one_stores_nothing(
    ready: DialogPage, names: list[str], connected: Connected, data: st.DataObject
) -> None:
    changes = data.draw(st.dictionaries(st.sampled_from(names), ANYTHING, max_size=6))
    actions = ["create", "create_another", "preview", "compare", "add", "up:p2", "search:p1", "\0"]
    action = data.draw(st.sampled_from(actions))
    before = _rows(connected)

    answer = ready.client.post(
        ready.address,
        {**ready.fields, **{name: [value] for name, value in changes.items()}, "action": action},
    )

    assert answer.status_code in {200, 302, 409, 422}
    if answer.status_code == 302:
        assert before["Operation"] <= _rows(connected)["Operation"] <= before["Operation"] + 1
    else:
        assert _rows(connected) == before
        _typed_is_kept(unescape(answer.content.decode()), changes)


def _typed_is_kept(page: str, changes: dict[str, str]) -> None:
    for name in ("to", "reference", "email", "p1-quantity", "p1-description"):
        if name in changes:
            assert changes[name].replace("\r\n", "\n") in page.replace("\r\n", "\n"), name
