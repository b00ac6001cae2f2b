"""Copies of Xero's lists: what pages offer is what Xero has, without asking it each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from connections import access, errors
from connections.models import XeroConnection
from mappings import queries, reference, tasks
from mappings.models import ReferenceList, XeroAccount, XeroItem, XeroTaxRate
from tests.vendors import Connected, Vendors, connect

pytestmark = pytest.mark.django_db

Counter = Callable[..., Any]
ALL = set(ReferenceList.Kind.values)


def refresh(connected: Connected, now: datetime | None = None) -> datetime:
    now = now or timezone.now()
    reference.refresh(connected.connection, now=now)
    return now


def asked(vendors: Vendors) -> list[str]:
    """The lists that Xero was asked for, by path."""
    names = ("/Items", "/Accounts", "/TaxRates", "/BrandingThemes", "/Currencies")
    rows = vendors.control("traffic")
    return sorted(row["path"] for row in rows if row["path"].endswith(names))


def item_codes(connection: XeroConnection) -> set[str]:
    rows = XeroItem.objects.for_company(connection.company)
    return set(rows.filter(connection=connection).values_list("code", flat=True))


def test_one_round_of_five_calls_copies_what_a_sale_can_use(connected: Connected) -> None:
    connected.vendors.control("traffic")

    now = refresh(connected)

    lists = queries.lists_for(connected.connection)
    assert [row.code for row in lists.accounts][:4] == ["200", "201", "260", "270"]
    assert {"090", "205", "610", "800"}.isdisjoint(row.code for row in lists.accounts)
    assert {row.tax_type for row in lists.tax_rates} == {
        "OUTPUT2", "RROUTPUT", "ZERORATEDOUTPUT", "EXEMPTOUTPUT", "ECZROUTPUT", "NONE",
    }  # fmt: skip
    assert lists.branding_themes[0].name == "Standard"
    assert [row.code for row in lists.currencies] == ["EUR", "GBP", "TRY", "USD"]
    assert len(item_codes(connected.connection)) == 13
    assert len(asked(connected.vendors)) == 5
    rows = ReferenceList.objects.for_company(connected.company)
    assert {row.kind: row.refreshed_at for row in rows} == dict.fromkeys(ALL, now)


def test_reading_the_lists_takes_five_queries_however_long_they_are(
    connected: Connected, django_assert_num_queries: Counter
) -> None:
    refresh(connected)
    some = set(
        XeroItem.objects.for_company(connected.company).values_list("xero_item_id", flat=True)
    )

    with django_assert_num_queries(5):
        lists = queries.lists_for(connected.connection, item_ids=some)

    assert len(lists.items) == 12  # all but the one that is not sold


def test_an_item_deleted_in_xero_vanishes_and_an_edited_one_changes(connected: Connected) -> None:
    refresh(connected)
    tenant = connected.connection.tenant_id
    connected.vendors.control(f"xero/{tenant}/items/RUG-WOOL/delete", {})
    connected.vendors.control(f"xero/{tenant}/items/DESK-OAK/edit", {"Name": "Ash desk"})
    before = XeroItem.objects.for_company(connected.company).get(code="DESK-OAK")

    refresh(connected)

    after = XeroItem.objects.for_company(connected.company).get(code="DESK-OAK")
    assert (after.pk, after.name) == (before.pk, "Ash desk")
    assert "ash desk" in after.search_text
    assert "RUG-WOOL" not in item_codes(connected.connection)


def test_a_list_that_does_not_arrive_leaves_its_copy_and_the_others_are_stored(
    connected: Connected,
) -> None:
    first = refresh(connected, timezone.now() - timedelta(days=2))
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "path": "/Accounts$", "kind": "status", "status": 500, "times": None},
    )

    with pytest.raises(errors.ServerError):
        refresh(connected)

    rows = {row.kind: row for row in ReferenceList.objects.for_company(connected.company)}
    assert rows["accounts"].refreshed_at == first
    assert {kind for kind, row in rows.items() if row.refreshed_at != first} == ALL - {"accounts"}
    assert XeroAccount.objects.for_company(connected.company).count() > 0


def test_only_lists_that_were_never_copied_are_fetched_on_the_spot(connected: Connected) -> None:
    reference.refresh(connected.connection, now=timezone.now(), kinds=["items", "currencies"])
    connected.vendors.control("traffic")
    before = len(asked(connected.vendors))

    for _visit in range(2):
        with access.open_xero(connected.connection, now=timezone.now()) as session:
            reference.fetch_missing(session, now=timezone.now())

    assert queries.missing_lists(connected.connection) == ()
    assert len(asked(connected.vendors)) == before + 3


def test_lists_of_one_company_are_not_another_companys(connected: Connected) -> None:
    other = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    refresh(connected)
    refresh(other)

    assert "POMPA-01" in item_codes(other.connection)
    assert "POMPA-01" not in item_codes(connected.connection)
    foreign = set(
        XeroItem.objects.for_company(other.company).values_list("xero_item_id", flat=True)
    )
    assert queries.items_for(connected.connection, foreign) == {}
    assert queries.search_items(connected.connection, "pompa") == ()


@pytest.mark.parametrize(
    ("term", "codes"),
    [
        ("desk-oak", ["DESK-OAK"]),
        ("OAK", ["DESK-OAK"]),
        ("per hour", ["DESIGN", "INSTALL", "PAINT-HR"]),
        ("hour paint", ["PAINT-HR"]),
        ("installation,", ["INSTALL"]),
        ("de", ["DESIGN", "DESK-OAK", "DELIV", "BLIND-ROL"]),
        ("sample", []),  # not sold
        ("d", []),
        (" d ", []),
        ("%", []),
        ("__", []),
        ("%desk%", []),
        ("'; drop", []),
        ("x" * 101, []),
        ("", []),
    ],
)
def test_items_are_found_by_code_name_and_description(
    connected: Connected, term: str, codes: list[str]
) -> None:
    refresh(connected)

    found = [item.code for item in queries.search_items(connected.connection, term)]

    assert sorted(found) == sorted(codes)


@pytest.mark.parametrize(
    ("term", "code"),
    [
        ("YILLIK", "BAKIM"),
        ("yillik bakim", "BAKIM"),
        ("İŞÇİLİĞİ", "MONTAJ"),
        ("basinc SENSÖRÜ", "SENSOR"),
        ("VANA-50", "VANA-50"),
    ],
)
def test_letter_case_and_accents_do_not_count_in_turkish_either(
    vendors: Vendors, term: str, code: str
) -> None:
    anadolu = connect(vendors, "zeynep.kaya@anadolu.example", "anadolu")
    refresh(anadolu)

    found = queries.search_items(anadolu.connection, term)

    assert [item.code for item in found] == [code]


def test_an_exact_code_comes_first_and_the_list_is_capped(connected: Connected) -> None:
    XeroItem.objects.bulk_create(
        XeroItem(
            company=connected.company,
            connection=connected.connection,
            xero_item_id=UUID(int=number),
            code=f"A{number:02}",
            name=f"Part {number}",
            search_text=f"a{number:02} part {number}",
        )
        for number in range(1, 60)
    )

    assert len(queries.search_items(connected.connection, "part")) == 20
    assert queries.search_items(connected.connection, "a42")[0].code == "A42"


def test_each_tick_wakes_a_worker_for_lists_that_have_aged(connected: Connected) -> None:
    now = timezone.now()

    def due(moment: datetime) -> list[int]:
        rows = reference.list_due(age_seconds=86400, now=moment, limit=10)
        return [row.pk for row in rows]

    assert due(now) == [connected.connection.pk]
    refresh(connected, now)
    assert due(now + timedelta(hours=23)) == []
    assert due(now + timedelta(hours=24, seconds=1)) == [connected.connection.pk]


@pytest.mark.parametrize(
    "change",
    [
        {"state": XeroConnection.State.RECONNECT},
        {"pause_until": timezone.now() + timedelta(hours=1)},
    ],
)
def test_a_connection_that_cannot_be_asked_is_left_alone(
    connected: Connected, change: dict[str, Any]
) -> None:
    rows = XeroConnection.objects.across_companies().filter(pk=connected.connection.pk)
    rows.update(**change)

    assert reference.list_due(age_seconds=1, now=timezone.now(), limit=10) == []


def test_two_workers_never_copy_the_same_lists_at_once(connected: Connected) -> None:
    now = timezone.now()

    assert reference.claim(connected.connection, now=now)

    assert not reference.claim(connected.connection, now=now + timedelta(minutes=4))
    assert reference.list_due(age_seconds=1, now=now, limit=10) == []
    assert reference.claim(connected.connection, now=now + timedelta(minutes=6))
    reference.release(connected.connection)
    assert reference.claim(connected.connection, now=now)


def test_the_task_copies_the_lists_and_gives_them_back(connected: Connected) -> None:
    tasks.refresh_connection(connection_id=connected.connection.pk)

    rows = ReferenceList.objects.for_company(connected.company)
    assert {row.kind for row in rows if row.refreshed_at} == ALL
    assert {row.claimed_until for row in rows} == {None}
    assert XeroTaxRate.objects.for_company(connected.company).count() == 6


def test_a_failed_copy_waits_before_it_is_tried_again(connected: Connected) -> None:
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "path": "api.xro", "kind": "status", "status": 503, "times": None},
    )

    tasks.refresh_connection(connection_id=connected.connection.pk)

    now = timezone.now()
    assert reference.list_due(age_seconds=1, now=now, limit=10) == []
    assert reference.list_due(age_seconds=1, now=now + timedelta(minutes=6), limit=10) != []


def test_a_connection_that_is_gone_costs_nothing(db: None) -> None:
    tasks.refresh_connection(connection_id=987654)

    assert ReferenceList.objects.across_companies().count() == 0
