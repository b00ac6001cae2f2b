"""The invented organisations, people, contacts, items and older invoices. Data only."""

from decimal import Decimal

D = Decimal

# first name, last name, e-mail, {organisation: role}
PEOPLE = [
    ("Emma", "Clarke", "emma.clarke@brightside.example",
     {"brightside": "STANDARD", "brightside-nz": "STANDARD"}),
    ("Olivia", "Grant", "olivia.grant@brightside.example", {"brightside": "FINANCIALADVISER"}),
    ("Mehmet", "Yılmaz", "mehmet.yilmaz@brightside.example", {"brightside": "INVOICEONLY"}),
    ("Noor", "Haddad", "noor.haddad@brightside.example", {"brightside": "READONLY"}),
    ("Zeynep", "Kaya", "zeynep.kaya@anadolu.example", {"anadolu": "STANDARD"}),
    ("Selin", "Aydın", "selin.aydin@anadolu.example", {"anadolu": "FINANCIALADVISER"}),
    ("Can", "Demir", "can.demir@anadolu.example", {"anadolu": "INVOICEONLY"}),
    ("Pat", "Quill", "pat.quill@demo.example", {"demo": "ADMINISTRATOR"}),
]  # fmt: skip

# Units of each currency for one US dollar; only their ratios matter.
DOLLAR_RATES = {
    "USD": D("1"), "EUR": D("0.92"), "GBP": D("0.79"), "TRY": D("41.5"), "NZD": D("1.68"),
    "AUD": D("1.52"),
}  # fmt: skip
CURRENCY_NAMES = {
    "USD": "United States Dollar", "EUR": "Euro", "GBP": "British Pound", "TRY": "Turkish Lira",
    "NZD": "New Zealand Dollar", "AUD": "Australian Dollar",
}  # fmt: skip

_FACTS = {
    "PaysTax": True,
    "OrganisationStatus": "ACTIVE",
    "OrganisationType": "COMPANY",
    "OrganisationEntityType": "COMPANY",
    "IsDemoCompany": False,
    "SalesTaxBasis": "ACCRUALS",
    "SalesTaxPeriod": "QUARTERLY",
    "DefaultSalesTax": "Tax Exclusive",
    "DefaultPurchasesTax": "Tax Exclusive",
    "FinancialYearEndDay": 31,
    "FinancialYearEndMonth": 3,
    "Edition": "BUSINESS",
    "Class": "PREMIUM",
    "LineOfBusiness": "Interior design",
    "Phones": [],
    "ExternalLinks": [],
    "PaymentTerms": {},
}

ORGANISATIONS = {
    "brightside": {
        "name": "Brightside Interiors Ltd",
        "base_currency": "GBP",
        "short_code": "!Br1gh",
        "currencies": ["GBP", "EUR", "USD", "TRY"],
        "sales_tax": "OUTPUT2",
        "expense_tax": "INPUT2",
        "facts": _FACTS | {
            "LegalName": "Brightside Interiors Limited", "CountryCode": "GB", "Version": "UK",
            "Timezone": "GMTSTANDARDTIME", "TaxNumber": "GB 123 4567 89",
            "RegistrationNumber": "08765432",
            "Addresses": [{"AddressType": "POBOX", "AddressLine1": "14 Canal Street",
                           "City": "Manchester", "PostalCode": "M1 3HE", "Country": "UK"}],
        },
    },
    "brightside-nz": {
        "name": "Brightside NZ",
        "base_currency": "NZD",
        "short_code": "!BrNz5",
        "currencies": ["NZD", "AUD"],
        "sales_tax": "OUTPUT2",
        "expense_tax": "INPUT2",
        "facts": _FACTS | {
            "LegalName": "Brightside NZ Limited", "CountryCode": "NZ", "Version": "NZ",
            "Timezone": "NEWZEALANDSTANDARDTIME", "TaxNumber": "101-223-344",
            "Addresses": [{"AddressType": "POBOX", "AddressLine1": "7 Quay Street",
                           "City": "Auckland", "PostalCode": "1010", "Country": "New Zealand"}],
        },
    },
    "anadolu": {
        "name": "Anadolu Teknik A.Ş.",
        "base_currency": "TRY",
        "short_code": "!Anad0",
        "currencies": ["TRY", "EUR", "USD"],
        "sales_tax": "TAX001",
        "expense_tax": "TAX006",
        "facts": _FACTS | {
            "LegalName": "Anadolu Teknik Anonim Şirketi", "CountryCode": "TR",
            "Version": "GLOBAL", "Timezone": "TURKEYSTANDARDTIME", "TaxNumber": "0680123456",
            "FinancialYearEndMonth": 12, "LineOfBusiness": "Pompa ve motor",
            "Addresses": [{"AddressType": "POBOX", "AddressLine1": "Organize Sanayi 12. Cad. 8",
                           "City": "Ankara", "PostalCode": "06935", "Country": "Türkiye"}],
        },
    },
    "demo": {
        "name": "Demo Company (Global)",
        "base_currency": "USD",
        "short_code": "!Dem0x",
        "currencies": ["USD"],
        "sales_tax": "OUTPUT",
        "expense_tax": "INPUT",
        "emails_left": 0,
        "facts": _FACTS | {
            "LegalName": "Demo Company (Global)", "CountryCode": "US", "Version": "GLOBAL",
            "Timezone": "EASTERNSTANDARDTIME", "IsDemoCompany": True, "Class": "DEMO",
            "OrganisationStatus": "ACTIVE", "Addresses": [],
        },
    },
}  # fmt: skip

# name, tax type, rate, status, may be used for sales
_UK_RATES = [
    ("20% (VAT on Income)", "OUTPUT2", D("20.0000"), "ACTIVE", True),
    ("5% (VAT on Income)", "RROUTPUT", D("5.0000"), "ACTIVE", True),
    ("Zero Rated Income", "ZERORATEDOUTPUT", D("0.0000"), "ACTIVE", True),
    ("Exempt Income", "EXEMPTOUTPUT", D("0.0000"), "ACTIVE", True),
    ("Zero Rated EC Goods Income", "ECZROUTPUT", D("0.0000"), "ACTIVE", True),
    ("No VAT", "NONE", D("0.0000"), "ACTIVE", True),
    ("20% (VAT on Expenses)", "INPUT2", D("20.0000"), "ACTIVE", False),
    ("17.5% (VAT on Income)", "TAX001", D("17.5000"), "ARCHIVED", True),
]  # fmt: skip
_NZ_RATES = [
    ("15% GST on Income", "OUTPUT2", D("15.0000"), "ACTIVE", True),
    ("Zero Rated", "ZERORATED", D("0.0000"), "ACTIVE", True),
    ("No GST", "NONE", D("0.0000"), "ACTIVE", True),
    ("15% GST on Expenses", "INPUT2", D("15.0000"), "ACTIVE", False),
    ("12.5% GST on Income", "OUTPUT", D("12.5000"), "ARCHIVED", True),
]  # fmt: skip
_TR_RATES = [
    ("KDV %20", "TAX001", D("20.0000"), "ACTIVE", True),
    ("KDV %10", "TAX002", D("10.0000"), "ACTIVE", True),
    ("KDV %1", "TAX003", D("1.0000"), "ACTIVE", True),
    ("KDV %0", "TAX004", D("0.0000"), "ACTIVE", True),
    ("Vergisiz", "NONE", D("0.0000"), "ACTIVE", True),
    ("KDV %20 (alış)", "TAX006", D("20.0000"), "ACTIVE", False),
    ("KDV %18", "TAX005", D("18.0000"), "ARCHIVED", True),
]  # fmt: skip
_US_RATES = [
    ("Tax on Sales", "OUTPUT", D("0.0000"), "ACTIVE", True),
    ("Tax on Purchases", "INPUT", D("0.0000"), "ACTIVE", False),
    ("State and city tax", "TAX001", D("8.8670"), "ACTIVE", True),
    ("Tax Exempt", "NONE", D("0.0000"), "ACTIVE", True),
    ("Old city tax", "TAX002", D("4.0000"), "ARCHIVED", True),
]  # fmt: skip
TAX_NAMES = {"brightside": "VAT", "brightside-nz": "GST", "anadolu": "KDV", "demo": "Sales Tax"}
# Rates of more than one part: name, rate, is compound.
TAX_PARTS = {
    ("demo", "TAX001"): [("State", D("6.5000"), False), ("City", D("2.2225"), True)],
}
TAX_RATES = {
    "brightside": _UK_RATES, "brightside-nz": _NZ_RATES, "anadolu": _TR_RATES, "demo": _US_RATES,
}  # fmt: skip

# code, name, type, class, tax ("sales", "expense" or a tax type), system account, status
ACCOUNTS = [
    ("090", "Business Bank Account", "BANK", "ASSET", "NONE", "", "ACTIVE"),
    ("200", "Sales", "REVENUE", "REVENUE", "sales", "", "ACTIVE"),
    ("201", "Sales - Services", "REVENUE", "REVENUE", "sales", "", "ACTIVE"),
    ("205", "Sales - Old Showroom", "SALES", "REVENUE", "sales", "", "ARCHIVED"),
    ("260", "Other Revenue", "REVENUE", "REVENUE", "sales", "", "ACTIVE"),
    ("270", "Interest Income", "REVENUE", "REVENUE", "NONE", "", "ACTIVE"),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "EXPENSE", "expense", "", "ACTIVE"),
    ("400", "Advertising", "OVERHEADS", "EXPENSE", "expense", "", "ACTIVE"),
    ("610", "Accounts Receivable", "CURRENT", "ASSET", "NONE", "DEBTORS", "ACTIVE"),
    ("800", "Accounts Payable", "CURRLIAB", "LIABILITY", "NONE", "CREDITORS", "ACTIVE"),
    ("820", "Tax", "CURRLIAB", "LIABILITY", "NONE", "GST", "ACTIVE"),
    ("860", "Rounding", "CURRLIAB", "LIABILITY", "NONE", "ROUNDING", "ACTIVE"),
]
TURKISH_ACCOUNT_NAMES = {
    "090": "Banka Hesabı", "200": "Satışlar", "201": "Hizmet Satışları",
    "205": "Eski Mağaza Satışları", "260": "Diğer Gelirler", "270": "Faiz Gelirleri",
    "310": "Satılan Malın Maliyeti", "400": "Reklam", "610": "Alacaklar", "800": "Borçlar",
    "820": "KDV", "860": "Yuvarlama",
}  # fmt: skip

# In order of SortOrder; the first is the default.
BRANDING_THEMES = {
    "brightside": ["Standard", "Very orange invoice!", "Trade customers"],
    "brightside-nz": ["Standard", "Retail"],
    "anadolu": ["Standart", "İhracat"],
    "demo": ["Standard", "Special Projects"],
}

# code, name, description, price, account, is sold
_FURNITURE = [
    ("DESK-OAK", "Oak desk", "Oak desk, 160 × 80 cm", D("640.0000"), "200", True),
    ("CHAIR-ERG", "Ergonomic chair", "Ergonomic chair, black mesh", D("289.5000"), "200", True),
    ("LAMP-LED", "LED lamp", "LED lamp, dimmable", D("74.9900"), "200", True),
    ("SOFA-3S", "Three-seat sofa", "Three-seat sofa, wool", D("1450.0000"), "200", True),
    ("RUG-WOOL", "Wool rug", "Wool rug, 200 × 300 cm", D("415.0000"), "200", True),
    ("INSTALL", "Installation, per hour", "Installation, per hour", D("48.0000"), "201", True),
    ("DESIGN", "Interior design consultation", "Interior design consultation, per hour",
     D("95.0000"), "201", True),
    ("DELIV", "Delivery", "Delivery within 50 miles", D("35.0000"), "260", True),
    ("BLIND-ROL", "Roller blind", "Roller blind, made to measure", D("128.2500"), "200", True),
    ("TABLE-RND", "Round table", "Round table, seats four", D("520.0000"), "200", True),
    ("PLANT-L", "Large plant", "Large plant with pot", D("89.0000"), "200", True),
    ("PAINT-HR", "Painting, per hour", "Painting, per hour", D("38.5000"), "201", True),
    ("SAMPLE-KIT", "Sample kit", "Fabric samples, not for sale", D("0.0000"), "200", False),
]  # fmt: skip
_PUMPS = [
    ("POMPA-01", "Su pompası", "Su pompası, 1,5 bar", D("8750.0000"), "200", True),
    ("MOTOR-2K", "Elektrik motoru 2 kW", "Elektrik motoru 2 kW, trifaze", D("12400.0000"), "200",
     True),
    ("BAKIM", "Yıllık bakım", "Yıllık bakım sözleşmesi", D("18000.0000"), "201", True),
    ("VANA-50", "Küresel vana 50 mm", "Küresel vana 50 mm, pirinç", D("1325.5000"), "200", True),
    ("VANA-80", "Küresel vana 80 mm", "Küresel vana 80 mm, pirinç", D("2180.0000"), "200", True),
    ("BORU-PPR", "PPR boru, metre", "PPR boru 32 mm, metre", D("64.7500"), "200", True),
    ("HIDROFOR", "Hidrofor", "Hidrofor, 100 litre tank", D("23900.0000"), "200", True),
    ("FILTRE", "Su filtresi", "Su filtresi, 20 inç", D("1950.0000"), "200", True),
    ("PANO", "Kumanda panosu", "Kumanda panosu, frekans kontrollü", D("15600.0000"), "200", True),
    ("SENSOR", "Basınç sensörü", "Basınç sensörü 0-10 bar", D("2240.0000"), "200", True),
    ("MONTAJ", "Montaj, saat", "Montaj işçiliği, saat", D("950.0000"), "201", True),
    ("NAKLIYE", "Nakliye", "Nakliye, şehir içi", D("1200.0000"), "260", True),
    ("NUMUNE", "Numune seti", "Numune seti, satılmaz", D("0.0000"), "200", False),
]  # fmt: skip
ITEMS = {
    "brightside": _FURNITURE, "brightside-nz": _FURNITURE, "anadolu": _PUMPS, "demo": _FURNITURE,
}  # fmt: skip

# name, e-mail, tax number, (first line, city, postcode, country), contact number, first, last
_UK_CONTACTS = [
    ("Harbour Dental Ltd", "accounts@harbourdental.example", "GB 998 2211 40",
     ("2 Quay House", "Bristol", "BS1 6XN", "United Kingdom"), "", "Rachel", "Moore"),
    ("Northgate Hotels", "finance@northgatehotels.example", "GB 445 1093 77",
     ("88 Northgate", "Leeds", "LS2 8PD", "United Kingdom"), "", "", ""),
    ("Çağlar Mobilya A.Ş.", "muhasebe@caglarmobilya.example", "2340567891",
     ("İnönü Cad. 45", "Bursa", "16140", "Türkiye"), "", "Şule", "İpekçi"),
    ("Lindqvist & Partners AB", "faktura@lindqvist.example", "SE556677889901",
     ("Storgatan 9", "Göteborg", "411 24", "Sweden"), "", "", ""),
    ("Kuzey Lojistik Ltd. Şti.", "", "", None, "", "", ""),
    ("Maple Street Bakery", "hello@maplebakery.example", "", None, "", "Tom", "Ellis"),
    ("Maple Street Bakery Ltd", "", "GB 301 5582 16", None, "", "", ""),
    ("Quinn & Daughters", "office@quinn.example", "", None, "QD-01", "Aoife", "Quinn"),
    ("O'Neill \"Best\" Fitouts", "oneill@fitouts.example", "", None, "", "", ""),
    ("Riverside Primary School", "bursar@riverside.example", "",
     ("River Lane", "York", "YO1 7PR", "United Kingdom"), "", "", ""),
    ("Castle Law LLP", "ap@castlelaw.example", "GB 716 0048 02",
     ("1 Castle Court", "Edinburgh", "EH1 2NG", "United Kingdom"), "", "", ""),
    ("Studio Verde GmbH", "rechnung@studioverde.example", "DE811223344",
     ("Lindenstraße 20", "Berlin", "10969", "Germany"), "", "", ""),
    ("Peak Climbing Centre", "", "", None, "", "Ben", "Hale"),
    ("Sunrise Nursery", "office@sunrisenursery.example", "", None, "", "", ""),
    ("Atlas Coworking", "billing@atlascowork.example", "GB 820 9911 35",
     ("Atlas Works, Mill Road", "Manchester", "M4 6BF", "United Kingdom"), "", "", ""),
    ("Gül Tekstil", "info@gultekstil.example", "4110023456", None, "", "Gül", "Öztürk"),
    ("The Old Post Office Café", "", "", None, "", "", ""),
    ("Westbrook Surgery", "manager@westbrook.example", "", None, "", "", ""),
    ("Dental Harbour", "", "", None, "", "", ""),
    ("Larkfield Estates", "estates@larkfield.example", "", None, "", "", ""),
]  # fmt: skip
_NZ_CONTACTS = [
    (name, email, "", ("10 Hill Road", city, "6011", "New Zealand"), "", "", "")
    for name, email, city in (
        ("Kererū Café", "hello@kereru.example", "Wellington"),
        ("Tūī Books", "accounts@tuibooks.example", "Wellington"),
        ("Southern Cross Dental", "pay@scdental.example", "Dunedin"),
        ("Harbour Lodge", "stay@harbourlodge.example", "Nelson"),
        ("Pōhutukawa Lodge", "", "Auckland"),
        ("Ridgeline Architects", "office@ridgeline.example", "Queenstown"),
        ("Bay Physio", "bay@physio.example", "Tauranga"),
        ("Clearwater School", "", "Christchurch"),
        ("Mātai Offices", "mail@matai.example", "Auckland"),
        ("Ferry Buildings Ltd", "ap@ferry.example", "Auckland"),
        ("Silver Fern Gym", "", "Hamilton"),
        ("Orchard Trust", "trust@orchard.example", "Hastings"),
        ("Wharf Gallery", "", "Wellington"),
        ("Kiwi Kids", "", "Napier"),
        ("Old Showroom NZ", "", "Auckland"),
        ("Merged Gallery", "", "Wellington"),
    )
]
_TR_CONTACTS = [
    ("Yıldız Yapı İnşaat A.Ş.", "muhasebe@yildizyapi.example", "9410034567",
     ("Atatürk Bulvarı 112", "Ankara", "06680", "Türkiye"), "", "İsmail", "Yıldız"),
    ("Şahin Tarım Ltd. Şti.", "info@sahintarim.example", "7980045678",
     ("Karatay Sanayi 5. Sok. 3", "Konya", "42020", "Türkiye"), "", "", ""),
    ("Ege Su Ürünleri", "fatura@egesu.example", "3250056789",
     ("Liman Cad. 18", "İzmir", "35230", "Türkiye"), "", "", ""),
    ("Çelik Makina San. Tic. A.Ş.", "muhasebe@celikmakina.example", "2380067890",
     ("OSB 3. Cad. 41", "Kayseri", "38070", "Türkiye"), "", "Ömer", "Çelik"),
    ("Güneş Otelcilik", "satinalma@gunesotel.example", "4270078901",
     ("Lara Yolu 77", "Antalya", "07230", "Türkiye"), "", "", ""),
    ("Kuzey Lojistik Ltd. Şti.", "finans@kuzeylojistik.example", "5890089012",
     ("Liman Mah. 6", "Samsun", "55100", "Türkiye"), "", "", ""),
    ("Çağlar Mobilya A.Ş.", "muhasebe@caglarmobilya.example", "2340567891", None, "", "", ""),
    ("Öz İplik", "", "", None, "", "", ""),
    ("Öz İplik Tekstil A.Ş.", "info@oziplik.example", "6690090123", None, "", "", ""),
    ("Ilgaz Belediyesi", "ilgaz@belediye.example", "", None, "", "", ""),
    ("Türkoğlu Gıda", "", "8740101234", None, "", "Hüseyin", "Türkoğlu"),
    ("Deniz Arıtma", "deniz@aritma.example", "", None, "DA-7", "", ""),
    ("Bosphorus Trading GmbH", "rechnung@bosphorus.example", "DE299887766",
     ("Hafenstraße 3", "Hamburg", "20457", "Germany"), "", "", ""),
    ("Kırmızı Kule AVM", "", "", None, "", "", ""),
    ("Sakarya Kimya", "satis@sakaryakimya.example", "", None, "", "", ""),
    ("İpek Yolu Turizm", "", "", None, "", "", ""),
    ("Eski Bayi Ltd. Şti.", "", "", None, "", "", ""),
    ("Yıldız Yapı", "", "", None, "", "", ""),
]  # fmt: skip
_US_CONTACTS = [
    (name, "", "", None, "", "", "")
    for name in (
        "Abby & Wells", "Bank West", "Basket Case", "Boom FM", "City Limousines", "DIISR",
        "Hamilton Smith", "Jakaranda Maple", "Marine Systems", "Petrie McLoud", "Rex Media",
        "Ridgeway University", "Young Bros", "Old Demo Co", "Merged Demo Co",
    )
]  # fmt: skip
CONTACTS = {
    "brightside": _UK_CONTACTS, "brightside-nz": _NZ_CONTACTS, "anadolu": _TR_CONTACTS,
    "demo": _US_CONTACTS,
}  # fmt: skip
ARCHIVED = {
    "brightside": "Larkfield Estates", "brightside-nz": "Old Showroom NZ",
    "anadolu": "Eski Bayi Ltd. Şti.", "demo": "Old Demo Co",
}  # fmt: skip
# contact that went, contact it went into
MERGED = {
    "brightside": ("Dental Harbour", "Harbour Dental Ltd"),
    "brightside-nz": ("Merged Gallery", "Wharf Gallery"),
    "anadolu": ("Yıldız Yapı", "Yıldız Yapı İnşaat A.Ş."),
    "demo": ("Merged Demo Co", "Rex Media"),
}

# position of the contact, days ago, days until due, status, [(position of item, quantity)],
# share paid (per cent), currency (None: base)
INVOICES = [
    (0, 74, 14, "PAID", [(0, "2"), (5, "3")], 100, None),
    (1, 66, 30, "PAID", [(3, "4")], 100, None),
    (2, 60, 14, "AUTHORISED", [(4, "6"), (7, "1")], 0, None),
    (3, 52, 30, "AUTHORISED", [(1, "10")], 40, "EUR"),
    (5, 45, 7, "PAID", [(2, "5")], 100, None),
    (7, 38, 14, "VOIDED", [(6, "4")], 0, None),
    (9, 31, 30, "AUTHORISED", [(0, "1"), (1, "1"), (2, "2")], 50, None),
    (10, 24, 30, "AUTHORISED", [(6, "7.5")], 0, None),
    (0, 18, 30, "AUTHORISED", [(8, "3")], 0, None),
    (11, 12, 30, "SUBMITTED", [(9, "2")], 0, None),
    (4, 8, 14, "DRAFT", [(5, "6.25")], 0, None),
    (1, 5, 14, "SUBMITTED", [(10, "4"), (11, "8")], 0, None),
    (2, 3, 14, "DRAFT", [(3, "1")], 0, None),
    (6, 2, 14, "DELETED", [(2, "1")], 0, None),
]
