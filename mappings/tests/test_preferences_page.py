"""The preferences page: what an admin chooses, saves and is told (M-9 to M-14)."""

from __future__ import annotations

import re

import pytest
from constance import config
from django.utils import timezone

from connections.models import AuditEvent, XeroConnection
from mappings.models import FieldMapping, InvoicePreferences, XeroBrandingTheme
from mappings.tests.preferences_walk import (
    PAGE,
    break_pipedrive,
    custom_code,
    forget_cached_lists,
    page,
    save,
    saved,
    selected,
    shown,
    sign_in,
    text_of,
)
from mappings.types import FieldSource, Preferences
from tests.vendors import Connected

pytestmark = pytest.mark.django_db


def test_it_opens_with_the_suggested_fields_and_a_real_example(connected: Connected) -> None:
    html = page(sign_in(connected.user))

    assert "Reception refit — Harbour Dental" in html
    assert shown(html, "to") == "Example: Harbour Dental Ltd"
    assert shown(html, "address") == (
        "Example: 14 Quayside, BS1 4ST Bristol, England, United Kingdom"
    )
    assert shown(html, "email") == "Example: lucy.bennett@harbourdental.example"
    assert shown(html, "tax_number") == "Stays empty on invoices."
    assert [selected(html, name) for name in ("to", "address", "email", "tax_number")] == [
        "organization:name", "organization:address", "person:email", "",
    ]  # fmt: skip
    year = timezone.now().year
    assert shown(html, "due_days") == f"Example: issued 13 Mar {year}, due 20 Mar {year}"


def test_pickers_offer_real_fields_custom_ones_and_useful_parts(connected: Connected) -> None:
    html = page(sign_in(connected.user))

    select = re.search(r'<select name="tax_number".*?</select>', html, re.DOTALL)
    assert select is not None
    for label in ("Organization", "Person", "Deal"):
        assert f'<optgroup label="{label}">' in select[0]
    named = ("Designer", "Site organization", "Site contact", "Account manager")
    for label in ("VAT number", "Accounts e-mail", "PO number", "Segment", "National ID", *named):
        assert f"– {label}</option>" in select[0]
    assert ">Organization – ZIP/Postal code of Address</option>" in select[0]
    # What no invoice needs is not offered.
    for label in ("Owner", "Visible to", "Stage"):
        assert f"– {label}</option>" not in select[0]


def test_xeros_lists_are_copied_on_the_first_visit_and_offered(connected: Connected) -> None:
    html = page(sign_in(connected.user))

    assert '<option value="200">200 Sales</option>' in html
    assert "Business Bank Account" not in html
    assert '<option value="OUTPUT2">20% (VAT on Income)</option>' in html
    assert ">Very orange invoice!</option>" in html


def test_a_first_visit_and_a_later_one_cost_few_calls(connected: Connected) -> None:
    client = sign_in(connected.user)
    connected.vendors.control("traffic")

    def calls(vendor: str) -> int:
        rows = connected.vendors.control("traffic")
        return sum(row["vendor"] == vendor and "/api" in row["path"] for row in rows)

    before = calls("xero"), calls("pipedrive")
    page(client)
    first = calls("xero"), calls("pipedrive")
    page(client)
    second = calls("xero"), calls("pipedrive")

    # One of Pipedrive's seven asks for the names of users, which are kept for a while.
    assert (first[0] - before[0], first[1] - before[1]) == (5, 7)
    assert (second[0] - first[0], second[1] - first[1]) == (0, 6)


def test_saving_stores_one_set_for_the_company(connected: Connected) -> None:
    vat = custom_code(connected, "organization", "VAT number")
    theme = XeroBrandingTheme.objects.for_company(connected.company).get(name="Trade customers")

    answer = save(
        sign_in(connected.user),
        tax_number=vat,
        address="organization:address:locality",
        email="",
        due_days="30",
        tax_mode="Inclusive",
        account_code="260",
        tax_type="RROUTPUT",
        branding_theme_id=str(theme.branding_theme_id),
    )

    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    preferences, sources = saved(connected)
    assert preferences == Preferences(
        30,
        "Inclusive",
        "260",
        "RROUTPUT",
        theme.branding_theme_id,
        # A box that was not ticked is off, also the one that starts ticked.
        native_can_email=False,
        version=1,
        is_saved=True,
    )
    assert sources == {
        "to": FieldSource("to", "organization", "name", "", "Name"),
        "address": FieldSource(
            "address", "organization", "address", "locality",
            "City/town/village/locality of Address",
        ),
        "tax_number": FieldSource(
            "tax_number", "organization", vat.split(":")[1], "", "VAT number"
        ),
    }  # fmt: skip


def test_after_saving_the_page_shows_what_was_saved(connected: Connected) -> None:
    vat = custom_code(connected, "organization", "VAT number")
    client = sign_in(connected.user)
    save(client, tax_number=vat, due_days="0", email="")

    html = page(client)

    assert "The preferences are saved." in html
    assert selected(html, "tax_number") == vat
    assert shown(html, "tax_number") == "Example: GB 998 2211 40"
    assert (selected(html, "email"), selected(html, "account_code")) == ("", "200")
    assert "due 13 Mar" in shown(html, "due_days")
    assert 'name="version" value="1"' in html


def test_each_save_is_audited_with_codes_only(connected: Connected) -> None:
    client = sign_in(connected.user)
    page(client)
    save(client)
    save(client, due_days="14", version="1")

    first, second = AuditEvent.objects.filter(event="preferences.saved").order_by("pk")

    assert (first.company, first.actor, first.before) == (connected.company, connected.user, {})
    assert (second.before["due_days"], second.after["due_days"]) == (7, 14)
    assert second.after["fields"] == {
        "to": "organization:name",
        "address": "organization:address",
        "email": "person:email",
    }


def test_two_admins_at_once_do_not_overwrite_each_other(connected: Connected) -> None:
    client = sign_in(connected.user)
    page(client)
    assert save(client, due_days="10").status_code == 302

    for version in ("0", "9"):
        answer = save(client, due_days="20", version=version)
        assert answer.status_code == 422
        assert "Somebody else saved the preferences in the meantime." in text_of(answer)
        assert 'value="20"' in text_of(answer)

    assert saved(connected)[0].due_days == 10
    assert AuditEvent.objects.filter(event="preferences.saved").count() == 1


@pytest.mark.parametrize(
    "typed",
    ["-1", "366", "7.5", "7,5", "yedi", "", "  ", "1e2", "٧", "７", "0x7", "9" * 50, "7\x00"],
)
def test_days_that_are_no_whole_number_to_365_are_refused_beside_the_field(
    connected: Connected, typed: str
) -> None:
    answer = save(sign_in(connected.user), due_days=typed, tax_mode="Inclusive")

    html = text_of(answer)
    assert answer.status_code == 422
    assert re.search(r'id="preferences_due_days_error"', html)
    assert selected(html, "tax_mode") == "Inclusive"
    assert InvoicePreferences.objects.for_company(connected.company).count() == 0
    assert FieldMapping.objects.for_company(connected.company).count() == 0


@pytest.mark.parametrize("typed", ["0", "365", " 14 ", "007"])
def test_whole_days_are_taken(connected: Connected, typed: str) -> None:
    assert save(sign_in(connected.user), due_days=typed).status_code == 302
    assert saved(connected)[0].due_days == int(typed)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to", ""),
        ("to", "organization:no_such_field"),
        ("to", f"organization:{'0' * 40}"),
        ("address", "product:name"),
        ("email", "organization:email"),  # another entity's field
        ("tax_number", "deal:owner_id"),
        ("tax_number", "organization:address:route:extra"),
        ("tax_number", "' OR 1=1 --"),
        ("to", "<script>alert(1)</script>"),
        ("tax_mode", "Gross"),
        ("account_code", "090"),  # a bank account
        ("account_code", "999"),
        ("tax_type", "INPUT2"),  # for purchases
        ("branding_theme_id", "00000000-0000-4000-8000-000000000000"),
        ("branding_theme_id", "{}"),
        ("version", "-1"),
        ("version", "x"),
        ("version", "9" * 40),
    ],
)
def test_what_is_not_offered_is_refused_and_nothing_is_stored(
    connected: Connected, field: str, value: str
) -> None:
    answer = save(sign_in(connected.user), **{field: value, "due_days": "21"})

    assert answer.status_code == 422
    assert "<script>alert" not in answer.content.decode()
    assert 'value="21"' in text_of(answer)
    assert InvoicePreferences.objects.for_company(connected.company).count() == 0


def test_a_post_without_any_field_is_refused(connected: Connected) -> None:
    answer = sign_in(connected.user).post(PAGE, {})

    assert answer.status_code == 422
    assert InvoicePreferences.objects.for_company(connected.company).count() == 0


def test_a_mapped_field_deleted_in_pipedrive_turns_its_row_red(connected: Connected) -> None:
    vat = custom_code(connected, "organization", "VAT number")
    client = sign_in(connected.user)
    save(client, tax_number=vat)
    company_id = connected.company.pipedrive_company_id
    connected.vendors.control(
        f"pipedrive/{company_id}/fields/organization/{vat.split(':')[1]}/delete", {}
    )

    html = page(client)
    again = save(client, tax_number=vat, version="1", due_days="9")

    assert "mapping--gone" in html
    assert "VAT number (deleted in Pipedrive)" in html
    assert selected(html, "tax_number") == vat
    assert again.status_code == 422
    assert "This field was deleted in Pipedrive. Choose another." in text_of(again)
    preferences, sources = saved(connected)
    assert (preferences.due_days, sources["tax_number"].field_name) == (7, "VAT number")
    assert save(client, tax_number="", version="1").status_code == 302
    assert "mapping--gone" not in page(client)


def test_a_saved_account_that_left_xero_is_said(connected: Connected) -> None:
    client = sign_in(connected.user)
    page(client)
    save(client)
    InvoicePreferences.objects.for_company(connected.company).update(account_code="777")

    html = page(client)

    assert "What was saved here is no longer in Xero." in html
    assert selected(html, "account_code") == ""


def test_pipedrive_down_shows_the_saved_choice_and_says_so(connected: Connected) -> None:
    vat = custom_code(connected, "organization", "VAT number")
    client = sign_in(connected.user)
    save(client, tax_number=vat)
    forget_cached_lists()
    break_pipedrive(connected)

    html = page(client)

    assert "Pipedrive does not answer just now" in html
    assert selected(html, "tax_number") == vat
    assert ">Organization – VAT number</option>" in html
    assert "mapping--gone" not in html
    # Other choices can still be saved; what cannot be seen is kept.
    assert save(client, tax_number=vat, due_days="3", version="1").status_code == 302
    preferences, sources = saved(connected)
    assert (preferences.due_days, sources["tax_number"].field_name) == (3, "VAT number")


def test_xero_down_before_its_lists_were_ever_copied_keeps_what_was_saved(
    connected: Connected,
) -> None:
    InvoicePreferences.objects.create(
        company=connected.company,
        account_code="200",
        tax_type="OUTPUT2",
        saved_at=timezone.now(),
    )
    connected.vendors.control(
        "faults",
        {"vendor": "xero", "path": "api.xro", "kind": "status", "status": 503, "times": None},
    )
    client = sign_in(connected.user)

    html = page(client)

    assert "Xero does not answer just now" in html
    assert selected(html, "account_code") == "200"
    assert save(client, version="1", due_days="5").status_code == 302
    assert saved(connected)[0].account_code == "200"


def test_without_xero_the_fields_can_be_chosen_already(connected: Connected) -> None:
    rows = XeroConnection.objects.for_company(connected.company)
    rows.update(state=XeroConnection.State.ENDED)
    client = sign_in(connected.user)

    assert "Xero is not connected" in page(client)
    assert save(client, account_code="", tax_type="").status_code == 302


def test_an_admin_switches_on_that_paid_invoices_are_voided(connected: Connected) -> None:
    client = sign_in(connected.user)
    assert "Void paid invoices" in page(client)

    save(client, can_void_paid="on")
    is_on = saved(connected)[0].can_void_paid
    shown_on = page(client)
    save(client, version="1")

    assert is_on
    assert re.search(r'<input[^>]*name="can_void_paid"[^>]*checked', shown_on)
    assert not saved(connected)[0].can_void_paid
    told = AuditEvent.objects.filter(event="preferences.saved").order_by("pk")
    assert [each.after["can_void_paid"] for each in told] == [True, False]


def test_it_says_so_while_support_keeps_paid_invoices_from_being_voided(
    connected: Connected,
) -> None:
    client = sign_in(connected.user)
    config.VOID_PAID_INVOICES = False
    off = page(client)
    config.VOID_PAID_INVOICES = True

    assert "switched this off for all companies" in off
    assert "switched this off for all companies" not in page(client)
