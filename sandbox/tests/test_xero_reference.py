"""Lists that are only read: organisation, actions, users, chart, rates, themes, items."""

from decimal import Decimal

import pytest

from sandbox.tests.conftest import Sandbox
from sandbox.tests.xero_client import Xero, tenant_of


def test_the_organisation_tells_who_it_is(sandbox: Sandbox) -> None:
    turkish = Xero.connect(sandbox, email="zeynep.kaya@anadolu.example", slug="anadolu")

    facts = turkish.get("Organisation")["Organisations"][0]

    assert facts["OrganisationID"] == tenant_of("anadolu")
    assert (facts["Name"], facts["BaseCurrency"], facts["Version"], facts["ShortCode"]) == (
        "Anadolu Teknik A.Ş.", "TRY", "GLOBAL", "!Anad0",
    )  # fmt: skip
    assert "APIKey" not in facts


@pytest.mark.parametrize(
    ("email", "slug", "approves", "pays"),
    [
        ("emma.clarke@brightside.example", "brightside", "ALLOWED", "ALLOWED"),
        ("olivia.grant@brightside.example", "brightside", "ALLOWED", "ALLOWED"),
        ("mehmet.yilmaz@brightside.example", "brightside", "ALLOWED", "NOT-ALLOWED"),
        ("noor.haddad@brightside.example", "brightside", "NOT-ALLOWED", "NOT-ALLOWED"),
        ("pat.quill@demo.example", "demo", "ALLOWED", "ALLOWED"),
    ],
)
def test_actions_follow_the_role(
    sandbox: Sandbox, email: str, slug: str, approves: str, pays: str
) -> None:
    xero = Xero.connect(sandbox, email=email, slug=slug)

    actions = {a["Name"]: a["Status"] for a in xero.get("Organisation/Actions")["Actions"]}

    assert actions["CreateApprovedInvoice"] == approves
    assert actions["CreateInvoicePayment"] == pays


def test_users_carry_their_roles(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)

    users = {u["EmailAddress"]: u for u in xero.get("Users")["Users"]}

    me = users["emma.clarke@brightside.example"]
    assert me["UserID"] == xero.grant["xero_userid"]
    assert me["OrganisationRole"] == "STANDARD"
    assert users["mehmet.yilmaz@brightside.example"]["OrganisationRole"] == "INVOICEONLY"
    assert xero.get(f"Users/{me['UserID']}")["Users"] == [me]


def test_the_sales_accounts_can_be_picked_out(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)

    rows = xero.get("Accounts", where='Class=="REVENUE" AND Status=="ACTIVE"')["Accounts"]

    assert [row["Code"] for row in rows] == ["200", "201", "260", "270"]
    every = {row["Code"]: row for row in xero.get("Accounts")["Accounts"]}
    assert every["610"]["SystemAccount"] == "DEBTORS"
    assert every["090"]["Type"] == "BANK"
    assert every["205"]["Status"] == "ARCHIVED"


def test_tax_rates_have_exact_rates_and_components(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox, email="pat.quill@demo.example", slug="demo")

    rates = {rate["TaxType"]: rate for rate in xero.get("TaxRates")["TaxRates"]}

    assert rates["TAX001"]["EffectiveRate"] == Decimal("8.8670")
    assert rates["TAX001"]["TaxComponents"][1]["IsCompound"] is True
    assert rates["TAX002"]["Status"] == "ARCHIVED"
    assert rates["INPUT"]["CanApplyToRevenue"] is False


def test_themes_and_currencies(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)

    themes = xero.get("BrandingThemes")["BrandingThemes"]
    currencies = xero.get("Currencies")["Currencies"]

    assert [(t["SortOrder"], t["Name"]) for t in themes] == [
        (1, "Standard"), (2, "Very orange invoice!"), (3, "Trade customers"),
    ]  # fmt: skip
    assert [c["Code"] for c in currencies] == ["GBP", "EUR", "USD", "TRY"]


def test_items_can_be_changed_and_vanish_when_deleted(sandbox: Sandbox) -> None:
    xero = Xero.connect(sandbox)
    before = xero.get("Items")["Items"]
    path = f"xero/{xero.tenant_id}/items"

    sandbox.control("POST", f"{path}/LAMP-LED/edit", {"Name": "LED lamp, new", "IsSold": False})
    sandbox.control("POST", f"{path}/RUG-WOOL/delete")

    after = {item["Code"]: item for item in xero.get("Items")["Items"]}
    assert len(before) == 13
    assert len(after) == 12
    assert after["LAMP-LED"]["Name"] == "LED lamp, new"
    assert after["LAMP-LED"]["IsSold"] is False
    assert xero.send("GET", "Items/RUG-WOOL").status_code == 404
    line = xero.element()["LineItems"][0] | {"ItemCode": "RUG-WOOL"}
    refused = xero.send("PUT", "Invoices", {"Invoices": [xero.element(LineItems=[line])]})
    assert "Item code 'RUG-WOOL' is not valid" in refused.text
