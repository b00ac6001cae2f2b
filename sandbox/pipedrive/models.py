"""
What the pretend Pipedrive remembers.

Deals, organizations, persons, products and deal lines are numbered per company, as in Pipedrive:
`number` is the id the API and the pages show, and two companies may both have a deal 1.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q


class Company(models.Model):
    """A Pipedrive account."""

    id = models.PositiveIntegerField(primary_key=True)
    name = models.CharField(max_length=120)
    domain = models.CharField(max_length=60, unique=True)
    default_currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=40)


class User(models.Model):
    """A person with a seat in a company. User ids are unique over all companies."""

    id = models.PositiveIntegerField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="users")
    name = models.CharField(max_length=120)
    email = models.EmailField(unique=True)
    job = models.CharField(max_length=60)
    is_admin = models.BooleanField(default=False)
    sees_only_own = models.BooleanField(default=False)
    language = models.CharField(max_length=2, default="en")
    country = models.CharField(max_length=2, default="GB")
    locale = models.CharField(max_length=5, default="en_GB")


class Currency(models.Model):
    """A currency of a company; custom ones mean nothing outside Pipedrive."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=5)
    name = models.CharField(max_length=60)
    symbol = models.CharField(max_length=8)
    decimal_points = models.PositiveSmallIntegerField(default=2)
    is_custom = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="one_currency_per_code")
        ]


class Field(models.Model):
    """A built-in or custom field of deals, persons, organizations or products."""

    class Entity(models.TextChoices):
        """Whose field it is, as in the names of the field routes."""

        DEAL = "deal"
        PERSON = "person"
        ORGANIZATION = "organization"
        PRODUCT = "product"

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    entity = models.CharField(max_length=12, choices=Entity)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    field_type = models.CharField(max_length=24)
    options = models.JSONField(null=True)
    description = models.TextField(null=True)
    is_custom = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["company", "entity", "code"], name="one_field_per_code")
        ]


class ItemQuerySet(models.QuerySet):
    """Reads shared by everything that has an owner and a visibility."""

    def visible_to_user(self, user: User) -> ItemQuerySet:
        """Only what this user may see: visible_to 1 is the owner's alone (§2 of the fact sheet)."""
        mine = self.filter(company=user.company_id)
        if user.is_admin:
            return mine
        if user.sees_only_own:
            return mine.filter(owner=user)
        return mine.filter(Q(owner=user) | Q(visible_to__gte=3))


class Item(models.Model):
    """What deals, organizations, persons and products have in common."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    owner = models.ForeignKey(User, on_delete=models.CASCADE)
    visible_to = models.PositiveSmallIntegerField(default=3)
    is_deleted = models.BooleanField(default=False)
    custom_fields = models.JSONField(default=dict)
    add_time = models.DateTimeField()
    update_time = models.DateTimeField()

    objects = ItemQuerySet.as_manager()

    class Meta:
        abstract = True


class Organization(Item):
    """A customer company of our user's company."""

    name = models.CharField(max_length=255)
    address = models.JSONField(null=True)
    website = models.CharField(max_length=255, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="organization_number")
        ]


class Person(Item):
    """A human being at an organization, or alone."""

    first_name = models.CharField(max_length=120)
    last_name = models.CharField(max_length=120, blank=True)
    organization = models.ForeignKey(Organization, on_delete=models.SET_NULL, null=True)
    emails = models.JSONField(default=list)
    phones = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="person_number")]

    @property
    def name(self) -> str:
        """The whole name, as Pipedrive shows it."""
        return f"{self.first_name} {self.last_name}".strip()


class Product(Item):
    """An entry of the catalogue. `prices` holds decimals as text, one entry per currency."""

    name = models.CharField(max_length=255)
    code = models.CharField(max_length=60, blank=True)
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=20, blank=True)
    tax = models.DecimalField(max_digits=7, decimal_places=3, default=Decimal(0))
    category = models.CharField(max_length=60, null=True)
    prices = models.JSONField(default=list)
    billing_frequency = models.CharField(max_length=16, default="one-time")
    billing_frequency_cycles = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="product_number")]


class ProductVariation(models.Model):
    """A variant of a product, with prices of its own."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variations")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=255)
    prices = models.JSONField(default=list)

    class Meta:
        ordering = ["number"]


class Deal(Item):
    """A sale in the making."""

    class Status(models.TextChoices):
        """Pipedrive's own words."""

        OPEN = "open"
        WON = "won"
        LOST = "lost"
        DELETED = "deleted"

    title = models.CharField(max_length=255)
    creator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    value = models.DecimalField(max_digits=15, decimal_places=4, default=Decimal(0))
    currency = models.CharField(max_length=5)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    stage_id = models.PositiveIntegerField(default=1)
    pipeline_id = models.PositiveIntegerField(default=1)
    probability = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    lost_reason = models.CharField(max_length=255, null=True)
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True)
    organization = models.ForeignKey(Organization, on_delete=models.SET_NULL, null=True)
    label_ids = models.JSONField(default=list)
    stage_change_time = models.DateTimeField(null=True)
    won_time = models.DateTimeField(null=True)
    lost_time = models.DateTimeField(null=True)
    close_time = models.DateTimeField(null=True)
    archive_time = models.DateTimeField(null=True)
    is_archived = models.BooleanField(default=False)
    expected_close_date = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="deal_number")]


class DealProduct(models.Model):
    """A product attached to a deal; `number` is the attachment's id, not the product's."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    product_number = models.PositiveIntegerField()
    variation_number = models.PositiveIntegerField(null=True)
    name = models.CharField(max_length=255)
    order_nr = models.PositiveIntegerField()
    quantity = models.DecimalField(max_digits=15, decimal_places=4)
    item_price = models.DecimalField(max_digits=15, decimal_places=4)
    discount = models.DecimalField(max_digits=15, decimal_places=4, default=Decimal(0))
    discount_type = models.CharField(max_length=10, default="percentage")
    tax = models.DecimalField(max_digits=7, decimal_places=3, default=Decimal(0))
    tax_method = models.CharField(max_length=9, default="exclusive")
    comments = models.TextField(blank=True)
    is_enabled = models.BooleanField(default=True)
    billing_frequency = models.CharField(max_length=16, default="one-time")
    billing_frequency_cycles = models.PositiveIntegerField(null=True)
    billing_start_date = models.DateField(null=True)
    add_time = models.DateTimeField()
    update_time = models.DateTimeField()

    class Meta:
        ordering = ["order_nr", "number"]


class DealDiscount(models.Model):
    """A discount on the whole deal."""

    id = models.UUIDField(primary_key=True)
    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="discounts")
    description = models.CharField(max_length=255)
    kind = models.CharField(max_length=10)
    amount = models.DecimalField(max_digits=15, decimal_places=4)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.CASCADE)

    class Meta:
        ordering = ["created_at", "pk"]


class DealInstallment(models.Model):
    """One part of a deal's value and the day it is billed."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="installments")
    number = models.PositiveIntegerField()
    description = models.CharField(max_length=255)
    amount = models.DecimalField(max_digits=15, decimal_places=4)
    billing_date = models.DateField()

    class Meta:
        ordering = ["number"]


class Note(models.Model):
    """A note of API v1, on a deal, a person or an organization."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    content = models.TextField()
    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, null=True, related_name="notes")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True)
    is_pinned_to_deal = models.BooleanField(default=False)
    add_time = models.DateTimeField()
    update_time = models.DateTimeField()

    class Meta:
        ordering = ["number"]


class Installation(models.Model):
    """One user's consent to the app. It ends when the user uninstalls the app."""

    user = models.OneToOneField(User, on_delete=models.CASCADE)
    client_id = models.CharField(max_length=60)
    redirect_uri = models.URLField(max_length=500, blank=True)
    scope = models.TextField()
    installed_at = models.DateTimeField()


class AuthorizationCode(models.Model):
    """A code on its way to the token route: five minutes, once."""

    code = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    redirect_uri = models.URLField(max_length=500)
    expires_at = models.DateTimeField()
    is_used = models.BooleanField(default=False)


class RefreshToken(models.Model):
    """A refresh token; replaced ones stay, so that reuse can be answered as Pipedrive does."""

    token = models.CharField(max_length=200, unique=True)
    installation = models.ForeignKey(Installation, on_delete=models.CASCADE)
    expires_at = models.DateTimeField()
    is_live = models.BooleanField(default=True)


class AccessToken(models.Model):
    """A bearer token for one user."""

    token = models.CharField(max_length=200, unique=True)
    installation = models.ForeignKey(Installation, on_delete=models.CASCADE)
    expires_at = models.DateTimeField()


class Hook(models.Model):
    """A webhook that the app made for a user; it goes when that user takes the app off."""

    installation = models.ForeignKey(Installation, on_delete=models.CASCADE, related_name="hooks")
    event_action = models.CharField(max_length=8)
    event_object = models.CharField(max_length=24)
    subscription_url = models.URLField(max_length=500)
    name = models.CharField(max_length=255, blank=True)
    auth_user = models.CharField(max_length=255, blank=True)
    auth_password = models.CharField(max_length=255, blank=True)
    add_time = models.DateTimeField()
    last_delivery_time = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    last_http_status = models.PositiveSmallIntegerField(null=True)
    failures = models.PositiveIntegerField(default=0)
    banned_until = models.DateTimeField(null=True)
