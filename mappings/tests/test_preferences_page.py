"""The preferences page, as an admin, a rep, a stranger and another company use it (M-9 to M-14)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from connections.models import AuditEvent, Membership, User, XeroConnection
from mappings import queries
from mappings.models import FieldMapping, InvoicePreferences, XeroBrandingTheme
from mappings.types import FieldSource, Preferences
from tests.vendors import Connected, connect

pytestmark = pytest.mark.django_db

PAGE = "/settings/preferences/"
EXAMPLE = f"{PAGE}example/"
DUE = f"{PAGE}due-example/"
Counter = Callable[..., Any]


def sign_in(user: User, language: str = "en") -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["ib_language"] = language
    return client


def page(client: Client, **given: Any) -> str:
    answer = client.get(PAGE, **given)
    assert answer.status_code == 200, answer.status_code
    return text_of(answer)


def text_of(answer: Any) -> str:
    return unescape(answer.content.decode())


def shown(html: str, target: str) -> str:
    """What the example under a picker says."""
    found = re.search(rf'id="example_{target}".*?</p>', html, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]*>", " ", found[0].split(">", 1)[1]).split())


def selected(html: str, name: str) -> str:
    select = re.search(rf'<select name="{name}".*?</select>', html, re.DOTALL)
    assert select is not None
    option = re.search(r'<option value="([^"]*)" selected', select[0])
    return option[1] if option else ""


def custom_code(connected: Connected, entity: str, name: str) -> str:
    """The code of a custom field, as the page offers it."""
    html = page(sign_in(connected.user))
    found = re.search(
        rf'<option value="({entity}:[0-9a-f]{{40}})"[^>]*>[^<]* – {name}</option>', html
    )
    assert found is not None
    return found[1]


def form(**given: str) -> dict[str, str]:
    return {
        "to": "organization:name",
        "address": "organization:address",
        "email": "person:email",
        "tax_number": "",
        "due_days": "7",
        "tax_mode": "Exclusive",
        "account_code": "200",
        "tax_type": "OUTPUT2",
        "branding_theme_id": "",
        "version": "0",
        **given,
    }


def save(client: Client, **given: str) -> Any:
    return client.post(PAGE, form(**given))


def saved(connected: Connected) -> tuple[Preferences, dict[str, FieldSource]]:
    preferences = queries.preferences_for(connected.company)
    sources = queries.mappings_for(connected.company, preferences)
    return preferences, {source.target: source for source in sources}


def colleague(connected: Connected, email: str, role: str) -> Client:
    return sign_in(connect(connected.vendors, email, None, role=role).user)


def break_pipedrive(connected: Connected, path: str = "/api/") -> None:
    connected.vendors.control(
        "faults",
        {"vendor": "pipedrive", "path": path, "kind": "status", "status": 500, "times": None},
    )


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
    for label in ("VAT number", "Accounts e-mail", "PO number", "Segment", "National ID"):
        assert f"– {label}</option>" in select[0]
    assert ">Organization – ZIP/Postal code of Address</option>" in select[0]
    # Fields that hold an id, or that no invoice needs, are not offered.
    for label in ("Owner", "Designer", "Visible to", "Site organization", "Stage"):
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

    assert (first[0] - before[0], first[1] - before[1]) == (5, 6)
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
        30, "Inclusive", "260", "RROUTPUT", theme.branding_theme_id, version=1, is_saved=True
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


def forget_cached_lists() -> None:
    cache.clear()


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


def test_reps_see_the_preferences_and_cannot_change_them(connected: Connected) -> None:
    rep = colleague(connected, "mehmet.yilmaz@brightside.example", Membership.Role.REP)

    html = page(rep)
    answer = save(rep, due_days="1")

    assert "Only an admin of your company can change these." in html
    assert re.search(r'<select name="to"[^>]* disabled', html)
    assert ">Save<" not in html
    assert answer.status_code == 403
    assert InvoicePreferences.objects.for_company(connected.company).count() == 0


def test_a_stranger_signs_in_first(client: Client) -> None:
    for address in (PAGE, EXAMPLE, DUE):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_somebody_without_a_company_is_shown_how_to_connect_one(db: None) -> None:
    client = sign_in(User.objects.create_user("new@nowhere.example"))

    for address in (PAGE, EXAMPLE, DUE):
        assert client.get(address)["Location"] == "/settings/connections/"


def test_another_companys_admin_sees_and_saves_only_their_own(connected: Connected) -> None:
    save(sign_in(connected.user), due_days="44")
    other = connect(connected.vendors, "zeynep.kaya@anadolu.example", "anadolu")
    client = sign_in(other.user)

    html = page(client)

    assert "Harbour Dental" not in html
    assert 'value="44"' not in html
    assert save(client, account_code="200", tax_type="TAX001", due_days="15").status_code == 302
    assert saved(connected)[0].due_days == 44
    assert saved(other)[0].due_days == 15


def test_each_person_sees_an_example_of_their_own(connected: Connected) -> None:
    page(sign_in(connected.user))
    noor = colleague(connected, "noor.haddad@brightside.example", Membership.Role.REP)

    html = page(noor)

    assert "Reception refit" not in html
    assert "Staff room — Harbour Dental" in html


def test_an_example_follows_the_picker_without_new_calls(connected: Connected) -> None:
    client = sign_in(connected.user)
    vat = custom_code(connected, "organization", "VAT number")
    before = len(connected.vendors.control("traffic"))

    found = {
        value: shown(
            text_of(client.get(EXAMPLE, {"target": "tax_number", "tax_number": value})),
            "tax_number",
        )
        for value in (
            vat,
            "person:last_name",
            "deal:value",
            "deal:expected_close_date",
            "",
            "deal:nonsense",
            "x" * 5000,
        )
    }

    assert list(found.values()) == [
        "Example: GB 998 2211 40",
        "Example: Bennett",
        "Example: 3475.2 GBP",
        "Empty on this deal.",
        "Stays empty on invoices.",
        "Stays empty on invoices.",
        "Stays empty on invoices.",
    ]
    assert len(connected.vendors.control("traffic")) == before


@pytest.mark.parametrize("target", ["", "due_days", "TO", "<b>"])
def test_an_example_for_no_such_row_is_refused(connected: Connected, target: str) -> None:
    answer = sign_in(connected.user).get(EXAMPLE, {"target": target})

    assert (answer.status_code, answer.content) == (400, b"")


def test_an_example_says_when_pipedrive_is_down(connected: Connected) -> None:
    forget_cached_lists()
    break_pipedrive(connected)

    answer = sign_in(connected.user).get(EXAMPLE, {"target": "to", "to": "organization:name"})

    assert "Pipedrive does not answer" in text_of(answer)


@pytest.mark.parametrize(
    ("days", "expected"),
    [("7", "due 20 Mar"), ("0", "due 13 Mar"), ("yedi", "Enter a whole number"), ("", "Enter")],
)
def test_the_due_date_example_follows_what_is_typed(
    connected: Connected, days: str, expected: str
) -> None:
    answer = sign_in(connected.user).get(DUE, {"due_days": days})

    assert expected in shown(text_of(answer), "due_days")


def test_opening_it_takes_few_queries(
    connected: Connected, django_assert_max_num_queries: Counter
) -> None:
    client = sign_in(connected.user)
    page(client)

    with django_assert_max_num_queries(14):
        page(client)


def test_a_member_who_never_connected_pipedrive_still_sees_what_is_saved(
    connected: Connected,
) -> None:
    user = User.objects.create_user("books@brightside.example")
    Membership.objects.create(company=connected.company, user=user, role=Membership.Role.ACCOUNTANT)

    html = page(sign_in(user))

    assert "Your Pipedrive account is not connected" in html
    assert selected(html, "to") == "organization:name"
