"""Notes of a plan in plain words: what differs from the deal, why, and what to do about it."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connections.templatetags import display
from mappings.models import FieldMapping
from mappings.types import Note


def note_text(note: Note, currency_code: str) -> str:
    """
    Return the sentence for a note, in the active language.

    :param currency_code: of the invoice, for the amounts in the note
    """
    values = note.values
    match note.code:
        case "mapped_field_gone":
            return _(
                "The Pipedrive field that fills “%(target)s” was deleted. Fill it in here; "
                "an admin can choose another field in the preferences."
            ) % {"target": FieldMapping.Target(note.target).label}
        case "tax_modes_mixed":
            return _(
                "The deal's products mix prices with and without tax. All prices here were "
                "converted to tax exclusive."
            )
        case "currency_not_in_xero":
            return _("Xero has no %(currency)s: enable it in Xero or choose another currency.") % {
                "currency": values["currency"]
            }
        case "lines_switched_off":
            count = cast(int, values["count"])
            return ngettext(
                "%(count)d product is switched off on the deal and was left out.",
                "%(count)d products are switched off on the deal and were left out.",
                count,
            ) % {"count": count}
        case "deal_discount":
            return _deal_discount(note, currency_code)
        case "value_differs":
            return _value_differs(note, currency_code)
        case _:
            return _line_note(note)


def _line_note(note: Note) -> str:
    values = note.values
    name = {"name": values["name"]}
    match note.code:
        case "item_renamed":
            return _(
                "“%(name)s” was linked to %(before)s, which Xero now calls %(now)s. Link it again "
                "if it is still the same."
            ) % {**name, "before": values["before"], "now": values["now"]}
        case "price_missing":
            return _("“%(name)s” has no price on the deal. Enter one.") % name
        case "quantity_missing":
            return _("“%(name)s” has no quantity on the deal. Enter one.") % name
        case "line_currency_differs":
            text = _(
                "“%(name)s” is priced in %(currency)s, not in the deal's currency. Enter its price."
            )
            if values["has_discount"]:
                text = _(
                    "“%(name)s” is priced in %(currency)s, not in the deal's currency. Enter its "
                    "price and its discount."
                )
            return text % {**name, "currency": values["currency"]}
        case "recurring":
            return (
                _("“%(name)s” is billed repeatedly in Pipedrive. This invoice bills it once.")
                % name
            )
        case "price_too_fine":
            return (
                _(
                    "“%(name)s” has more than four decimals. Its line holds the sum, and the "
                    "description the exact figures."
                )
                % name
            )
        case "tax_differs":
            return _(
                "“%(name)s” has %(deal)s tax on the deal and %(xero)s by its Xero tax rate. "
                "The invoice uses the Xero tax rate."
            ) % {**name, "deal": _percent(values["deal"]), "xero": _percent(values["xero"])}
        case _:
            raise ValueError(f"no words for the note {note.code}")


def _deal_discount(note: Note, currency_code: str) -> str:
    amount = note.values["amount"]
    told = {
        "description": note.values["description"],
        "amount": _percent(amount)
        if note.values["is_percentage"]
        else _money(amount, currency_code),
        "count": note.values["line_count"],
    }
    if note.values["line_count"] != 1:
        return (
            _(
                "The deal's discount “%(description)s” (%(amount)s) became %(count)d lines, one "
                "for each tax rate."
            )
            % told
        )
    return _("The deal's discount “%(description)s” (%(amount)s) became a line of its own.") % told


def _value_differs(note: Note, currency_code: str) -> str:
    told = {name: _money(note.values[name], currency_code) for name in ("deal_value", "total")}
    match note.values["reason"]:
        case "incomplete":
            text = _(
                "The deal's value is %(deal_value)s; the invoice comes to %(total)s so far, "
                "because a line has no price or quantity yet."
            )
        case "tax":
            text = _(
                "The deal's value is %(deal_value)s without tax; the invoice comes to %(total)s "
                "with tax."
            )
        case "tax_unknown":
            text = _(
                "The deal's value is %(deal_value)s without tax; the invoice comes to %(total)s, "
                "before the tax that Xero adds."
            )
        case "tax_rates":
            text = _(
                "The deal's value is %(deal_value)s; the invoice comes to %(total)s, because the "
                "Xero tax rates are not those of the deal's products."
            )
        case "rounding":
            text = _(
                "The deal's value is %(deal_value)s; the invoice comes to %(total)s, because Xero "
                "rounds each line."
            )
        case "discount":
            text = _(
                "The deal's value is %(deal_value)s; the invoice comes to %(total)s, because a "
                "discount on the whole deal counts before tax in Xero."
            )
        case _:
            text = _(
                "The deal's value is %(deal_value)s; the invoice comes to %(total)s. The value was "
                "set by hand, or lines were changed."
            )
    return text % told


def _percent(value: object) -> str:
    return display.percent(cast(Decimal, value))


def _money(amount: object, currency_code: str) -> str:
    return display.money(cast(Decimal, amount), currency_code)
