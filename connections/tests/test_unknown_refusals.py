"""What vendors refuse in words that we do not know is counted, with nothing of a customer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connections import demo, errors, unknown_refusals, upkeep
from connections.models import UnknownRefusal, User

NOON = datetime(2026, 3, 13, 12, 0, tzinfo=UTC)
FROM: dict[str, Any] = {"vendor": "xero", "operation": "xero.create_invoice", "status": 400}


@pytest.mark.parametrize(
    ("said", "shape"),
    [
        ("The invoice was rejected for INV-0042 of 13 March 2026.",
         "The invoice was rejected for … of …."),
        ("Contact 'Harbour Dental' is blocked by Noor Haddad (noor@example.com)",
         "Contact … is … by …"),
        ("The customer acme holdings has exceeded £1,200.00", "The customer … has exceeded …"),
        ("The BrandingThemeID is invalid: 7f3a0000-0000-0000-0000-000000000001",
         "The BrandingThemeID is invalid: …"),
        ("İşlem Yılmaz Ticaret A.Ş. için yapılamadı", "…"),
        ("See https://example.com/x?email=a@b.c for details", "… for details"),
        ("x" * 5000, "…"),
    ],
)  # fmt: skip
def test_a_shape_holds_the_vendors_words_and_nobodys_name(said: str, shape: str) -> None:
    assert unknown_refusals.shape(said) == shape


@pytest.mark.django_db
def test_the_same_wording_is_one_row_however_often_and_about_whomever_it_is_said() -> None:
    for name, now in (("Acme", NOON), ("Northgate", NOON + timedelta(days=1))):
        said = f"Contact '{name}' must not be used for invoices"
        unknown_refusals.count(errors.Rejected(**FROM, messages=(said,)), now=now)

    row = UnknownRefusal.objects.get()

    assert (row.vendor, row.shape) == ("xero", "Contact … must not be used for invoices")
    assert (row.count, row.first_at, row.last_at) == (2, NOON, NOON + timedelta(days=1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [
        errors.Rejected(**FROM, messages=("Invoice # must be unique.",)),
        errors.Rejected(**FROM, messages=()),
        errors.Rejected(**FROM, messages=("İzmir", "'Acme'")),
        errors.ServerError(**FROM, body_hash=""),
    ],
)
def test_what_is_known_or_says_nothing_is_not_counted(error: errors.ProviderError) -> None:
    unknown_refusals.count(error, now=NOON)

    assert not UnknownRefusal.objects.exists()


@pytest.mark.django_db
def test_support_reads_them_the_latest_first_and_old_ones_go() -> None:
    demo.seed()
    client = Client()
    client.force_login(User.objects.get(email="sam.porter@invoicebridge.example"))
    for said, age in (("The books must be saved", 181), ("Invoices are restricted", 3)):
        unknown_refusals.count(
            errors.Rejected(**FROM, messages=(said,)), now=NOON - timedelta(days=age)
        )

    page = client.get(reverse("admin:connections_unknownrefusal_changelist"))
    upkeep.clean_up(now=NOON)

    shown = [row.shape for row in page.context["cl"].result_list]
    assert shown == ["Invoices are restricted", "The books must be saved"]
    assert [row.shape for row in UnknownRefusal.objects.all()] == ["Invoices are restricted"]
