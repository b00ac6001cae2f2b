"""Anadolu Teknik (7002): pumps and motors, Turkish liras, Turkish names."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sandbox.pipedrive.models import Company, Organization, User
from sandbox.pipedrive.seed.books import Books, CustomFields, address, line

SECTORS = ["Sanayi", "Tarım", "Turizm", "Kamu"]
CUSTOM_FIELDS: CustomFields = {
    "deal": [
        ("Sipariş numarası", "varchar", None),
        ("Sektör", "enum", SECTORS),
        ("Bütçe", "monetary", None),
        ("Teslim tarihi", "date", None),
    ],
    "person": [("T.C. kimlik numarası", "varchar", None)],
    "organization": [
        ("Vergi numarası", "varchar", None),
        ("Vergi dairesi", "varchar", None),
        ("Fatura adresi", "address", None),
        ("Muhasebe e-postası", "varchar", None),
    ],
}


def seed() -> None:
    """Fill company 7002."""
    company = Company.objects.create(
        id=7002,
        name="Anadolu Teknik",
        domain="anadolu",
        default_currency="TRY",
        country="TR",
        time_zone="Europe/Istanbul",
    )
    people = _users(company)
    books = Books(company)
    books.add_fields(CUSTOM_FIELDS)
    books.add_currencies("TRY", "EUR", "USD")
    goods = _products(books, people)
    customers = _organizations(books, people)
    persons = _persons(books, people, customers)
    _deals(books, people, goods, customers, persons)


def _users(company: Company) -> SimpleNamespace:
    def user(number: int, name: str, email: str, job: str, *, is_admin: bool = False) -> User:
        return User.objects.create(
            id=number,
            company=company,
            name=name,
            email=f"{email}@anadolu.example",
            job=job,
            is_admin=is_admin,
            language="tr",
            country="TR",
            locale="tr_TR",
        )

    return SimpleNamespace(
        zeynep=user(201, "Zeynep Kaya", "zeynep.kaya", "admin", is_admin=True),
        can=user(202, "Can Demir", "can.demir", "sales rep"),
        selin=user(203, "Selin Aydın", "selin.aydin", "accountant"),
    )


def _products(books: Books, people: SimpleNamespace) -> SimpleNamespace:
    owner = people.zeynep
    return SimpleNamespace(
        pump=books.product(1, "POMPA-01", "Su pompası", owner, "20", TRY="18450", EUR="490"),
        motor=books.product(
            2, "MOTOR-2K", "Elektrik motoru 2 kW", owner, "20", TRY="12900", USD="385"
        ),
        care=books.product(3, "BAKIM", "Yıllık bakım", owner, "20", TRY="6500"),
        valve=books.product(4, "VANA-50", "Küresel vana 50 mm", owner, "10", TRY="749.90"),
        panel=books.product(5, "PANO-OZEL", "Özel imalat kumanda panosu", owner, "20", TRY="34000"),
    )


def _organizations(books: Books, people: SimpleNamespace) -> SimpleNamespace:
    def organization(
        number: int, name: str, tax: tuple[str, str] | None = None, **values: Any
    ) -> Organization:
        custom = {"Vergi numarası": tax[0], "Vergi dairesi": tax[1]} if tax else {}
        return books.organization(
            number, name, people.can, custom_fields=books.custom("organization", **custom), **values
        )

    return SimpleNamespace(
        caglar=organization(
            1,
            "Çağlar Mobilya A.Ş.",
            ("2340567891", "Kadıköy"),
            address=address(
                "18 Bağdat Caddesi",
                "İstanbul",
                "34728",
                "Türkiye",
                sublocality="Kadıköy",
                admin_area_level_1="İstanbul",
            ),
        ),
        kuzey=organization(
            2,
            "Kuzey Lojistik Ltd. Şti.",
            ("5890089012", "Samsun 19 Mayıs"),
            address=address("41 Liman Yolu", "Samsun", "55100", "Türkiye"),
        ),
        ege=organization(
            3,
            "Ege Su Sistemleri A.Ş.",
            ("3250071188", "Bornova"),
            address=address("205 Ankara Caddesi", "İzmir", "35100", "Türkiye"),
        ),
        isil=organization(
            4,
            "Işıl Tekstil San. ve Tic. A.Ş.",
            ("4790023456", "Osmangazi"),
            address={"value": "Organize Sanayi Bölgesi, 3. Cadde No: 12, Nilüfer / Bursa"},
        ),
        ozturk=organization(5, "Öztürk İnşaat Ltd. Şti."),
        gunes=organization(
            6,
            "Güneş Gıda Üretim A.Ş.",
            ("4280099001", "Konya Meram"),
            address=address("8 Yeni Meram Caddesi", "Konya", "42090", "Türkiye"),
        ),
    )


def _persons(books: Books, people: SimpleNamespace, customers: SimpleNamespace) -> SimpleNamespace:
    can = people.can
    return SimpleNamespace(
        sule=books.person(
            1, "Şule", "İpekçi", can, "sule@caglar.example", organization=customers.caglar
        ),
        osman=books.person(
            2, "Osman", "Kılıç", can, "osman@kuzey.example", organization=customers.kuzey
        ),
        ece=books.person(
            3,
            "Ece",
            "Güngör",
            can,
            "satinalma@egesu.example",
            "ece@egesu.example",
            primary=1,
            organization=customers.ege,
        ),
        irem=books.person(4, "İrem", "Işık", can, organization=customers.isil),
        ahmet=books.person(
            5,
            "Ahmet",
            "Öztürk",
            can,
            "ahmet@ozturkinsaat.example",
            organization=customers.ozturk,
        ),
        nazli=books.person(
            6,
            "Nazlı",
            "Çelik",
            can,
            "nazli.celik@posta.example",
            custom_fields=books.custom("person", **{"T.C. kimlik numarası": "10000000146"}),
        ),
    )


def _deals(
    books: Books,
    people: SimpleNamespace,
    goods: SimpleNamespace,
    customers: SimpleNamespace,
    persons: SimpleNamespace,
) -> None:
    books.deal(
        1,
        "Fabrika su hattı — Çağlar Mobilya",
        people.can,
        "TRY",
        status="won",
        days_ago=3,
        organization=customers.caglar,
        person=persons.sule,
        lines=[line(goods.pump, "2", "18450"), line(goods.valve, "14", "749.90", "10")],
        custom_fields=books.custom(
            "deal",
            **{
                "Sipariş numarası": "ÇM-2026-041",
                "Sektör": 1,
                "Bütçe": {"value": 60000, "currency": "TRY"},
            },
        ),
        note="Teslimat <b>hafta içi</b> 09.00-17.00 arası.",
    )
    books.deal(
        2,
        "Depo motorları — Kuzey Lojistik",
        people.can,
        "TRY",
        status="won",
        days_ago=5,
        organization=customers.kuzey,
        person=persons.osman,
        lines=[
            line(goods.motor, "3", "15480", tax_method="inclusive", discount=7.5),
            line(goods.care, "1", "7800", tax_method="inclusive"),
        ],
    )
    books.deal(
        3,
        "Pompa istasyonu — Ege Su Sistemleri",
        people.can,
        "EUR",
        status="won",
        days_ago=9,
        organization=customers.ege,
        person=persons.ece,
        lines=[line(goods.pump, "6", "490")],
        discounts=[("Proje indirimi", "percentage", "5")],
    )
    books.deal(
        4,
        "Dokuma salonu — Işıl Tekstil",
        people.can,
        "USD",
        days_ago=12,
        organization=customers.isil,
        person=persons.irem,
        lines=[line(goods.motor, "10", "385", discount=200, discount_type="amount")],
    )
    books.deal(
        5,
        "Şantiye pompası — Öztürk İnşaat",
        people.can,
        "TRY",
        days_ago=16,
        organization=customers.ozturk,
        person=persons.ahmet,
        lines=[line(goods.pump, "1", "18450"), line(goods.panel, "1", "34000")],
    )
    books.deal(
        6,
        "Bahçe sulama — Nazlı Çelik",
        people.can,
        "TRY",
        status="won",
        days_ago=19,
        person=persons.nazli,
        lines=[line(goods.valve, "2.5", "749.90", "10")],
    )
    books.deal(
        7,
        "Bakım sözleşmesi — Güneş Gıda",
        people.can,
        "TRY",
        status="won",
        days_ago=22,
        organization=customers.gunes,
        lines=[
            line(
                goods.care,
                "1",
                "6500",
                billing_frequency="annually",
                billing_frequency_cycles=3,
                billing_start_date=books.today(),
            )
        ],
    )
    books.deal(
        8,
        "İlk görüşme — Güneş Gıda",
        people.zeynep,
        "TRY",
        days_ago=1,
        organization=customers.gunes,
        value=25000,
    )
