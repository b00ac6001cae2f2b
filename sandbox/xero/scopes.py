"""Which scopes exist and which of them open an address."""

_READABLE = (
    "accounting.transactions", "accounting.invoices", "accounting.payments",
    "accounting.banktransactions", "accounting.manualjournals", "accounting.contacts",
    "accounting.settings", "accounting.attachments", "accounting.budgets",
    "accounting.journals",
)  # fmt: skip
KNOWN = frozenset(
    (
        *("openid", "profile", "email", "offline_access", "app.connections"),
        *_READABLE,
        *(f"{name}.read" for name in _READABLE),
    )
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
