"""
What the pretend Xero holds.

Columns are what is filtered or decided on; what is only shown travels as JSON in the API's shape.
Amounts are stored exactly (JSON numbers keep their digits; columns have fixed places).
Instants of change are integers, milliseconds since 1970 UTC, as Xero's own dates are.
"""

import uuid
from decimal import Decimal
from typing import Any

from django.db import models

from sandbox.core.codec import ExactDecoder, ExactEncoder


def new_guid() -> str:
    """Return a fresh lower-case GUID."""
    return str(uuid.uuid4())


class ExactJSONField(models.JSONField):
    """JSON whose numbers come back as Decimals with the digits that went in."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"encoder": ExactEncoder, "decoder": ExactDecoder})


class MoneyField(models.DecimalField):
    """An amount of money, two places."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"max_digits": 15, "decimal_places": 2, "default": Decimal("0.00")} | options
        )


class Organisation(models.Model):
    """The books behind a tenant."""

    tenant_id = models.CharField(max_length=36, primary_key=True)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=150)
    short_code = models.CharField(max_length=10)
    base_currency = models.CharField(max_length=3)
    facts = ExactJSONField(default=dict)  # as GET /Organisation gives it
    period_lock_date = models.DateField(null=True)
    approvals_left = models.IntegerField(null=True)  # None: the plan has no limit
    emails_left = models.IntegerField(default=1000)
    next_number = models.IntegerField(default=1)
    last_change_ms = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Somebody who signs in to Xero."""

    user_id = models.CharField(max_length=36, primary_key=True)
    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Membership(models.Model):
    """A person's role in an organisation."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=30)
    is_subscriber = models.BooleanField(default=False)
    updated_ms = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person"], name="xero_one_role_a_person"
            )
        ]


class Grant(models.Model):
    """What one person allowed one app; it reaches every organisation that person linked."""

    person = models.ForeignKey(Person, models.CASCADE)
    client_id = models.CharField(max_length=40)
    scopes = models.TextField()  # space separated; they only accumulate
    is_revoked = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "client_id"], name="xero_one_grant_an_app")
        ]


class AuthorisationCode(models.Model):
    """A code on its way from the consent page to the token endpoint."""

    code = models.CharField(max_length=64, primary_key=True)
    grant = models.ForeignKey(Grant, models.CASCADE)
    redirect_uri = models.TextField()
    scopes = models.TextField()
    challenge = models.CharField(max_length=128, blank=True)
    nonce = models.TextField(blank=True)
    auth_event_id = models.CharField(max_length=36)
    issued_at = models.DateTimeField()
    is_used = models.BooleanField(default=False)


class AccessToken(models.Model):
    """A bearer token, kept as its SHA-256."""

    digest = models.CharField(max_length=64, primary_key=True)
    grant = models.ForeignKey(Grant, models.CASCADE)
    scopes = models.TextField()
    expires_at = models.DateTimeField()


class RefreshToken(models.Model):
    """A refresh token; used once it is retired, and good for half an hour more."""

    token = models.CharField(max_length=64, primary_key=True)
    grant = models.ForeignKey(Grant, models.CASCADE)
    auth_event_id = models.CharField(max_length=36)
    scopes = models.TextField()
    issued_at = models.DateTimeField()
    first_used_at = models.DateTimeField(null=True)


class Connection(models.Model):
    """A link between a grant and one organisation, as GET /connections lists it."""

    connection_id = models.CharField(max_length=36, primary_key=True, default=new_guid)
    grant = models.ForeignKey(Grant, models.CASCADE, related_name="connections")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="connections")
    auth_event_id = models.CharField(max_length=36)
    role_when_linked = models.CharField(max_length=30)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grant", "organisation"], name="xero_linked_once")
        ]


class IdempotentAnswer(models.Model):
    """A stored answer that the same request gets again for some minutes."""

    client_id = models.CharField(max_length=40)
    key = models.CharField(max_length=128)
    request_digest = models.CharField(max_length=64)
    status = models.IntegerField(null=True)  # None: still being worked on
    content_type = models.CharField(max_length=80, blank=True)
    body = models.BinaryField(default=bytes)
    first_used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client_id", "key"], name="xero_one_answer_a_key")
        ]


class Entry(models.Model):
    """One row of a reference list: account, tax rate, branding theme, currency or item."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="entries")
    resource = models.CharField(max_length=20)  # Accounts, TaxRates, BrandingThemes, …
    entry_id = models.CharField(max_length=36)
    code = models.CharField(max_length=40)
    body = ExactJSONField()  # as the API gives it
    updated_ms = models.BigIntegerField(default=0)
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["organisation", "resource", "code"])]


class Contact(models.Model):
    """Whom an invoice is addressed to."""

    contact_id = models.CharField(max_length=36, primary_key=True, default=new_guid)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=255)
    status = models.CharField(max_length=20, default="ACTIVE")
    contact_number = models.CharField(max_length=50, blank=True)
    account_number = models.CharField(max_length=50, blank=True)
    company_number = models.CharField(max_length=50, blank=True)
    tax_number = models.CharField(max_length=50, blank=True)
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=255, blank=True)
    merged_to = models.CharField(max_length=36, blank=True)
    is_customer = models.BooleanField(default=False)
    details = ExactJSONField(default=dict)  # Addresses, Phones, ContactPersons, defaults
    search_text = models.TextField(blank=True)  # casefolded, for searchTerm
    updated_ms = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "name"]),
            models.Index(fields=["organisation", "updated_ms"]),
            models.Index(fields=["organisation", "contact_number"]),
        ]

    def __str__(self) -> str:
        return self.name


class Invoice(models.Model):
    """A sales invoice or a bill."""

    invoice_id = models.CharField(max_length=36, primary_key=True, default=new_guid)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="invoices")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="invoices")
    type = models.CharField(max_length=10, default="ACCREC")
    status = models.CharField(max_length=12, default="DRAFT")
    number = models.CharField(max_length=255)
    reference = models.CharField(max_length=255, blank=True)
    url = models.TextField(blank=True)
    date = models.DateField()
    due_date = models.DateField(null=True)
    expected_payment_date = models.DateField(null=True)
    fully_paid_on_date = models.DateField(null=True)
    line_amount_types = models.CharField(max_length=10, default="Exclusive")
    currency_code = models.CharField(max_length=3)
    currency_rate = models.DecimalField(max_digits=24, decimal_places=10, default=1)
    branding_theme_id = models.CharField(max_length=36, blank=True)
    is_sent_to_contact = models.BooleanField(default=False)
    lines = ExactJSONField(default=list)  # as the API gives them, UnitAmount to four places
    sub_total = MoneyField()
    total_tax = MoneyField()
    total = MoneyField()
    amount_due = MoneyField()
    amount_paid = MoneyField()
    amount_credited = MoneyField()
    credit_notes = ExactJSONField(default=list)
    prepayments = ExactJSONField(default=list)
    overpayments = ExactJSONField(default=list)
    created_by_client = models.CharField(max_length=40, blank=True)
    updated_ms = models.BigIntegerField(default=0)
    # The three texts that lists are made of, rendered at writing so that a page is a join.
    thin_json = models.TextField(blank=True)
    summary_json = models.TextField(blank=True)
    paged_json = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "updated_ms", "invoice_id"]),
            models.Index(fields=["organisation", "number"]),
            models.Index(fields=["organisation", "status"]),
            models.Index(fields=["organisation", "reference"]),
        ]

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """Money received for an invoice."""

    payment_id = models.CharField(max_length=36, primary_key=True, default=new_guid)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="payments")
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="payments")
    date = models.DateField()
    amount = MoneyField()
    reference = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=12, default="AUTHORISED")
    is_reconciled = models.BooleanField(default=False)
    batch_id = models.CharField(max_length=36, blank=True)
    updated_ms = models.BigIntegerField(default=0)


class HistoryRecord(models.Model):
    """A line of a document's history."""

    organisation = models.ForeignKey(Organisation, models.CASCADE)
    document_id = models.CharField(max_length=36, db_index=True)
    changes = models.CharField(max_length=40)
    details = models.TextField(blank=True)
    user = models.CharField(max_length=120)
    at_ms = models.BigIntegerField()


class SentEmail(models.Model):
    """An e-mail that the pretend Xero says it sent."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="outbox")
    invoice = models.ForeignKey(Invoice, models.CASCADE)
    recipients = models.JSONField()
    at_ms = models.BigIntegerField()
