"""The forms of the native tab; what they clean is what Pipedrive posts to the app."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from sandbox.invoicing import drafts

TAX_MODES = {
    "taxExclusive": ("Exclusive", "Tax exclusive"),
    "taxInclusive": ("Inclusive", "Tax inclusive"),
    "noTax": ("NoTax", "No tax"),
}
_LINES = "lines"
_MOST_LINES = 200


class Head(forms.Form):
    """Whom the invoice is for, and its terms."""

    contactId = forms.CharField(widget=forms.HiddenInput, required=False)
    contactName = forms.CharField(label="Contact", widget=forms.Textarea(attrs={"rows": 2}))
    address = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    email = forms.EmailField(label="E-mail", required=False)
    taxNumber = forms.CharField(label="Tax number", required=False)
    taxModeId = forms.ChoiceField(label="Amounts are")
    currencyId = forms.ChoiceField(label="Currency", required=False)
    templateId = forms.ChoiceField(label="Template", required=False)
    invoiceNumber = forms.CharField(label="Invoice number")
    issueDate = forms.DateField(
        label="Issue date", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    dueDate = forms.DateField(
        label="Due date", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, lists: drafts.Lists, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        offered = lists.features.get("invoiceTaxModeOptions") or {}
        modes = [words for name, words in TAX_MODES.items() if offered.get(name, True)]
        self.fields["taxModeId"].choices = modes  # type: ignore[attr-defined]
        self.fields["currencyId"].choices = [("", "of the contact"), *lists.currencies]  # type: ignore[attr-defined]
        self.fields["templateId"].choices = [("", "none"), *lists.templates]  # type: ignore[attr-defined]
        if lists.features.get("invoiceNumberOption") != "mandatory":
            del self.fields["invoiceNumber"]

    def to_json(self) -> dict[str, Any]:
        """Return these fields as InvoiceCreateData has them."""
        given = self.cleaned_data
        return {
            "contactId": given["contactId"] or None,
            "contactName": given["contactName"],
            "address": given["address"],
            "email": given["email"],
            "taxNumber": given["taxNumber"],
            "taxModeId": given["taxModeId"],
            "globalDiscount": None,
            "taxRateId": None,
            "templateId": given["templateId"] or None,
            "currencyId": given["currencyId"] or None,
            "invoiceNumber": given.get("invoiceNumber") or None,
            "issueDate": _instant(given["issueDate"]),
            "dueDate": _instant(given["dueDate"]) if given["dueDate"] else None,
        }


class Line(forms.Form):
    """One row; without quantity and price it is a description."""

    productId = forms.CharField(widget=forms.HiddenInput, required=False)
    productCode = forms.CharField(widget=forms.HiddenInput, required=False)
    description = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}))
    quantity = forms.DecimalField(required=False, max_digits=15, decimal_places=4)
    unitPrice = forms.DecimalField(label="Price", required=False, max_digits=15, decimal_places=4)
    discountRate = forms.DecimalField(
        label="Discount %", required=False, min_value=0, max_value=100, decimal_places=2
    )
    taxRateId = forms.ChoiceField(label="Tax", required=False)
    accountId = forms.ChoiceField(label="Account", required=False)

    def __init__(self, *args: Any, lists: drafts.Lists, **more: Any) -> None:
        super().__init__(*args, **more)
        rates = [(str(row["id"]), f"{row['name']} ({row['rate']} %)") for row in lists.tax_rates]
        self.fields["taxRateId"].choices = [("", "none"), *rates]  # type: ignore[attr-defined]
        self.fields["accountId"].choices = [("", "none"), *lists.accounts]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label or ""
        self.fields["description"].widget.attrs["aria-label"] = "Description"
        self.fields["quantity"].widget.attrs["aria-label"] = "Quantity"

    def to_json(self) -> dict[str, Any]:
        """Return the row as lineItems have it."""
        given = self.cleaned_data
        return {
            "productId": given["productId"] or None,
            "productCode": given["productCode"] or None,
            "description": given["description"],
            "quantity": given["quantity"],
            "unitPrice": given["unitPrice"],
            "discountRate": given["discountRate"],
            "taxRateId": given["taxRateId"] or None,
            "accountId": given["accountId"],
        }


_LineSet = forms.formset_factory(
    Line, extra=0, min_num=1, validate_min=True, max_num=_MOST_LINES, absolute_max=_MOST_LINES
)


def lines(lists: drafts.Lists, data: Any = None, initial: Any = None) -> Any:
    """Return the set of rows, filled from what was posted or from `initial`."""
    extra = {} if initial is None else {"initial": initial}
    return _LineSet(data, prefix=_LINES, form_kwargs={"lists": lists}, **extra)


def typed_lines(data: QueryDict) -> list[dict[str, str]]:
    """Return the rows as they were typed, good or not."""
    total = data.get(f"{_LINES}-TOTAL_FORMS", "0")
    count = min(int(total), _MOST_LINES) if total.isdecimal() and len(total) < 6 else 0
    return [
        {name: data.get(f"{_LINES}-{place}-{name}", "") for name in Line.base_fields}
        for place in range(count)
    ]


class Product(forms.Form):
    """A product of the accounting."""

    name = forms.CharField(max_length=50)
    code = forms.CharField(max_length=30, required=False)
    description = forms.CharField(max_length=4000, required=False)
    unitPrice = forms.DecimalField(label="Price", required=False, max_digits=15, decimal_places=4)
    accountId = forms.ChoiceField(label="Account", required=False)
    taxRateId = forms.ChoiceField(label="Tax", required=False)

    def __init__(self, lists: drafts.Lists, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        rates = [(str(row["id"]), str(row["name"])) for row in lists.tax_rates]
        self.fields["taxRateId"].choices = [("", "none"), *rates]  # type: ignore[attr-defined]
        self.fields["accountId"].choices = [("", "none"), *lists.accounts]  # type: ignore[attr-defined]
        limits = ((lists.features.get("validations") or {}).get("product")) or {}
        for name, limit in limits.items():
            if name in self.fields and limit.get("maxLength"):
                self.fields[name] = forms.CharField(
                    max_length=limit["maxLength"], required=name == "name"
                )


class Contact(forms.Form):
    """A contact of the accounting."""

    displayName = forms.CharField(label="Name", max_length=255)
    email = forms.EmailField(label="E-mail", required=False)
    phone = forms.CharField(required=False)
    address = forms.CharField(required=False)
    postalCode = forms.CharField(label="Post code", required=False)
    city = forms.CharField(required=False)
    country = forms.CharField(required=False)
    taxId = forms.CharField(label="Tax number", required=False)

    def __init__(self, lists: drafts.Lists, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)


class Period(forms.Form):
    """Which of a customer's invoices are shown."""

    customerId = forms.CharField(widget=forms.HiddenInput)
    startDate = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    endDate = forms.DateField(
        label="To",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    page = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


def given(form: forms.Form, *, is_change: bool) -> dict[str, Any]:
    """Return the values of a product or contact; what is empty goes along only in a change."""
    empty = (None,) if is_change else ("", None)
    return {name: value for name, value in form.cleaned_data.items() if value not in empty}


def _instant(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"
