"""Brightside Interiors (7001): furniture and fitting, pounds, and every odd case there is."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from sandbox.pipedrive.models import Company, Organization, Product, User
from sandbox.pipedrive.seed.books import Books, CustomFields, address, line

CUSTOM_FIELDS: CustomFields = {
    "deal": [
        ("PO number", "varchar", None),
        ("Invoice e-mail", "varchar", None),
        ("Segment", "enum", ["Home", "Office", "Hospitality", "Public sector"]),
        ("Extras", "set", ["Delivery", "Assembly", "Removal of old furniture"]),
        ("Budget", "monetary", None),
        ("Handover date", "date", None),
        ("Fitting window", "daterange", None),
        ("Site organization", "org", None),
        ("Site contact", "people", None),
        ("Designer", "user", None),
        ("Floor area", "double", None),
        ("Brief", "text", None),
    ],
    "person": [
        ("National ID", "varchar", None),
        ("Home address", "address", None),
        ("Birthday", "date", None),
    ],
    "organization": [
        ("VAT number", "varchar", None),
        ("Billing address", "address", None),
        ("Accounts e-mail", "varchar", None),
        ("Account manager", "user", None),
        ("Customer since", "date", None),
    ],
    "product": [("Lead time in days", "double", None)],
}


def seed() -> None:
    """Fill company 7001."""
    company = Company.objects.create(
        id=7001,
        name="Brightside Interiors",
        domain="brightside",
        default_currency="GBP",
        country="GB",
        time_zone="Europe/London",
    )
    people = _users(company)
    books = Books(company)
    books.add_fields(CUSTOM_FIELDS)
    books.add_currencies("GBP", "EUR", "USD", "TRY", custom=("PTS", "Loyalty points", "pts"))
    catalogue = _products(books, people)
    customers = _organizations(books, people)
    persons = _persons(books, people, customers)
    _first_deals(books, people, catalogue, customers, persons)
    _unusual_deals(books, people, catalogue, customers, persons)
    _rare_deals(books, people, catalogue, customers, persons)


def _users(company: Company) -> SimpleNamespace:
    def user(number: int, name: str, job: str, language: str = "en", **values: bool) -> User:
        first, _, last = name.lower().replace("ı", "i").partition(" ")
        return User.objects.create(
            id=number,
            company=company,
            name=name,
            email=f"{first}.{last}@brightside.example",
            job=job,
            language=language,
            country="TR" if language == "tr" else "GB",
            locale="tr_TR" if language == "tr" else "en_GB",
            **values,
        )

    return SimpleNamespace(
        emma=user(101, "Emma Clarke", "admin", is_admin=True),
        mehmet=user(102, "Mehmet Yılmaz", "sales rep", language="tr"),
        olivia=user(103, "Olivia Grant", "accountant"),
        noor=user(104, "Noor Haddad", "sales rep, own items only", sees_only_own=True),
    )


def _products(books: Books, people: SimpleNamespace) -> SimpleNamespace:
    def product(number: int, code: str, name: str, tax: str = "20", **prices: str) -> Product:
        return books.product(number, code, name, people.emma, tax, **prices)

    catalogue = SimpleNamespace(
        desk=product(1, "DESK-OAK", "Oak desk", GBP="1450", EUR="1690", USD="1850"),
        chair=product(2, "CHAIR-ERG", "Ergonomic chair", GBP="289.50", EUR="335", USD="369"),
        lamp=product(3, "LAMP-LED", "LED lamp", GBP="64.90", EUR="75.90", TRY="2750"),
        sofa=product(4, "SOFA-3S", "Three-seat sofa", GBP="1199", EUR="1390"),
        rug=product(5, "RUG-WOOL", "Wool rug", GBP="420", EUR="489"),
        install=product(6, "INSTALL", "Installation, per hour", GBP="48", EUR="56", TRY="1900"),
        design=product(7, "DESIGN", "Interior design consultation", GBP="95", EUR="110"),
        delivery=product(8, "DELIV", "Delivery", GBP="75", EUR="90", TRY="3200"),
        shelving=product(9, "SHELF-BSP", "Bespoke shelving", GBP="880", USD="1120"),
        gone=product(10, "CURT-VELV", "Velvet curtains", GBP="260", USD="330"),
    )
    for row, text, unit in (
        (catalogue.desk, "Solid oak, 160 x 80 cm, oiled finish", "pc"),
        (catalogue.chair, "Adjustable back and arms, graphite fabric", "pc"),
        (catalogue.install, "Two fitters, tools and travel included", "h"),
        (catalogue.design, "Visit, sketch and material list", "h"),
    ):
        row.description, row.unit = text, unit
        row.save(update_fields=["description", "unit"])
    catalogue.gone.is_deleted = True
    catalogue.gone.save(update_fields=["is_deleted"])
    books.variation(1, catalogue.rug, "Wool rug 140 x 200", GBP="420", EUR="489")
    books.variation(2, catalogue.rug, "Wool rug 200 x 300", GBP="760", EUR="885")
    return catalogue


def _organizations(books: Books, people: SimpleNamespace) -> SimpleNamespace:
    def organization(
        number: int, name: str, owner: User = people.mehmet, **values: Any
    ) -> Organization:
        return books.organization(number, name, owner, **values)

    def vat(text: str, **more: object) -> dict[str, Any]:
        return books.custom("organization", VAT_number=text, **more)

    billing = address("7 Exchange Square", "London", "EC2A 2BR", "United Kingdom")
    return SimpleNamespace(
        harbour=organization(
            1,
            "Harbour Dental Ltd",
            address=address(
                "14 Quayside", "Bristol", "BS1 4ST", "United Kingdom", admin_area_level_1="England"
            ),
            website="https://harbourdental.example",
            custom_fields=vat("GB 998 2211 40", Customer_since="2022-05-03"),
        ),
        northgate=organization(
            2,
            "Northgate Hotels",
            address=address("220 Deansgate", "Manchester", "M3 4LY", "United Kingdom"),
            custom_fields=vat("GB 445 1093 77", Billing_address=billing)
            | books.custom("organization", **{"Accounts e-mail": "ledger@northgate.example"}),
        ),
        caglar=organization(
            3,
            "Çağlar Mobilya A.Ş.",
            address=address("18 Bağdat Caddesi", "İstanbul", "34728", "Türkiye"),
            custom_fields=vat("2340567891"),
        ),
        lindqvist=organization(
            4,
            "Lindqvist & Partners AB",
            address=address("9 Sveavägen", "Stockholm", "111 57", "Sweden"),
            custom_fields=vat("SE556677889901"),
        ),
        kuzey=organization(
            5,
            "Kuzey Lojistik Ltd. Şti.",
            address=address("41 Liman Yolu", "Samsun", "55100", "Türkiye"),
            custom_fields=vat("5890089012"),
        ),
        kestrel=organization(
            6, "Kestrel Café", address={"value": "Corner of Mill Lane and Bridge St, York"}
        ),
        delacroix=organization(
            7,
            "Maison Delacroix",
            address=address("12 Rue de Seine", "Paris", "75006", "France"),
            custom_fields=vat("FR83404833048"),
        ),
        alder=organization(
            8,
            "Alder Grove School",
            address=address("1 School Lane", "Leeds", "LS6 2AB", "United Kingdom"),
        ),
        foxglove=organization(9, "Foxglove Spa"),
        orchard=organization(
            10,
            "Orchard Library",
            address=address("77 Elm Street", "Portland, ME", "04101", "United States"),
        ),
        bramble=organization(11, "Bramble Nursery", address=None),
        sterling=organization(12, "Sterling Law LLP", people.emma, visible_to=1),
        tidewell=organization(13, "Tidewell Books"),
    )


def _persons(books: Books, people: SimpleNamespace, customers: SimpleNamespace) -> SimpleNamespace:
    mehmet = people.mehmet
    return SimpleNamespace(
        lucy=books.person(
            1,
            "Lucy",
            "Bennett",
            mehmet,
            "lucy.bennett@harbourdental.example",
            organization=customers.harbour,
            phones=[{"value": "+44 117 496 0112", "primary": True, "label": "work"}],
        ),
        george=books.person(
            2,
            "George",
            "Whitlock",
            mehmet,
            "g.whitlock@old-northgate.example",
            "george@northgate.example",
            primary=1,
            organization=customers.northgate,
        ),
        sule=books.person(
            3, "Şule", "İpekçi", mehmet, "sule@caglar.example", organization=customers.caglar
        ),
        astrid=books.person(
            4,
            "Astrid",
            "Lindqvist",
            mehmet,
            "astrid@lindqvist.example",
            organization=customers.lindqvist,
        ),
        grace=books.person(
            5,
            "Grace",
            "Okafor",
            mehmet,
            "grace.okafor@post.example",
            custom_fields=books.custom(
                "person",
                National_ID="QQ 12 34 56 C",
                Home_address=address("3 Larch Close", "Bath", "BA1 5LR", "United Kingdom"),
            ),
        ),
        camille=books.person(
            6,
            "Camille",
            "Roux",
            mehmet,
            "camille@delacroix.example",
            organization=customers.delacroix,
        ),
        tom=books.person(
            7, "Tom", "Ashdown", mehmet, "bursar@aldergrove.example", organization=customers.alder
        ),
        ivy=books.person(8, "Ivy", "Marsh", mehmet, "", organization=customers.foxglove),
        june=books.person(
            9, "June", "Abbott", mehmet, "june@orchard.example", organization=customers.orchard
        ),
        osman=books.person(
            10, "Osman", "Kılıç", mehmet, "osman@kuzey.example", organization=customers.kuzey
        ),
        ruth=books.person(
            11,
            "Ruth",
            "Sterling",
            people.emma,
            "ruth@sterling.example",
            visible_to=1,
            organization=customers.sterling,
        ),
        hana=books.person(12, "Hana", "Novak", people.noor, "hana@harbourdental.example"),
    )


def _first_deals(
    books: Books,
    people: SimpleNamespace,
    goods: SimpleNamespace,
    customers: SimpleNamespace,
    persons: SimpleNamespace,
) -> None:
    """Deals as they mostly are: exclusive, inclusive and no tax, discounts, other currencies."""
    books.deal(
        1,
        "Reception refit — Harbour Dental",
        people.mehmet,
        "GBP",
        status="won",
        days_ago=2,
        organization=customers.harbour,
        person=persons.lucy,
        lines=[
            line(goods.desk, "1", "1450"),
            line(goods.chair, "4", "289.50"),
            line(goods.install, "6", "48"),
        ],
        custom_fields=books.custom(
            "deal",
            PO_number="HD-4471",
            Segment=2,
            Extras=[1, 2],
            Budget={"value": 3500, "currency": "GBP"},
            Handover_date=(books.today() + timedelta(days=20)).isoformat(),
            Designer=people.olivia.pk,
        )
        | books.custom("deal", **{"Invoice e-mail": "accounts@harbourdental.example"}),
        note="Reception must stay open during the fitting: <b>evenings only</b>.",
    )
    books.deal(
        2,
        "Lobby furniture — Northgate Hotels",
        people.mehmet,
        "GBP",
        status="won",
        days_ago=4,
        organization=customers.northgate,
        person=persons.george,
        lines=[
            line(goods.sofa, "3", "1438.80", tax_method="inclusive", discount=10),
            line(goods.lamp, "8", "77.88", tax_method="inclusive"),
            line(goods.delivery, "1", "90", tax_method="inclusive"),
        ],
        custom_fields=books.custom("deal", PO_number="NG/2026/118", Segment=3),
    )
    books.deal(
        3,
        "Conservatory lighting — Northgate Hotels",
        people.mehmet,
        "GBP",
        days_ago=6,
        organization=customers.northgate,
        person=persons.george,
        lines=[
            line(goods.lamp, "12", "64.90", "0", tax_method="none"),
            line(goods.install, "2.5", "48", "0", tax_method="none"),
        ],
    )
    books.deal(
        4,
        "Showroom fit-out — Çağlar Mobilya",
        people.mehmet,
        "EUR",
        status="won",
        days_ago=8,
        organization=customers.caglar,
        person=persons.sule,
        lines=[
            line(goods.sofa, "2", "1390", "0"),
            line(goods.rug, "3", "489", "0", discount=5),
            line(goods.delivery, "1", "90", "0"),
        ],
    )
    books.deal(
        5,
        "Studio redesign — Lindqvist & Partners",
        people.mehmet,
        "EUR",
        status="won",
        days_ago=11,
        organization=customers.lindqvist,
        person=persons.astrid,
        lines=[
            line(goods.desk, "5", "1690", "0"),
            line(goods.design, "7.75", "110", "0"),
        ],
        discounts=[("Framework agreement 10%", "percentage", "10")],
    )


def _unusual_deals(
    books: Books,
    people: SimpleNamespace,
    goods: SimpleNamespace,
    customers: SimpleNamespace,
    persons: SimpleNamespace,
) -> None:
    """Deals with a part missing, or with parts that need thought."""
    books.deal(
        6,
        "Home office — Grace Okafor",
        people.mehmet,
        "GBP",
        status="won",
        days_ago=13,
        person=persons.grace,
        lines=[line(goods.desk, "1", "1450"), line(goods.chair, "1", "289.50")],
    )
    books.deal(
        7,
        "Counter stools — Kestrel Café",
        people.mehmet,
        "GBP",
        days_ago=15,
        organization=customers.kestrel,
        lines=[
            line(goods.chair, "6", "289.50"),
            line(goods.delivery, "1", "75", is_enabled=False, comments="Only if they ask"),
        ],
    )
    books.deal(
        8,
        "Boutique fit-out — Maison Delacroix",
        people.mehmet,
        "EUR",
        status="won",
        days_ago=18,
        organization=customers.delacroix,
        person=persons.camille,
        lines=[
            line(goods.sofa, "2", "1390", discount=150, discount_type="amount"),
            line(goods.rug, "1", "885", variation_number=2),
            line(goods.install, "12", "56"),
        ],
        discounts=[("Opening gift", "amount", "200")],
        installments=[
            ("Deposit", "1500", -10),
            ("On delivery", "1500", 15),
            ("After fitting", "1824.40", 45),
        ],
    )
    books.deal(
        9,
        "Yearly care — Alder Grove School",
        people.mehmet,
        "GBP",
        status="won",
        days_ago=21,
        organization=customers.alder,
        person=persons.tom,
        lines=[
            line(
                goods.design,
                "2",
                "95",
                billing_frequency="monthly",
                billing_frequency_cycles=12,
                billing_start_date=books.today() + timedelta(days=7),
            ),
            line(goods.install, "3", "48"),
        ],
    )
    books.deal(
        10,
        "Loyalty gift — Foxglove Spa",
        people.mehmet,
        "PTS",
        days_ago=24,
        organization=customers.foxglove,
        person=persons.ivy,
        lines=[line(goods.lamp, "10", "400", "0", tax_method="none")],
    )
    books.deal(
        11,
        "Shelving — Orchard Library",
        people.mehmet,
        "USD",
        status="won",
        days_ago=26,
        organization=customers.orchard,
        person=persons.june,
        lines=[
            line(goods.shelving, "4", "1120", "0"),
            line(goods.gone, "6", "330", "0", comments="Last pieces in stock"),
        ],
    )
    books.deal(
        12,
        "First conversation — Bramble Nursery",
        people.mehmet,
        "GBP",
        days_ago=28,
        organization=customers.bramble,
        value=2400,
        expected_close_date=books.today() + timedelta(days=30),
    )


def _rare_deals(
    books: Books,
    people: SimpleNamespace,
    goods: SimpleNamespace,
    customers: SimpleNamespace,
    persons: SimpleNamespace,
) -> None:
    """Deals in liras, of few eyes, lost, archived, deleted."""
    books.deal(
        13,
        "Depot lounge — Kuzey Lojistik",
        people.mehmet,
        "TRY",
        status="won",
        days_ago=30,
        organization=customers.kuzey,
        person=persons.osman,
        lines=[line(goods.lamp, "20", "2750"), line(goods.install, "10", "1900")],
    )
    books.deal(
        14,
        "Staff room — Harbour Dental",
        people.noor,
        "GBP",
        days_ago=33,
        organization=customers.harbour,
        person=persons.hana,
        lines=[line(goods.chair, "3", "289.50"), line(goods.rug, "1", "420", variation_number=1)],
    )
    books.deal(
        15,
        "Board room — Sterling Law",
        people.emma,
        "GBP",
        status="won",
        days_ago=36,
        visible_to=1,
        organization=customers.sterling,
        person=persons.ruth,
        lines=[line(goods.desk, "8", "1450", discount=12.5)],
    )
    books.deal(
        16,
        "Playroom — Bramble Nursery",
        people.mehmet,
        "GBP",
        status="lost",
        days_ago=70,
        organization=customers.bramble,
        lost_reason="Went with another supplier",
        lines=[line(goods.rug, "2", "420")],
    )
    books.deal(
        17,
        "Fittings of last year — Tidewell Books",
        people.mehmet,
        "GBP",
        status="won",
        days_ago=320,
        organization=customers.tidewell,
        is_archived=True,
        archive_time=books.now - timedelta(days=40),
        lines=[line(goods.shelving, "2", "880")],
    )
    books.deal(
        18,
        "Entered twice — Tidewell Books",
        people.mehmet,
        "GBP",
        status="deleted",
        days_ago=12,
        organization=customers.tidewell,
        lines=[line(goods.shelving, "2", "880")],
    )
