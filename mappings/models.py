"""What a deal means in Xero's terms: preferences, links, and copies of Xero's lists."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from connections.models import Company, XeroConnection
from connections.scoping import CustomerRow, SameCompany

MAX_DUE_DAYS = 365


class TaxMode(models.TextChoices):
    """How the amounts of an invoice are meant; the values are Xero's `LineAmountTypes`."""

    EXCLUSIVE = "Exclusive", _("tax exclusive")
    INCLUSIVE = "Inclusive", _("tax inclusive")
    NO_TAX = "NoTax", _("no tax")


class InvoicePreferences(CustomerRow):
    """What a company decided once for all its invoices (M-9 to M-14)."""

    company = models.OneToOneField(
        Company, models.CASCADE, related_name="invoice_preferences", verbose_name=_("company")
    )
    due_days = models.PositiveSmallIntegerField(
        _("days until due"), default=7, validators=[MaxValueValidator(MAX_DUE_DAYS)]
    )
    tax_mode = models.CharField(
        _("default tax mode"), max_length=16, choices=TaxMode, default=TaxMode.EXCLUSIVE
    )
    account_code = models.CharField(_("default account"), max_length=10, blank=True)
    tax_type = models.CharField(_("default tax rate"), max_length=50, blank=True)
    branding_theme_id = models.UUIDField(_("default template"), null=True, blank=True)
    # Reps who may void may have us remove the payments of a paid invoice first.
    can_void_paid = models.BooleanField(_("void paid invoices"), default=False)
    # What everybody may do whom Pipedrive lets use its own Invoice tab: it tells us no user.
    native_can_approve = models.BooleanField(_("native tab may approve"), default=False)
    native_can_void = models.BooleanField(_("native tab may void"), default=False)
    native_can_email = models.BooleanField(_("native tab may email"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    saved_at = models.DateTimeField(_("saved at"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("invoice preferences")
        verbose_name_plural = _("invoice preferences")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(due_days__lte=MAX_DUE_DAYS), name="preferences_due_days"
            ),
        ]

    def __str__(self) -> str:
        return str(self.company)


class FieldMapping(CustomerRow):
    """Which Pipedrive field fills one customer detail of an invoice."""

    class Target(models.TextChoices):
        TO = "to", _("To")
        ADDRESS = "address", _("Address")
        EMAIL = "email", _("Email")
        TAX_NUMBER = "tax_number", _("Customer tax number")

    class Entity(models.TextChoices):
        ORGANIZATION = "organization", _("Organization")
        PERSON = "person", _("Person")
        DEAL = "deal", _("Deal")

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="field_mappings", verbose_name=_("company")
    )
    target = models.CharField(_("goes to"), max_length=16, choices=Target)
    entity = models.CharField(_("group"), max_length=16, choices=Entity)
    field_code = models.CharField(_("field"), max_length=64)
    subfield = models.CharField(_("part of the field"), max_length=64, blank=True)
    # The name at the time of saving, to say which field it was once Pipedrive has deleted it.
    field_name = models.CharField(_("field name"), max_length=255, blank=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("field mapping")
        verbose_name_plural = _("field mappings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "target"], name="mapping_one_per_target"),
        ]

    def __str__(self) -> str:
        return f"{self.target} ← {self.entity}.{self.field_code}"


class ContactLink(CustomerRow):
    """A Pipedrive organization or person and the Xero contact its invoices go to (R-17)."""

    class Entity(models.TextChoices):
        ORGANIZATION = "organization", _("Organization")
        PERSON = "person", _("Person")

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="contact_links", verbose_name=_("company")
    )
    connection = models.ForeignKey(
        XeroConnection,
        models.CASCADE,
        related_name="contact_links",
        verbose_name=_("Xero connection"),
    )
    entity = models.CharField(_("Pipedrive record"), max_length=16, choices=Entity)
    pipedrive_id = models.BigIntegerField(_("Pipedrive id"))
    xero_contact_id = models.UUIDField(_("Xero contact id"))
    contact_name = models.CharField(_("contact"), max_length=255)
    linked_at = models.DateTimeField(_("linked at"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("contact link")
        verbose_name_plural = _("contact links")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("connection", name="contact_link_own_connection"),
            models.UniqueConstraint(
                fields=["connection", "entity", "pipedrive_id"], name="contact_link_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["connection", "xero_contact_id"], name="contact_link_of_contact"),
            # Support looks for one without knowing whose it is.
            models.Index(fields=["pipedrive_id"], name="contact_link_by_pipedrive_id"),
            models.Index(fields=["xero_contact_id"], name="contact_link_by_xero_id"),
        ]

    def __str__(self) -> str:
        return self.contact_name


class ProductLink(CustomerRow):
    """A Pipedrive product (and variation, 0 = none) and the Xero item that it is (R-20)."""

    company = models.ForeignKey(
        Company, models.CASCADE, related_name="product_links", verbose_name=_("company")
    )
    connection = models.ForeignKey(
        XeroConnection,
        models.CASCADE,
        related_name="product_links",
        verbose_name=_("Xero connection"),
    )
    pipedrive_product_id = models.BigIntegerField(_("Pipedrive product id"))
    pipedrive_variation_id = models.BigIntegerField(_("Pipedrive variation id"), default=0)
    xero_item_id = models.UUIDField(_("Xero item id"))
    # What Xero called it then: an item that is renamed may be another thing now.
    item_label = models.CharField(_("item, as it was linked"), max_length=100, blank=True)
    linked_at = models.DateTimeField(_("linked at"))

    class Meta(CustomerRow.Meta):
        verbose_name = _("product link")
        verbose_name_plural = _("product links")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("connection", name="product_link_own_connection"),
            models.UniqueConstraint(
                fields=["connection", "pipedrive_product_id", "pipedrive_variation_id"],
                name="product_link_once",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Support looks for one without knowing whose it is.
            models.Index(fields=["pipedrive_product_id"], name="product_link_by_product"),
            models.Index(fields=["xero_item_id"], name="product_link_by_xero_id"),
        ]

    def __str__(self) -> str:
        return f"{self.pipedrive_product_id} → {self.xero_item_id}"


class XeroCopy(CustomerRow):
    """Base of the copies of Xero's lists: one set per tenant, replaced as a whole."""

    connection = models.ForeignKey(
        XeroConnection, models.CASCADE, related_name="+", verbose_name=_("Xero connection")
    )

    class Meta(CustomerRow.Meta):
        abstract = True


class XeroItem(XeroCopy):
    """A product or service that Xero knows (xero-api §7)."""

    xero_item_id = models.UUIDField(_("Xero item id"))
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=50, blank=True)
    description = models.TextField(_("description"), blank=True)
    is_sold = models.BooleanField(_("sold"), default=True)
    unit_price = models.DecimalField(
        _("unit price"), max_digits=19, decimal_places=4, null=True, blank=True
    )
    account_code = models.CharField(_("account"), max_length=10, blank=True)
    tax_type = models.CharField(_("tax rate"), max_length=50, blank=True)
    # Code, name and description as `folding.fold` writes them: no letter case, no accents.
    search_text = models.TextField(_("searched text"), blank=True)

    class Meta(XeroCopy.Meta):
        verbose_name = _("Xero item")
        verbose_name_plural = _("Xero items")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("connection", name="xero_item_own_connection"),
            models.UniqueConstraint(fields=["connection", "xero_item_id"], name="xero_item_once"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Return its code and name, as people know it."""
        return f"{self.code} {self.name}".strip()


class XeroAccount(XeroCopy):
    """An entry of the chart of accounts that a sales line may use."""

    account_id = models.UUIDField(_("account id"))
    code = models.CharField(_("code"), max_length=10)
    name = models.CharField(_("name"), max_length=150)
    account_class = models.CharField(_("class"), max_length=16, blank=True)
    account_type = models.CharField(_("type"), max_length=32, blank=True)
    tax_type = models.CharField(_("tax rate"), max_length=50, blank=True)

    class Meta(XeroCopy.Meta):
        verbose_name = _("Xero account")
        verbose_name_plural = _("Xero accounts")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("connection", name="xero_account_own_connection"),
            models.UniqueConstraint(fields=["connection", "account_id"], name="xero_account_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class XeroTaxRate(XeroCopy):
    """An active tax rate that a sales line may use; its code is its tax type."""

    tax_type = models.CharField(_("tax type"), max_length=50)
    name = models.CharField(_("name"), max_length=100)
    effective_rate = models.DecimalField(
        _("effective rate, percent"), max_digits=9, decimal_places=4
    )

    class Meta(XeroCopy.Meta):
        verbose_name = _("Xero tax rate")
        verbose_name_plural = _("Xero tax rates")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("connection", name="xero_tax_rate_own_connection"),
            models.UniqueConstraint(fields=["connection", "tax_type"], name="xero_tax_rate_once"),
        ]

    def __str__(self) -> str:
        return self.name


class XeroBrandingTheme(XeroCopy):
    """A template of Xero's invoices."""

    branding_theme_id = models.UUIDField(_("branding theme id"))
    name = models.CharField(_("name"), max_length=255)
    sort_order = models.IntegerField(_("sort order"), default=0)

    class Meta(XeroCopy.Meta):
        verbose_name = _("Xero branding theme")
        verbose_name_plural = _("Xero branding themes")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("connection", name="xero_theme_own_connection"),
            models.UniqueConstraint(
                fields=["connection", "branding_theme_id"], name="xero_theme_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class XeroCurrency(XeroCopy):
    """A currency that is enabled in the organisation."""

    code = models.CharField(_("code"), max_length=3)
    description = models.CharField(_("description"), max_length=255, blank=True)

    class Meta(XeroCopy.Meta):
        verbose_name = _("Xero currency")
        verbose_name_plural = _("Xero currencies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("connection", name="xero_currency_own_connection"),
            models.UniqueConstraint(fields=["connection", "code"], name="xero_currency_once"),
        ]

    def __str__(self) -> str:
        return self.code


class ReferenceList(CustomerRow):
    """When each of Xero's lists was last copied, and until when a worker has it in hand."""

    class Kind(models.TextChoices):
        ITEMS = "items", _("Items")
        ACCOUNTS = "accounts", _("Accounts")
        TAX_RATES = "tax_rates", _("Tax rates")
        BRANDING_THEMES = "branding_themes", _("Templates")
        CURRENCIES = "currencies", _("Currencies")

    connection = models.ForeignKey(
        XeroConnection,
        models.CASCADE,
        related_name="reference_lists",
        verbose_name=_("Xero connection"),
    )
    kind = models.CharField(_("list"), max_length=16, choices=Kind)
    refreshed_at = models.DateTimeField(_("refreshed at"), null=True, blank=True)
    claimed_until = models.DateTimeField(_("in hand until"), null=True, blank=True)

    class Meta(CustomerRow.Meta):
        verbose_name = _("reference list")
        verbose_name_plural = _("reference lists")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            SameCompany("connection", name="reference_list_own_connection"),
            models.UniqueConstraint(fields=["connection", "kind"], name="reference_list_once"),
        ]

    def __str__(self) -> str:
        return self.kind
