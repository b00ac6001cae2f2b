"""Organizations, persons, products, fields and users, asked and read (pipedrive-api §1.6, §3)."""

from decimal import Decimal
from typing import Any

import pytest

from connections.pipedrive import types
from connections.tests import wire
from connections.tests.pipedrive_wire import pipedrive, told


def test_an_organization_may_have_its_address_in_parts_or_as_text_or_not_at_all() -> None:
    parts = {"value": "1 High St, Leeds", "route": "High St", "postal_code": None}
    rows = [
        {"id": 9, "name": "Harbour Dental", "address": address}
        for address in (parts, "1 High St", None)
    ]

    with wire.serve(*map(told, rows)) as server:
        read = [pipedrive(server.url).get_organization(9).address for _ in rows]

    assert read == [
        types.Address(value="1 High St, Leeds", route="High St"),
        types.Address(value="1 High St"),
        None,
    ]


@pytest.mark.parametrize(
    ("emails", "primary"),
    [
        ([], ""),
        (None, ""),
        ([{"value": "", "primary": True, "label": "work"}], ""),
        ([{"value": "a@x", "primary": False}, {"value": "b@x", "primary": True}], "b@x"),
        ([{"value": "a@x", "primary": False}, {"value": " ", "primary": True}], "a@x"),
        ([{"value": " a@x ", "primary": True, "label": "work"}], "a@x"),
    ],
)
def test_a_persons_address_is_the_primary_one_that_is_filled_in(emails: Any, primary: str) -> None:
    with wire.serve(told({"id": 7, "name": "Şule", "emails": emails})) as server:
        person = pipedrive(server.url).get_person(7)

    assert person.primary_email == primary


def test_products_are_asked_for_a_hundred_at_a_time_and_missing_ones_are_skipped() -> None:
    row = {
        "id": 1,
        "name": "Oak desk",
        "code": "DESK-OAK",
        "tax": 20,
        "prices": [{"product_id": 1, "price": 250.5, "currency": "GBP"}],
    }

    with wire.serve(told([row])) as server:
        products = pipedrive(server.url).list_products([*range(1, 102), 1])
        one = wire.answer(200, {"success": True, "data": row})
    with wire.serve(one) as other:
        product = pipedrive(other.url).get_product(1)

    assert [len(request.query["ids"].split(",")) for request in server.requests] == [100, 1]
    assert products == (product, product)
    assert product.prices == (types.ProductPrice("GBP", Decimal("250.5")),)
    assert other.requests[0].target == "/api/v2/products/1"


@pytest.mark.parametrize(
    ("entity", "path"),
    [
        ("deal", "dealFields"),
        ("person", "personFields"),
        ("organization", "organizationFields"),
        ("product", "productFields"),
    ],
)
def test_the_fields_of_an_entity_are_read_with_options_and_parts(
    entity: types.Entity, path: str
) -> None:
    segment = {
        "field_name": "Segment",
        "field_code": "b" * 40,
        "field_type": "enum",
        "options": [{"id": 1, "label": "Retail"}, {"id": "x", "label": "Odd"}],
        "subfields": None,
        "is_custom_field": True,
    }
    address = {
        "field_name": "Address",
        "field_code": "address",
        "field_type": "address",
        "options": None,
        "subfields": [{"field_code": "route", "field_name": "Street", "field_type": "varchar"}],
        "is_custom_field": False,
    }

    with wire.serve(told([segment], next_cursor="c2"), told([address])) as server:
        fields = pipedrive(server.url).list_fields(entity)

    assert [request.path for request in server.requests] == [f"/api/v2/{path}"] * 2
    assert fields == (
        types.Field(
            "b" * 40,
            "Segment",
            "enum",
            True,
            (types.FieldOption(1, "Retail"), types.FieldOption("x", "Odd")),
            (),
        ),
        types.Field(
            "address",
            "Address",
            "address",
            False,
            (),
            (types.Subfield("route", "Street", "varchar"),),
        ),
    )


def test_the_user_and_the_company_of_a_grant_are_read() -> None:
    row = {
        "id": 101,
        "name": "Emma Clarke",
        "email": "emma@x.example",
        "access": [{"app": "sales", "admin": True}, {"app": "global", "admin": False}],
        "timezone_name": "Europe/London",
        "company_id": 7001,
        "company_name": "Brightside",
        "company_domain": "brightside",
        "company_country": "GB",
        "default_currency": "GBP",
        "language": {"language_code": "en", "country_code": "GB"},
        "active_flag": True,
    }
    admin = row | {"access": [{"app": "account_settings", "admin": True}]}

    with wire.serve(told(row), told(admin), told([row, admin]), told(None)) as server:
        pipe = pipedrive(server.url)
        me, me_as_admin, users, nobody = (
            pipe.get_me(),
            pipe.get_me(),
            pipe.list_users(),
            pipe.list_users(),
        )

    assert me == types.Me(
        id=101,
        name="Emma Clarke",
        email="emma@x.example",
        is_admin=False,
        language="en",
        timezone_name="Europe/London",
        company_id=7001,
        company_name="Brightside",
        company_domain="brightside",
        company_country="GB",
        default_currency="GBP",
    )
    assert me_as_admin.is_admin
    assert [user.is_admin for user in users] == [False, True]
    assert nobody == ()
    assert {request.target for request in server.requests} == {"/api/v1/users/me", "/api/v1/users"}


def test_a_custom_currency_is_told_from_a_real_one() -> None:
    row = {"id": 2, "code": "EUR", "name": "Euro", "decimal_points": 2, "active_flag": True}

    with wire.serve(told([row | {"is_custom_flag": flag} for flag in (False, True)])) as server:
        currencies = pipedrive(server.url).list_currencies()

    assert server.requests[0].target == "/api/v1/currencies"
    assert currencies == (
        types.Currency("EUR", "Euro", 2, True, False),
        types.Currency("EUR", "Euro", 2, True, True),
    )
