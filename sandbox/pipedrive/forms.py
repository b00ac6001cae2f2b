"""Forms of the pages. What they clean goes to the same functions as an API call."""

from __future__ import annotations

from typing import Any

from django import forms

from sandbox.pipedrive.deal_products import FREQUENCIES
from sandbox.pipedrive.models import (
    Currency,
    Deal,
    DealProduct,
    Field,
    Organization,
    Person,
    Product,
    User,
)
from sandbox.pipedrive.wire import number

TAX_METHODS = [("exclusive", "excluded"), ("inclusive", "included"), ("none", "no tax")]


class Line(forms.Form):
    """The figures of a deal line."""

    quantity = forms.DecimalField(min_value=0, max_digits=11, decimal_places=4)
    item_price = forms.DecimalField(label="Price", min_value=0, max_digits=11, decimal_places=4)
    discount = forms.DecimalField(min_value=0, max_digits=11, decimal_places=4)
    discount_type = forms.ChoiceField(
        label="Discount in", choices=[("percentage", "%"), ("amount", "amount")]
    )
    tax = forms.DecimalField(label="Tax %", min_value=0, max_value=100, decimal_places=3)
    tax_method = forms.ChoiceField(label="Tax is", choices=TAX_METHODS)
    billing_frequency = forms.ChoiceField(
        label="Billed", choices=[(word, word) for word in FREQUENCIES]
    )
    is_enabled = forms.BooleanField(label="Counts", required=False)

    def __init__(self, line: DealProduct, data: Any = None) -> None:
        given = {name: getattr(line, name) for name in self.base_fields}
        for name in ("quantity", "item_price", "discount", "tax"):
            given[name] = number(given[name])
        super().__init__(data, initial=given, auto_id=f"line-{line.number}-%s")
        for bound in self.fields.values():
            # A form cannot span the cells of a table; its inputs can name it.
            bound.widget.attrs |= {"form": f"line-{line.number}", "aria-label": bound.label or ""}
        self.fields["quantity"].widget.attrs["aria-label"] = "Quantity"
        self.fields["discount"].widget.attrs["aria-label"] = "Discount"


class NewLine(forms.Form):
    """A product to attach."""

    product_id = forms.TypedChoiceField(label="Product", coerce=int)
    quantity = forms.DecimalField(min_value=0, max_digits=11, decimal_places=4, initial=1)
    item_price = forms.DecimalField(
        label="Price (empty: from the catalogue)",
        min_value=0,
        max_digits=11,
        decimal_places=4,
        required=False,
    )

    def __init__(self, deal: Deal, data: Any = None) -> None:
        super().__init__(data, auto_id="new-%s")
        self._deal = deal
        rows = Product.objects.filter(company=deal.company_id, is_deleted=False)
        choices = [(row.number, f"{row.name} ({row.code})") for row in rows.order_by("name")]
        self.fields["product_id"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Fill an empty price from the product's price in the deal's currency, else nothing."""
        values = dict(self.cleaned_data)
        if values.get("item_price") is None and "product_id" in values:
            row = Product.objects.get(company=self._deal.company_id, number=values["product_id"])
            prices = {price["currency"]: price["price"] for price in row.prices}
            values["item_price"] = forms.DecimalField().to_python(
                prices.get(self._deal.currency, 0)
            )
        return values


class WithCustomFields(forms.Form):
    """A form that grows an input for every custom field of its entity."""

    entity = ""

    def __init__(self, row: Any, data: Any, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.row = row
        rows = Field.objects.filter(company=row.company_id, entity=self.entity, is_custom=True)
        self._custom = {field.code: field for field in rows}
        for code, field in self._custom.items():
            for name, made in _inputs(field, row.custom_fields.get(code)).items():
                self.fields[name] = made

    def get_changes(self) -> dict[str, Any]:
        """The cleaned values as an API body; custom values by code, null where emptied."""
        plain = {
            name: value
            for name, value in self.cleaned_data.items()
            if name.partition("__")[0] not in self._custom
        }
        custom = {
            code: _value(field, self.cleaned_data, self.row.custom_fields.get(code))
            for code, field in self._custom.items()
            if field.field_type in EDITABLE
        }
        return plain | {"custom_fields": custom}


class DealDetails(WithCustomFields):
    """A deal's own fields."""

    entity = "deal"
    title = forms.CharField(max_length=255)
    currency = forms.ChoiceField()
    org_id = forms.TypedChoiceField(
        label="Organization", coerce=int, empty_value=None, required=False
    )
    person_id = forms.TypedChoiceField(
        label="Contact person", coerce=int, empty_value=None, required=False
    )

    def __init__(self, row: Deal, data: Any = None) -> None:
        initial = {
            "title": row.title,
            "currency": row.currency,
            "org_id": row.organization.number if row.organization else None,
            "person_id": row.person.number if row.person else None,
        }
        super().__init__(row, data, initial)
        currencies = Currency.objects.filter(company=row.company_id).order_by("number")
        choices = {
            "currency": [(money.code, money.code) for money in currencies],
            "org_id": [("", "none"), *_choices(Organization, row.company_id)],
            "person_id": [("", "none"), *_choices(Person, row.company_id)],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]


class OrganizationDetails(WithCustomFields):
    """An organization's own fields."""

    entity = "organization"
    name = forms.CharField(max_length=255)
    address = forms.CharField(max_length=255, required=False)
    website = forms.CharField(max_length=255, required=False)

    def __init__(self, row: Organization, data: Any = None) -> None:
        initial = {"name": row.name, "website": row.website}
        initial["address"] = row.address["value"] if row.address else ""
        super().__init__(row, data, initial)

    def get_changes(self) -> dict[str, Any]:
        """As the API takes it; a retyped address is text only, as if no map knew it."""
        changes = super().get_changes()
        changes["address"] = _address(changes["address"], self.row.address)
        return changes | {"website": changes["website"] or None}


class PersonDetails(WithCustomFields):
    """A person's own fields."""

    entity = "person"
    first_name = forms.CharField(max_length=120)
    last_name = forms.CharField(max_length=120, required=False)
    email = forms.EmailField(label="Primary e-mail", required=False)
    other_email = forms.EmailField(label="Other e-mail", required=False)

    def __init__(self, row: Person, data: Any = None) -> None:
        primary = next((entry["value"] for entry in row.emails if entry["primary"]), "")
        others = [entry["value"] for entry in row.emails if not entry["primary"]]
        initial = {
            "first_name": row.first_name,
            "last_name": row.last_name,
            "email": primary,
            "other_email": others[0] if others else "",
        }
        super().__init__(row, data, initial)

    def get_changes(self) -> dict[str, Any]:
        """As the API takes it: the other address stands first, as the older one does in life."""
        changes = super().get_changes()
        primary, other = changes.pop("email"), changes.pop("other_email")
        emails = [{"value": other, "primary": False, "label": "home"}] if other else []
        emails += [{"value": primary, "primary": True, "label": "work"}] if primary else []
        return changes | {"emails": emails}


EDITABLE = {
    "varchar",
    "varchar_auto",
    "phone",
    "text",
    "double",
    "monetary",
    "date",
    "daterange",
    "enum",
    "set",
    "address",
    "user",
    "org",
    "people",
}


def _choices(model: Any, company_id: int) -> list[tuple[int, str]]:
    rows = model.objects.filter(company=company_id, is_deleted=False).order_by("number")
    return [(row.number, row.name) for row in rows]


def _inputs(field: Field, value: Any) -> dict[str, forms.Field]:
    kind, code = field.field_type, field.code
    optional: dict[str, Any] = {"label": field.name, "required": False, "initial": value}
    day = {"widget": forms.DateInput(attrs={"type": "date"})}
    if kind in ("varchar", "varchar_auto", "phone"):
        return {code: forms.CharField(max_length=255, **optional)}
    if kind == "text":
        widget = forms.Textarea(attrs={"rows": 3})
        return {code: forms.CharField(max_length=65_000, widget=widget, **optional)}
    if kind == "double":
        return {code: forms.DecimalField(max_digits=14, **optional)}
    if kind == "date":
        return {code: forms.DateField(**optional | day)}
    if kind == "address":
        optional["initial"] = value["value"] if value else ""
        return {code: forms.CharField(max_length=255, **optional)}
    if kind in ("monetary", "daterange"):
        return _pair(field, value)
    if kind in ("enum", "user", "org", "people"):
        choices = [("", "none"), *_options(field)]
        return {
            code: forms.TypedChoiceField(choices=choices, coerce=int, empty_value=None, **optional)
        }
    if kind == "set":
        optional["widget"] = forms.CheckboxSelectMultiple()
        return {
            code: forms.TypedMultipleChoiceField(choices=_options(field), coerce=int, **optional)
        }
    return {}


def _pair(field: Field, value: Any) -> dict[str, forms.Field]:
    value, code, name = value or {}, field.code, field.name
    if field.field_type == "monetary":
        money = Currency.objects.filter(company=field.company_id).order_by("number")
        return {
            code: forms.DecimalField(
                max_digits=11, label=name, required=False, initial=value.get("value")
            ),
            f"{code}__currency": forms.ChoiceField(
                choices=[(row.code, row.code) for row in money],
                label=f"{name}, currency",
                initial=value.get("currency"),
            ),
        }
    day: dict[str, Any] = {
        "widget": forms.DateInput(attrs={"type": "date"}),
        "required": False,
    }
    return {
        code: forms.DateField(label=f"{name}, from", initial=value.get("value"), **day),
        f"{code}__until": forms.DateField(
            label=f"{name}, until", initial=value.get("until"), **day
        ),
    }


def _options(field: Field) -> list[tuple[int, str]]:
    if field.options is not None:
        return [(option["id"], option["label"]) for option in field.options]
    if field.field_type == "user":
        users = User.objects.filter(company=field.company_id).order_by("pk")
        return [(user.pk, user.name) for user in users]
    model = Organization if field.field_type == "org" else Person
    return _choices(model, field.company_id)


def _value(field: Field, cleaned: dict[str, Any], before: Any) -> Any:
    value, kind = cleaned.get(field.code), field.field_type
    if value in (None, "", []):
        return None
    if kind == "monetary":
        return {"value": value, "currency": cleaned[f"{field.code}__currency"]}
    if kind == "daterange":
        until = cleaned.get(f"{field.code}__until")
        return {"value": value.isoformat(), "until": until.isoformat() if until else None}
    if kind == "date":
        return value.isoformat()
    return _address(value, before) if kind == "address" else value


def _address(text: str, before: dict[str, Any] | None) -> dict[str, Any] | None:
    if before and before.get("value") == text:
        return before
    return {"value": text} if text else None
