"""Whoever tests us from outside gets companies whose secrets they know (T-3)."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from connections import vault
from connections.models import Company, User, XeroAuthorisation, XeroConnection
from invoices.tests import world as w
from tests.vendors import Connected, Vendors

pytestmark = pytest.mark.django_db


def test_each_company_is_connected_and_can_send(vendors: Vendors) -> None:
    told = seed(2)

    assert [each["email"] for each in told] == ["admin@crowd-1.example", "admin@crowd-2.example"]
    assert Company.objects.count() == 2
    for each in told:
        connection = XeroConnection.objects.across_companies().get(pk=each["connection_id"])
        authorisation = XeroAuthorisation.objects.get(pk=connection.authorisation_id)
        sealed = vault.open_sealed(
            authorisation.refresh_token, row=authorisation, field="refresh_token"
        )
        assert sealed.reveal() == each["secrets"]["xero_refresh_token"]
        user = User.objects.get(email=each["email"])
        assert user.check_password(each["password"])
        world = Connected(connection.company, user.memberships.get(), connection, vendors)
        assert w.send(w.press(world), now=timezone.now()).state == "done"


def test_seeding_again_makes_nobody_twice(vendors: Vendors) -> None:
    seed(1)

    seed(2)

    assert Company.objects.count() == 2


def test_a_production_is_never_seeded(settings: Any) -> None:
    settings.IS_DEMO = False

    with pytest.raises(CommandError, match="demo"):
        call_command("seed_companies", "1")


def test_a_seeded_admin_signs_in_and_sees_their_deals(vendors: Vendors, client: Client) -> None:
    (told,) = seed(1)
    client.force_login(User.objects.get(email=told["email"]))

    answer = client.get("/deals/")

    assert answer.status_code == 200
    assert "Desks 1" in answer.content.decode()


def seed(count: int) -> list[dict[str, Any]]:
    said = StringIO()
    call_command("seed_companies", str(count), stdout=said)
    return [json.loads(line) for line in said.getvalue().splitlines()]
