"""No name of a customer's people is read in the admin without a reason (P-12)."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections import security, staff
from connections.models import (
    Invitation,
    Membership,
    SecurityStatement,
    SignOn,
    User,
    XeroConnection,
)
from connections.tests.test_staff_rights import (
    CUSTOMER,
    connection,
    operation,
    page,
    reveal,
    staff_client,
)
from invoices.models import DealInvoice, Operation
from invoices.tests import rows

__all__ = ["connection"]  # a fixture

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("membership", "user"),
        ("personalxerolink", "membership"),
        ("invitation", "invited_by"),
    ],
)
def test_no_list_to_pick_from_spells_out_what_is_masked(
    connection: XeroConnection, model: str, field: str
) -> None:
    client = staff_client(staff.SUPPORT)
    asked = {"app_label": "connections", "model_name": model, "field_name": field}

    answer = client.get(reverse("admin:autocomplete"), {**asked, "term": ""})

    assert "Clarke" not in answer.content.decode()
    assert answer.status_code in {403, 404}


def test_whoever_invited_linked_or_saved_is_masked_on_their_rows(
    connection: XeroConnection,
) -> None:
    company, now = connection.company, timezone.now()
    emma = User.objects.get(first_name="Emma")
    invited = Invitation.objects.create(
        company=company,
        email="ben@harbour.example",
        role="rep",
        key_hash="a" * 64,
        invited_by=emma,
        invited_at=now,
        expires_at=now,
        accepted_at=now,
        accepted_by=emma,
    )
    saved = SignOn.objects.create(
        company=company,
        slug="harbour",
        issuer="https://login.harbour.example",
        client_id="ib",
        client_secret="sealed",
        saved_by=emma,
        saved_at=now,
    )
    invoice = rows.keep_draft(connection, now)
    linked = DealInvoice.objects.create(
        company=company, invoice=invoice, deal_id=41, linked_by=emma, linked_at=now
    )
    client = staff_client(staff.SUPPORT)

    for row in (invited, saved, linked):
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist"
        assert "Clarke" not in client.get(reverse(name)).content.decode(), name
        assert "Clarke" not in page(client, row), name
        reveal(client, row)
        assert "Emma Clarke" in page(client, row), name


def test_an_admin_who_states_sign_in_anew_is_masked(connection: XeroConnection) -> None:
    member = Membership.objects.across_companies().select_related("company", "user").get()
    for method in ("sso", "two_factor"):
        security.state(member, method=method, now=timezone.now())
    first = SecurityStatement.objects.for_company(connection.company).get(method="sso")
    client = staff_client(staff.SUPPORT)

    listed = client.get(reverse("admin:connections_securitystatement_changelist"))

    assert first.revoked_by == member.user
    assert "Clarke" not in listed.content.decode()
    assert "Clarke" not in page(client, first)
    assert "Clarke" not in page(client, connection.company)
    reveal(client, first)
    assert "Emma Clarke" in page(client, first)


def test_what_xero_repeats_of_a_customer_is_masked_with_the_request(
    connection: XeroConnection,
) -> None:
    taken = f"The contact name {CUSTOMER} is already assigned to another contact."
    code = "Account code '999' is not a valid code for this document."
    contact = operation(connection)
    Operation.objects.across_companies().filter(pk=contact.pk).update(error_messages=[taken, code])
    invoice = operation(connection, deal_id=42, summary={"contact_name": CUSTOMER})
    Operation.objects.across_companies().filter(pk=invoice.pk).update(
        error_messages=[taken], request_body='{"Invoices":[{"Contact":{"ContactID":"7"}}]}'
    )
    client = staff_client(staff.SUPPORT)

    for row in (contact, invoice):
        masked = page(client, row)
        assert CUSTOMER not in masked
        assert "is already assigned to another contact" in masked
    assert "Account code &#x27;999&#x27; is not a valid code" in page(client, contact)
    reveal(client, contact)
    assert taken in page(client, contact)


def test_a_superuser_reads_no_name_either_and_takes_a_lost_factor_away(
    connection: XeroConnection,
) -> None:
    emma = User.objects.get(first_name="Emma")
    EmailAddress.objects.create(user=emma, email=emma.email, verified=True, primary=True)
    key = {"name": "Emma's phone", "secret": "sealed"}
    lost = Authenticator.objects.create(user=emma, type=Authenticator.Type.TOTP, data=key)
    SocialAccount.objects.create(user=emma, provider="sso", uid=emma.email)
    client = Client()
    client.force_login(User.objects.create_superuser("root@invoicebridge.example"))

    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = client.get(reverse(f"{name}_changelist")).content.decode()
        assert "Clarke" not in listed and "emma.clarke" not in listed, name
    shown = page(client, lost)

    assert "Clarke" not in shown and "phone" not in shown and "sealed" not in shown
    address = reverse("admin:mfa_authenticator_delete", args=[lost.pk])
    assert staff_client(staff.ENGINEER).post(address, {"post": "yes"}).status_code == 403
    client.post(address, {"post": "yes"})
    assert not Authenticator.objects.exists()
