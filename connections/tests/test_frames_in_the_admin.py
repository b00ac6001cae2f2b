"""Support sees who is at work inside Pipedrive and whether the Invoice tab is on (product §10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections import staff
from connections.frames import sessions
from connections.models import FrameSession, Membership, NativeRegistration, User
from connections.tests.people_here import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def support() -> Client:
    staff.make_groups()
    sue = User.objects.create_user("sue@invoicebridge.example", is_staff=True)
    staff.add_to_group(sue, staff.SUPPORT)
    client = Client()
    client.force_login(sue)
    client.cookies["ib_language"] = "en"
    return client


@pytest.fixture
def emma() -> Membership:
    return make_member()


def read(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"admin:connections_{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_frames_session_is_read_and_nothing_of_its_token_or_talk(
    support: Client, emma: Membership
) -> None:
    token = sessions.start(emma, now=timezone.now())
    row = FrameSession.objects.for_company(emma.company).get()
    row.data = {"messages": "Harbour Dental was invoiced"}
    row.save()

    pages = read(support, "framesession_changelist"), read(support, "framesession_change", row.pk)

    for page in pages:
        assert emma.company.name in page
        for secret in (token, row.token_hash, "Harbour", emma.user.email):
            assert secret not in page
    assert (
        support.post(
            reverse("admin:connections_framesession_change", args=[row.pk]), {"expires_at": "x"}
        ).status_code
        == 403
    )


def test_the_overview_says_how_far_the_invoice_tab_is(support: Client, emma: Membership) -> None:
    page = read(support, "company_change", emma.company.pk)
    assert "Invoice tab in Pipedrive" in page

    row = NativeRegistration.objects.create(
        company=emma.company, state="refused", error_code="forbidden"
    )
    page = read(support, "company_change", emma.company.pk)
    assert "Not granted by Pipedrive</a> · forbidden" in page
    assert reverse("admin:connections_nativeregistration_change", args=[row.pk]) in page

    row.state, row.error_code = "registered", ""
    row.registered_at = timezone.now() - timedelta(days=1)
    row.save()
    assert ">On</a> · " in read(support, "company_change", emma.company.pk)
