"""Which scopes exist and which of them open an address."""

KNOWN = frozenset(
    "openid profile email offline_access app.connections "
    "accounting.transactions accounting.transactions.read "
    "accounting.invoices accounting.invoices.read accounting.payments accounting.payments.read "
    "accounting.banktransactions accounting.banktransactions.read "
    "accounting.manualjournals accounting.manualjournals.read "
    "accounting.contacts accounting.contacts.read accounting.settings accounting.settings.read "
    "accounting.attachments accounting.attachments.read accounting.journals.read "
    "accounting.budgets.read".split()
)

INVOICES = ("accounting.invoices", "accounting.transactions")
PAYMENTS = ("accounting.payments", "accounting.transactions")
CONTACTS = ("accounting.contacts",)
SETTINGS = ("accounting.settings",)
ITEMS = ("accounting.settings", "accounting.invoices", "accounting.transactions")


def opens(granted: str, wanted: tuple[str, ...], *, writing: bool) -> bool:
    """Whether one of the wanted scopes is among the granted; `.read` is enough for reading."""
    held = set(granted.split())
    names = set(wanted) if writing else {*wanted, *(f"{name}.read" for name in wanted)}
    return bool(held & names)
