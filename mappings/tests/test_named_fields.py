"""Custom fields that hold a user, an organization or a person fill an invoice by name (R-9)."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from invoices.models import Deal
from invoices.tests.dialog_page import DialogPage
from mappings.tests.preferences_walk import (
    EXAMPLE,
    custom_code,
    page,
    save,
    shown,
    sign_in,
    text_of,
)
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
REFIT = 1
OLIVIA, NORTHGATE, GEORGE = 103, 2, 2


def _set(connected: Connected, entity: str, name: str, value: int | None) -> str:
    """Fill a custom field of the deal, or of its organization, and return its picker's value."""
    code = custom_code(connected, entity, name)
    path = f"pipedrive/{connected.company.pipedrive_company_id}/"
    path += f"deals/{REFIT}" if entity == "deal" else f"{entity}s/1"
    body = {"custom_fields": {code.split(":")[1]: value}}
    connected.vendors.control(path, body)
    return code


@pytest.mark.parametrize(
    ("entity", "field", "value", "name"),
    [
        ("deal", "Designer", OLIVIA, "Olivia Grant"),
        ("deal", "Site organization", NORTHGATE, "Northgate Hotels"),
        ("deal", "Site contact", GEORGE, "George Whitlock"),
        ("organization", "Account manager", OLIVIA, "Olivia Grant"),
    ],
)
def test_a_field_that_holds_an_id_is_shown_and_used_by_its_name(
    connected: Connected, entity: str, field: str, value: int, name: str
) -> None:
    client = sign_in(connected.user)
    code = _set(connected, entity, field, value)
    page(client)

    live = text_of(client.get(EXAMPLE, {"target": "to", "to": code}))
    saved = save(client, to=code)

    assert name in live
    assert saved.status_code == 302
    assert shown(page(client), "to") == f"Example: {name}"
    assert DialogPage(client, REFIT).fields["to"] == [name]


@pytest.mark.parametrize("value", [None, 9_999])
def test_an_id_that_nobody_sees_leaves_the_field_blank(
    connected: Connected, value: int | None
) -> None:
    client = sign_in(connected.user)
    code = _set(connected, "deal", "Site contact", value)
    save(client, to=code)

    dialog = DialogPage(client, REFIT)

    assert dialog.response.status_code == 200
    assert dialog.fields["to"] == [""]


def test_names_that_do_not_arrive_keep_no_dialog_shut(connected: Connected) -> None:
    client = sign_in(connected.user)
    code = _set(connected, "deal", "Designer", OLIVIA)
    save(client, to=code)
    ill = {"vendor": "pipedrive", "path": "/api/v1/users$", "kind": "status", "status": 500}
    connected.vendors.control("faults", ill | {"times": None})
    cache.clear()

    dialog = DialogPage(client, REFIT)

    assert dialog.response.status_code == 200
    assert dialog.fields["to"] == [""]


def test_a_dialog_without_such_a_field_asks_for_no_names(connected: Connected) -> None:
    client = sign_in(connected.user)
    before = len(connected.vendors.control("traffic?vendor=pipedrive"))

    DialogPage(client, REFIT)

    asked = connected.vendors.control("traffic?vendor=pipedrive")[before:]
    assert not [each["path"] for each in asked if each["path"].endswith("/users")]
    assert len(asked) == 5


def test_names_read_for_a_mapping_are_not_taken_for_those_of_owners(connected: Connected) -> None:
    cache.clear()
    client = sign_in(connected.user)
    code = _set(connected, "deal", "Designer", OLIVIA)
    assert "Olivia Grant" in text_of(client.get(EXAMPLE, {"target": "to", "to": code}))

    client.get(f"/deals/{REFIT}/")

    # Only a worker's list of them is fit to be stored (no NUL, no more than the column takes).
    deal = Deal.objects.for_company(connected.company).get(deal_id=REFIT)
    assert (deal.owner_id is not None, deal.owner_name) == (True, "")
