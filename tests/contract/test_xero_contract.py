"""Our Xero client and the sandbox, both held against what Xero has published."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from connections import errors, http, sockets
from connections.secrets import Secret
from connections.xero import client, drafts, sdk, tenants, types
from connections.xero.dialect import XeroDialect
from tests.contract.comparison import Comparison
from tests.contract.conftest import Sandbox
from tests.contract.recorder import Exchange, Recorder, record
from tests.contract.routes import published_by_xero

pytestmark = pytest.mark.specs

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Books:
    """One organisation of the sandbox, spoken to through a recorder."""

    xero: client.XeroClient
    grant: tenants.TenantsClient
    sandbox: Sandbox
    recorder: Recorder
    tenant_id: str
    token: str

    def control(self, path: str, body: dict[str, Any]) -> Any:
        """Move something in the organisation, as a person in Xero would."""
        return self.sandbox.control(f"xero/{self.tenant_id}/{path}", body)

    def with_token(self, token: str) -> client.XeroClient:
        """Return a client whose grant is another one."""
        return _client(self.recorder.url, self.tenant_id, token)

    def new_invoice(self, **changes: Any) -> types.NewInvoice:
        """Return an invoice that Xero takes, but for the changes."""
        contact = self.xero.search_contacts("a", limit=1)[0]
        line = types.NewLineItem(
            description="Oak desk",
            quantity=Decimal("1.5"),
            unit_amount=Decimal("250.1234"),
            item_code="DESK-OAK",
            account_code="200",
            tax_type="OUTPUT2",
            discount_rate=Decimal("12.5"),
        )
        whole = types.NewInvoice(
            contact_id=contact.contact_id,
            line_items=(line,),
            invoice_date=date(2026, 3, 13),
            due_date=date(2026, 3, 20),
            currency_code="GBP",
            branding_theme_id=self.xero.list_branding_themes()[0].branding_theme_id,
            reference="PO 7",
            url="https://acme.pipedrive.com/deal/1#ib=5",
        )
        return replace(whole, **changes)

    def create(self, **changes: Any) -> types.Invoice:
        """Create such an invoice."""
        body = self.new_invoice(**changes).to_json()
        return self.xero.create_invoice(body, idempotency_key=str(uuid4()))


@contextmanager
def open_books(sandbox: Sandbox) -> Iterator[Books]:
    """Connect Brightside Interiors Ltd with a new grant of Emma's."""
    email = {"email": "emma.clarke@brightside.example", "slugs": ["brightside"]}
    grant = sandbox.control("xero/connect", email)
    tenant_id, token = grant["connections"][0]["tenantId"], grant["access_token"]
    with record(sandbox.xero_url) as recorder:
        yield Books(
            xero=_client(recorder.url, tenant_id, token),
            grant=tenants.TenantsClient(
                _transport(recorder.url), api_url=recorder.url, access_token=Secret(token)
            ),
            sandbox=sandbox,
            recorder=recorder,
            tenant_id=tenant_id,
            token=token,
        )


def _transport(url: str) -> http.Transport:
    return http.Transport(sockets.Pool(), XeroDialect(), allowed_origins=http.allow_origins_of(url))


def _client(url: str, tenant_id: str, token: str) -> client.XeroClient:
    accounting = sdk.build(
        _transport(url), api_url=url, tenant_id=tenant_id, access_token=Secret(token)
    )
    return client.XeroClient(accounting)


def _list_all(books: Books) -> None:
    page = books.xero.list_invoices_changed(since=LONG_AGO, summary_only=False)
    assert page.rows
    for row in page.rows:
        books.xero.get_invoice(row.invoice_id)
    found = books.xero.list_invoices_by_ids([row.invoice_id for row in page.rows])
    assert len(found) == len(page.rows)
    assert {row.status for row in page.rows} >= {"DRAFT", "AUTHORISED", "PAID", "VOIDED"}


def _poll(books: Books) -> None:
    assert books.xero.list_invoices_changed(since=None, page_size=3).rows
    assert books.xero.list_invoices_changed(since=datetime(2100, 1, 1, tzinfo=UTC)).rows == ()


def _follow(books: Books) -> None:
    made = books.create()
    books.control(f"invoices/{made.invoice_id}/approve", {})
    books.control(f"invoices/{made.invoice_id}/pay", {"amount": "10.00"})
    part_paid = books.xero.get_invoice(made.invoice_id)
    assert (part_paid.status, part_paid.amount_paid) == ("AUTHORISED", Decimal(10))
    books.control(f"invoices/{made.invoice_id}/pay", {})
    paid = books.xero.get_invoice(made.invoice_id)
    assert (paid.status, paid.amount_due) == ("PAID", Decimal(0))
    (found,) = books.xero.list_own_invoices_changed(since=LONG_AGO)
    assert (found.invoice_id, found.url) == (made.invoice_id, made.url)


def _move(books: Books, invoice_id: str, status: str) -> types.Invoice:
    body = drafts.StatusChange(invoice_id, status).to_json()
    return books.xero.set_invoice_status(invoice_id, body, idempotency_key=str(uuid4()))


def _lifecycle(books: Books) -> None:
    people = books.xero.search_contacts("a")
    contact_id = next(each.contact_id for each in people if each.email)
    first, second = books.create(contact_id=contact_id), books.create()
    assert _move(books, second.invoice_id, "SUBMITTED").status == "SUBMITTED"
    assert _move(books, second.invoice_id, "DELETED").status == "DELETED"
    assert _move(books, first.invoice_id, "AUTHORISED").status == "AUTHORISED"
    assert books.xero.get_invoice_pdf(first.invoice_id).startswith(b"%PDF-")
    books.xero.email_invoice(first.invoice_id, idempotency_key=str(uuid4()))
    assert books.xero.get_online_url(first.invoice_id).startswith("http")
    assert len(books.xero.list_history(first.invoice_id)) >= 3
    books.control(f"invoices/{first.invoice_id}/pay", {"reconciled": True})
    (applied,) = books.xero.get_invoice(first.invoice_id).payments
    assert books.xero.get_payment(applied.payment_id).is_reconciled
    with pytest.raises(errors.Rejected, match=r"set_invoice_status"):
        _move(books, first.invoice_id, "VOIDED")
    removed = books.xero.delete_payment(
        applied.payment_id, drafts.REMOVE_PAYMENT, idempotency_key=str(uuid4())
    )
    assert removed.status == "DELETED"
    assert _move(books, first.invoice_id, "VOIDED").status == "VOIDED"


def _contacts(books: Books) -> None:
    contact = types.NewContact(
        name=f"Yıldız & Söz {uuid4()}",
        contact_number=f"PD-{uuid4()}",
        email="a@b.example",
        phone="+90 212 555 01 02",
        first_name="Ayşe",
        last_name="Yıldız",
        company_number="7",
        tax_number="GB 123",
        default_currency="GBP",
        addresses=(types.Address(line1="1 High St", city="Leeds", country="United Kingdom"),),
    )
    made = books.xero.create_contact(contact.to_json(), idempotency_key=str(uuid4()))
    assert made.phone == "+90 212 555 01 02"
    change = types.ContactChange(
        contact_id=made.contact_id, tax_number="GB 456", phone="+90 212 555 03 04"
    )
    changed = books.xero.update_contact(
        made.contact_id, change.to_json(), idempotency_key=str(uuid4())
    )
    assert changed.tax_number == "GB 456"
    assert books.xero.get_contact(made.contact_id) == changed
    assert [each.contact_id for each in books.xero.list_contacts_by(name=made.name)] == [
        made.contact_id
    ]
    assert books.xero.list_contacts_by(email="a@b.example")
    assert books.xero.list_contacts_by(tax_number="GB 456")
    assert books.xero.list_contacts_by(ids=[made.contact_id], include_archived=True)
    assert books.xero.search_contacts("yıldız", limit=5)


def _items(books: Books) -> None:
    assert books.xero.list_items()
    assert books.xero.list_items(if_modified_since=LONG_AGO)
    code = f"IB-{uuid4().hex[:20]}"
    fields = drafts.ItemFields(
        code=code,
        name="Meşe masa",
        description="Meşe, 180 cm",
        unit_price=Decimal("250.1234"),
        account_code="200",
        tax_type="OUTPUT2",
    )
    made = books.xero.create_item(fields.to_json(), idempotency_key=str(uuid4()))
    change = drafts.ItemFields(
        item_id=made.item_id, code=code, name="Meşe masa, büyük", unit_price=Decimal(300)
    )
    changed = books.xero.update_item(made.item_id, change.to_json(), idempotency_key=str(uuid4()))
    assert changed.name == "Meşe masa, büyük"
    assert books.xero.get_item(code) == books.xero.get_item(made.item_id) == changed
    with pytest.raises(errors.Rejected):
        books.xero.create_item(fields.to_json(), idempotency_key=str(uuid4()))
    with pytest.raises(errors.NotFound):
        books.xero.get_item(str(uuid4()))


def _refused(books: Books) -> None:
    line = types.NewLineItem(description="x", quantity=Decimal(1), unit_amount=Decimal(1))
    with pytest.raises(errors.Rejected) as caught:
        books.create(line_items=(replace(line, account_code="nowhere"),))
    assert caught.value.messages
    taken = types.NewContact(name=books.xero.search_contacts("a", limit=1)[0].name)
    with pytest.raises(errors.Rejected):
        books.xero.create_contact(taken.to_json(), idempotency_key=str(uuid4()))


def _unknown(books: Books) -> None:
    with pytest.raises(errors.NotFound):
        books.xero.get_invoice(str(uuid4()))
    with pytest.raises(errors.NotFound):
        books.xero.get_contact(str(uuid4()))


def _not_let_in(books: Books) -> None:
    with pytest.raises(errors.Unauthorized):
        books.with_token("nobody").list_accounts()
    elsewhere = _client(books.recorder.url, str(uuid4()), books.token)
    with pytest.raises(errors.Forbidden):
        elsewhere.list_accounts()


def _limited(books: Books) -> None:
    fault = {"vendor": "xero", "path": "/Accounts", "times": 1}
    limit = fault | {"kind": "rate_limit", "problem": "minute", "retry_after": 26}
    books.sandbox.control("faults", limit)
    with pytest.raises(errors.RateLimited) as caught:
        books.xero.list_accounts()
    assert (caught.value.problem, caught.value.retry_after_seconds) == ("minute", 26)
    books.sandbox.control("faults", fault | {"kind": "status", "status": 503})
    with pytest.raises(errors.ServerError):
        books.xero.list_accounts()


def _connections(books: Books) -> None:
    (connection,) = books.grant.list_connections()
    assert connection.tenant_id == books.tenant_id
    books.grant.list_connections(auth_event_id=connection.auth_event_id)
    books.grant.delete_connection(str(uuid4()))
    books.grant.delete_connection(connection.id)
    assert books.grant.list_connections() == ()


CALLS: dict[str, Callable[[Books], object]] = {
    "organisation": lambda books: books.xero.get_organisation(),
    "actions": lambda books: books.xero.list_allowed_actions(),
    "users": lambda books: books.xero.list_users(),
    "accounts": lambda books: books.xero.list_accounts(),
    "tax rates": lambda books: books.xero.list_tax_rates(),
    "branding themes": lambda books: books.xero.list_branding_themes(),
    "currencies": lambda books: books.xero.list_currencies(),
    "items": _items,
    "contacts": _contacts,
    "every invoice of the seed": _list_all,
    "poll": _poll,
    "create, pay, look": _follow,
    "approve, email, void": _lifecycle,
    "refused": _refused,
    "unknown": _unknown,
    "not let in": _not_let_in,
    "limited": _limited,
    "connections": _connections,
}


@pytest.fixture(scope="module")
def comparison(sandbox: Sandbox) -> Comparison:
    """The calls of this module, each made once, held against what Xero has published."""

    def make(name: str) -> list[Exchange]:
        with open_books(sandbox) as books:
            CALLS[name](books)
            return books.recorder.exchanges

    return Comparison("xero", published_by_xero(), make)


@pytest.mark.parametrize("call", CALLS)
def test_what_we_send_and_what_the_sandbox_answers_is_as_xero_published_it(
    comparison: Comparison, call: str
) -> None:
    left = comparison.list_unexcused(call)

    assert not left, "\n".join(map(str, left))


def test_every_route_that_is_used_was_compared(comparison: Comparison) -> None:
    assert comparison.list_missing_routes(CALLS) == []


def test_no_excuse_for_xero_is_stale(comparison: Comparison) -> None:
    assert comparison.list_stale_excuses(CALLS) == []
