"""Custom field values: checked on the way in, written on the way out (fact sheet §3.7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.pipedrive import validation
from sandbox.pipedrive.models import Field, Item


class Written:
    """Writes the custom field values of one entity's items, as one request asked for them."""

    def __init__(self, company_id: int, entity: str, query: dict[str, Any]) -> None:
        fields = Field.objects.filter(company=company_id, entity=entity, is_custom=True)
        wanted = query.get("custom_fields")
        self._fields = [field for field in fields if wanted is None or field.code in wanted]
        self._with_labels = query.get("include_option_labels", False)

    def of(self, item: Item) -> dict[str, Any]:
        """Every wanted field; null where the item has no value."""
        return {field.code: self._value(field, item) for field in self._fields}

    def _value(self, field: Field, item: Item) -> Any:
        value = item.custom_fields.get(field.code)
        if value is None or not self._with_labels or field.options is None:
            return value
        labels = {option["id"]: option["label"] for option in field.options}
        if isinstance(value, list):
            return [{"id": option, "label": labels.get(option)} for option in value]
        return {"id": value, "label": labels.get(value)}


def read(given: Any, *, company_id: int, entity: str) -> dict[str, Any]:
    """Check custom field values, each by the type of its field (§3.7); null clears.

    :raises Invalid: names the field's code
    """
    fields = {
        field.code: field
        for field in Field.objects.filter(company=company_id, entity=entity, is_custom=True)
    }
    allowed = {code: validation.nullable(_checker_for(field)) for code, field in fields.items()}
    return {
        key: validation.check(key, value, allowed)
        for key, value in validation.mapping(given).items()
    }


def _checker_for(field: Field) -> validation.Checker:
    options = [option["id"] for option in field.options or []]
    if field.field_type == "enum":
        return validation.one_of(*options)
    if field.field_type == "set":
        return _set_of(options)
    return CUSTOM_TYPES[field.field_type]


def _set_of(options: list[int]) -> validation.Checker:
    def check(value: Any) -> list[int]:
        chosen: list[int] = validation.list_of(validation.one_of(*options))(value)
        if not chosen:
            raise ValueError("Array must contain at least 1 element(s)")
        return chosen

    return check


def _object(**parts: validation.Checker) -> validation.Checker:
    def check(value: Any) -> dict[str, Any]:
        given = validation.mapping(value)
        for name in given:
            if name not in parts:
                raise ValueError(f"Unrecognized key '{name}'")
        if given.get("value") is None:
            raise ValueError("value is required")
        return {name: checker(given.get(name)) for name, checker in parts.items()}

    return check


def _date_text(value: Any) -> str:
    return validation.calendar_date(value).isoformat()


def _clock_text(value: Any) -> str:
    try:
        return datetime.strptime(validation.text()(value), "%H:%M:%S").strftime("%H:%M:%S")
    except ValueError as problem:
        raise ValueError("Invalid time") from problem


def _zone_name(value: Any) -> str:
    try:
        return ZoneInfo(validation.text(60)(value)).key
    except (ValueError, KeyError) as problem:
        raise ValueError("Invalid time zone") from problem


CUSTOM_TYPES: dict[str, validation.Checker] = {
    "varchar": validation.text(255),
    "varchar_auto": validation.text(255),
    "text": validation.text(65_000),
    "phone": validation.text(255),
    "double": validation.decimal,
    "monetary": _object(value=validation.decimal, currency=validation.text(5, least=3)),
    "date": _date_text,
    "daterange": _object(value=_date_text, until=validation.nullable(_date_text)),
    "time": _object(
        value=_clock_text,
        timezone_id=validation.nullable(validation.integer),
        timezone_name=validation.nullable(_zone_name),
    ),
    "timerange": _object(
        value=_clock_text,
        until=validation.nullable(_clock_text),
        timezone_id=validation.nullable(validation.integer),
        timezone_name=validation.nullable(_zone_name),
    ),
    "address": validation.address,
    "org": validation.identifier,
    "people": validation.identifier,
    "user": validation.identifier,
}
