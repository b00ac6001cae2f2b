"""
A thousand generated inputs for each form that people or Pipedrive post (P-23).

No answer is a 500, nothing that was typed is lost, and what was refused stores nothing. The forms
and readers are called as the views call them; each view gets a sample, here or beside its page
(`test_dialog_bad_input`, `test_preferences_bad_input`, `test_native_door`). The examples are the
same at every run; a failure prints what reproduces it. `GENERATED_EXAMPLES` says how many, 10,000
in a long run.
"""

from __future__ import annotations

import json
import os
import uuid
from datetime import date
from html import unescape
from typing import Any

import pytest
from django import forms as django_forms
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connections import people, staff
from connections.frames import identity
from connections.models import (
    AuditEvent,
    Membership,
    SecurityStatement,
    User,
    XeroAuthorisation,
)
from connections.people_forms import MemberForm
from invoices import (
    action_views,
    contact_filters,
    forms,
    ledger,
    ledger_filters,
    ledger_form,
    line_fields,
)
from invoices.native import orders, reading
from invoices.native.failures import Failure
from invoices.tests.rows import make_connection
from mappings.example import Example
from mappings.forms import PreferencesForm
from mappings.models import XeroAccount, XeroCurrency
from mappings.preferences_page import Available
from mappings.types import Lists, Preferences

EXAMPLES = int(os.environ.get("GENERATED_EXAMPLES", "1000"))
SAMPLE = max(EXAMPLES // 20, 10)
TODAY = date(2026, 3, 13)
CURRENCIES, THEMES = [("GBP", "GBP"), ("EUR", "EUR")], [(str(uuid.UUID(int=5)), "Standard")]


def many(count: int = EXAMPLES) -> settings:
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        print_blob=True,
        database=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


NASTY = [
    "", " ", "\0", "a\0b", "\t", "\x1b[31m", "\x7f", "\u202egnp.exe", "\ufeff", "\uffff", "İıIiŞ",
    "<script>alert(1)</script>", "{{7*7}}{% load x %}${x}", "' OR 1=1 --", "=cmd()", '"><img src=x',
    "\r\nBcc: a@b.example", "%s %(name)s {0}", "x" * 300, "x" * 5000, "😀" * 60, "a\nb\nc\nd\ne",
    "-1", "0", "365", "366", "7.5", "yedi", "1.234,56", "1,234.56", "1e5", "1e999999999", "NaN",
    "Infinity", "-0", "0.00001", "1" * 13, "9" * 400, "１２", "١٢", "²", "½", "1_0", "0x10", "--1",
    "2026-02-29", "2024-02-29", "2026-04-31", "01/02/2026", "0001-01-01", "9999-12-31",
    "31.12.2099", "2026-13-45T00:00:00Z", "0001-01-01T00:00:00+23:59", "2026-03-13T10:00:00Z",
    "a@b", "a@b.example", "ü@b.example", "a@bücher.example", "a@b.example, c@d.example", ",", "@",
    "GBP", "ZZZ", "Exclusive", "NoTax", "OUTPUT2", "200", "admin", "rep", "admin:11111", "custom",
    "organization:name", "deal:", "percent", "amount", "None", "true", "yes", "9223372036854775808",
    "00000000-0000-0000-0000-000000000005", "{00000000-0000-0000-0000-000000000005}", "urn:uuid:1",
]  # fmt: skip
TYPED = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.tuples(st.sampled_from(NASTY), st.sampled_from(NASTY)).map("".join),
)
LANGUAGES = st.sampled_from(["en", "tr"])


def filled(names: list[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(names), TYPED, min_size=1, max_size=3)


def check_form(form: Any, typed: dict[str, str]) -> bool:
    """Ask a form as a view does; whatever was typed into its text is in it again."""
    is_valid = bool(form.is_valid())
    assert is_valid or form.errors
    for name, value in typed.items():
        field = form.fields.get(name)
        if type(field) is not django_forms.BooleanField and isinstance(
            field, django_forms.CharField
        ):
            assert form[name].value() == value
            shown = unescape(str(form[name]))
            assert value in shown
    for value in form.cleaned_data.values():
        text = str(value)
        assert "\0" not in text
        text.encode()
    return is_valid


CUSTOMER = list(forms.Customer.base_fields)
DETAILS = list(forms.Details.base_fields)


@many()
@given(typed=filled(CUSTOMER), language=LANGUAGES)
def test_customer_details_of_the_dialog(typed: dict[str, str], language: str) -> None:
    with translation.override(language):
        form = forms.Customer({"to": "Pier Nine"} | typed)
        if check_form(form, typed):
            form.postal_address()


@many()
@given(typed=filled(DETAILS), language=LANGUAGES)
def test_invoice_details_of_the_dialog(typed: dict[str, str], language: str) -> None:
    usual = {
        "tax_mode": "Exclusive", "currency": "GBP",
        "issue_date": "2026-03-13", "due_date": "2026-03-20",
    }  # fmt: skip
    with translation.override(language):
        form = forms.Details(
            usual | typed, currencies=CURRENCIES, themes=THEMES, lock_date=date(2025, 12, 31)
        )
        check_form(form, typed)
        # A choice that is not offered stays on show as well (B-12).
        for name in {"tax_mode", "currency", "theme"} & typed.keys():
            assert f'value="{typed[name]}"' in unescape(str(form[name])) or not typed[name]


@many()
@given(typed=filled(list(line_fields.NAMES)), language=LANGUAGES)
def test_a_line_of_the_dialog(typed: dict[str, str], language: str) -> None:
    usual = dict.fromkeys(line_fields.NAMES, "") | {"quantity": "1", "unit_price": "2"}
    values = usual | typed
    with translation.override(language):
        checked = line_fields.check(values, accounts={"200"}, tax_rates={"OUTPUT2"})
        line_fields.check_text(values)
    assert checked.clean.keys() | checked.errors.keys() == {*line_fields.NAMES}
    if checked.has_amount:
        assert 0 < checked.clean["quantity"] <= line_fields.MAX_QUANTITY
        assert abs(checked.clean["unit_price"]) <= line_fields.MAX_UNIT_PRICE


AVAILABLE = Available(
    preferences=Preferences(),
    mappings=(),
    lists=Lists(),
    fields={},
    example=Example(),
    pipedrive_problem="unreachable",
    xero_problem="unreachable",
)


@many()
@given(typed=filled(list(PreferencesForm.base_fields)), language=LANGUAGES)
def test_preferences(typed: dict[str, str], language: str) -> None:
    with translation.override(language):
        form = PreferencesForm(typed, available=AVAILABLE, can_change=True)
        text = {name: value for name, value in typed.items() if name == "due_days"}
        if check_form(form, text):
            assert 0 <= form.choices().due_days <= 365


@many()
@given(typed=filled(["role", "seen", *people.Rights.__slots__[1:]]), language=LANGUAGES)
def test_the_rights_of_a_person(typed: dict[str, str], language: str) -> None:
    with translation.override(language):
        form = MemberForm(typed, member=Membership(role=Membership.Role.REP))
        if check_form(form, {name: typed[name] for name in {"seen"} & typed.keys()}):
            assert form.wanted.role in Membership.Role.values
            assert form.wanted.can_see_amounts or not form.wanted.can_create


@many()
@given(q=TYPED, language=LANGUAGES)
def test_searches_for_deals_and_contacts(q: str, language: str) -> None:
    with translation.override(language):
        check_form(forms.DealSearch({"q": q}), {"q": q})
        check_form(contact_filters.ContactSearch({"contact": q}), {"contact": q})


@pytest.fixture
def lists(db: None) -> Any:
    """A connection with the lists that an order is read against."""
    connection = make_connection()
    connection.base_currency = "GBP"
    owned = {"company": connection.company, "connection": connection}
    XeroAccount.objects.create(**owned, account_id=uuid.uuid4(), code="200", name="Sales")
    XeroCurrency.objects.create(**owned, code="GBP")
    return connection


LEDGER = [*ledger_form.NAMES, "sort", "page"]


def query_of(typed: dict[str, str]) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(typed)
    return query


@many()
@given(typed=filled(LEDGER), language=LANGUAGES, sees_amounts=st.booleans())
def test_filters_of_the_ledger(typed: dict[str, str], language: str, sees_amounts: bool) -> None:
    head = ledger.Head(connection=None, currencies=("GBP",), owners=((101, "Emma"),))  # type: ignore[arg-type]
    query = query_of(typed)
    with translation.override(language):
        form = ledger_form.LedgerFilters(query, head=head, today=TODAY)
        is_valid = form.is_valid()
        for name in {"q", "from", "to"} & typed.keys():
            assert typed[name] in unescape(str(form[name]))
        place = ledger_form.read_place(query, sees_amounts=sees_amounts)
        kept = QueryDict(ledger_form.address(query, sort=place.sort))
        if is_valid:
            form.filters()
    assert 1 <= place.page <= ledger.LAST_PAGE
    assert place.sort.removeprefix("-") in ledger_filters.SORTS
    for name, value in typed.items():
        if name in ledger_form.NAMES:
            assert kept.get(name, "") == value


@many(EXAMPLES // 4)
@given(typed=filled(LEDGER))
def test_the_ledger_itself_answers_what_its_filters_let_through(
    lists: Any, typed: dict[str, str]
) -> None:
    head = ledger.Head(connection=lists, currencies=("GBP",), owners=((101, "Emma"),))
    form = ledger_form.LedgerFilters(query_of(typed), head=head, today=TODAY)
    if form.is_valid():
        rows = ledger_filters.choose(lists, form.filters(), today=TODAY)
        place = ledger_form.read_place(query_of(typed), sees_amounts=True)
        assert list(rows.order_by(*ledger_filters.order(place.sort))[:5]) == []


@many()
@given(
    typed=filled(["range", "start", "end", "status", "sort", "page"]),
    is_custom=st.booleans(),
    language=LANGUAGES,
)
def test_filters_of_a_contacts_invoices(
    typed: dict[str, str], is_custom: bool, language: str
) -> None:
    if is_custom:
        typed = {**typed, "range": contact_filters.CUSTOM}
    with translation.override(language):
        form = contact_filters.Filter(query_of(typed), today=TODAY, sees_amounts=True)
        wanted = form.wanted
        QueryDict(form.query(page=2))
        if form.is_custom:
            for name in {"start", "end"} & typed.keys():
                assert typed[name] in unescape(str(form[name]))
    if wanted is not None:
        assert wanted.first <= wanted.last
        assert (wanted.last - wanted.first).days <= 5 * 366
        assert 1 <= wanted.page <= contact_filters.MOST_PAGES


@many()
@given(text=TYPED)
def test_the_version_and_submission_of_an_action(text: str) -> None:
    found = action_views.read_version(text)
    if found is not None:
        found.astimezone(timezone.get_fixed_timezone(-720))
        found.astimezone(timezone.get_fixed_timezone(840))
    action_views.read_submission(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TYPED | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TYPED, inner, max_size=3),
    max_leaves=3,
)
HEAD = [
    "contactId", "contactName", "address", "email", "taxNumber", "taxModeId", "globalDiscount",
    "templateId", "currencyId", "invoiceNumber", "issueDate", "dueDate", "lineItems",
]  # fmt: skip
LINE = [
    "productId", "productCode", "description", "quantity", "unitPrice", "discountRate", "taxRateId",
    "accountId",
]  # fmt: skip
ORDER = {"contactName": "Pier Nine", "taxModeId": "NoTax", "currencyId": "GBP"}
ROW = {"description": "Desk", "quantity": 1, "unitPrice": 2, "accountId": "200"}


@many()
@given(
    odd=st.dictionaries(st.sampled_from(HEAD), JSON, max_size=2),
    line=st.dictionaries(st.sampled_from(LINE), JSON, max_size=2),
)
def test_an_order_of_pipedrives_tab(lists: Any, odd: dict[str, Any], line: dict[str, Any]) -> None:
    said = {**ORDER, "issueDate": "2026-03-13", "lineItems": [{**ROW, **line}], **odd}
    try:
        body = reading.parse(json.dumps(said).encode())
        wanted = orders.read(
            reading.Fields(body), connection=lists, preferences=Preferences(), today=TODAY
        )
    except Failure as refused:
        outcome: object = (refused.status // 100, bool(refused.message))
    else:
        str(wanted).encode()
        outcome = "\0" in str(wanted)
    assert outcome in ((4, True), False)


@many()
@given(
    raw=st.one_of(
        st.binary(max_size=60),
        JSON.map(lambda value: json.dumps(value).encode()),
        st.sampled_from(
            [b"", b"null", b"[]", b'{"data":null}', b"[" * 9000, b'{"a":1e99999999999999999999}',
             b'{"a":1,"a":2}', b"\xff\xfe", b'{"a":NaN}', b'"' + b"x" * 9000]
        ),
    )
)  # fmt: skip
def test_a_body_of_pipedrives_tab(raw: bytes) -> None:
    try:
        outcome: object = type(reading.parse(raw))
    except Failure as refused:
        outcome = refused.status
    assert outcome in (dict, 400)


@many()
@given(token=TYPED | st.text("abcdefABCDEF0123._-=", max_size=80), said=filled(["userId", "x"]))
def test_the_token_of_a_frame(token: str, said: dict[str, str]) -> None:
    with pytest.raises(identity.NotTrusted):
        identity.read(token, secrets=["s" * 32], now=timezone.now())
    try:
        identity.check_said(identity.Identity(1, 2), said)
    except identity.NotTrusted:
        assert said.get("userId")


@pytest.fixture
def admin(db: None) -> Client:
    """A company's admin at the door of their pages, without a vendor behind them."""
    connection = make_connection()
    now = timezone.now()
    connection.authorisation = XeroAuthorisation.objects.create(
        xero_user_id=uuid.uuid4(), issued_at=now, access_expires_at=now
    )
    connection.save()
    company = connection.company
    SecurityStatement.objects.create(company=company, method="sso", stated_at=now)
    user = User.objects.create_user("emma@brightside.example")
    Membership.objects.create(company=company, user=user, role=Membership.Role.ADMIN)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@many(SAMPLE)
@given(typed=filled(["method", "is_on"]))
def test_a_word_on_security(admin: Client, typed: dict[str, str]) -> None:
    before = SecurityStatement.objects.across_companies().count()

    answer = admin.post("/settings/connections/security/", typed)

    is_whole = typed.get("method") in SecurityStatement.Method.values and (
        typed.get("is_on") == "yes"
    )
    assert answer.status_code == (302 if is_whole else 422)
    if not is_whole:
        assert SecurityStatement.objects.across_companies().count() == before


@many(SAMPLE)
@given(typed=filled(["token"]))
def test_the_address_that_swaps_a_frames_token(admin: Client, typed: dict[str, str]) -> None:
    assert admin.post("/frames/token/", typed).status_code == 401


@many(SAMPLE)
@given(typed=filled(LEDGER))
def test_the_page_of_the_ledger(admin: Client, typed: dict[str, str]) -> None:
    answer = admin.get("/invoices/", typed)

    assert answer.status_code in {200, 422}
    if "q" in typed:
        assert typed["q"].replace("\0", "") in unescape(answer.content.decode()).replace("\0", "")


@many(SAMPLE)
@given(typed=filled(["seen", "role", *people.Rights.__slots__[1:]]))
def test_the_page_of_a_person(admin: Client, typed: dict[str, str]) -> None:
    member = Membership.objects.across_companies().get()
    before = people.Rights.of(member), AuditEvent.objects.count()

    answer = admin.post(f"/settings/people/{member.pk}/", typed)

    assert answer.status_code in {302, 409, 422}
    member.refresh_from_db()
    assert (people.Rights.of(member), AuditEvent.objects.count()) == before


@pytest.fixture
def helper(db: None) -> Client:
    """Somebody of our support, with a company whose sign-in was stated."""
    staff.make_groups()
    person = User.objects.create_user("sam@invoicebridge.example", is_staff=True)
    staff.add_to_group(person, staff.SUPPORT)
    company = make_connection().company
    SecurityStatement.objects.create(company=company, method="sso", stated_at=timezone.now())
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


@many(SAMPLE)
@given(reason=TYPED, action=st.sampled_from(["revoke", "delete_selected", "\0", ""]))
def test_an_action_of_staff_with_its_reason(helper: Client, reason: str, action: str) -> None:
    address = reverse("admin:connections_securitystatement_changelist")
    row = SecurityStatement.objects.across_companies().get()
    before = row.revoked_at

    answer = helper.post(
        address,
        {"action": action, "reason": reason, "_selected_action": [str(row.pk), "x", "9" * 30]},
    )

    assert answer.status_code < 500
    row.refresh_from_db()
    if row.revoked_at != before:
        assert action == "revoke" and reason.strip()
