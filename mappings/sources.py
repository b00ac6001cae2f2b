"""
Reading a Pipedrive field, built-in or custom, as text (pipedrive-api §3.2, §3.3, §3.7).

Pure. A field can be deleted in Pipedrive at any time and an option renamed; neither is an error
here: the value is then missing, or the new label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from connections.pipedrive.types import Address, Deal, Field, Organization, Person
from mappings.types import FieldSource

# Built-in fields that are on the records we read, by Pipedrive's code (v2 lists a person's
# e-mail field as "email" and answers "emails"; both are taken).
_BUILT_IN: Mapping[str, Mapping[str, Callable[[Any], object]]] = {
    "organization": {
        "name": lambda row: row.name,
        "address": lambda row: row.address,
        "website": lambda row: row.website,
    },
    "person": {
        "name": lambda row: row.name,
        "first_name": lambda row: row.first_name,
        "last_name": lambda row: row.last_name,
        "email": lambda row: row.primary_email,
        "emails": lambda row: row.primary_email,
        "phone": lambda row: _primary(row.phones),
        "phones": lambda row: _primary(row.phones),
        "postal_address": lambda row: row.postal_address,
    },
    "deal": {
        "title": lambda row: row.title,
        "value": lambda row: {"value": row.value, "currency": row.currency},
        "currency": lambda row: row.currency,
        "expected_close_date": lambda row: row.expected_close_date,
    },
}
# Fields that hold an id, whose name is asked for (`names.read`): (type, id) → name.
ID_TYPES = frozenset({"user", "org", "people"})
Names = Mapping[tuple[str, int], str]
_READABLE_TYPES = ID_TYPES | {
    "address", "date", "daterange", "double", "enum", "int", "monetary", "phone", "set",
    "text", "varchar", "varchar_auto", "varchar_options",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Records:
    """
    What a deal is about, as far as its reader may see it.

    `fields` holds the field lists by entity; an entity that is missing could not be read, so
    nothing is said about its fields being gone. `names` are those of fields that hold an id.
    """

    deal: Deal | None
    organization: Organization | None = None
    person: Person | None = None
    fields: Mapping[str, Sequence[Field]] = field(default_factory=dict)
    names: Names = field(default_factory=dict)

    def of(self, entity: str) -> Deal | Organization | Person | None:
        """Return the record of "deal", "organization" or "person"."""
        rows = {"deal": self.deal, "organization": self.organization, "person": self.person}
        return rows[entity]

    def field_of(self, source: FieldSource) -> Field | None:
        """Return the definition of a source's field, None when there is none (any more)."""
        listed = self.fields.get(source.entity, ())
        return next((each for each in listed if each.code == source.field_code), None)


def is_readable(entity: str, one: Field) -> bool:
    """Whether a field can feed an invoice: its value is on the record and can be told as text."""
    if one.is_custom:
        return one.type in _READABLE_TYPES
    return one.code in _BUILT_IN[entity]


def is_gone(records: Records, source: FieldSource) -> bool:
    """Whether a mapped field was deleted in Pipedrive (R-10); unknown lists say nothing."""
    if source.entity not in records.fields or source.field_code in _BUILT_IN[source.entity]:
        return False
    return records.field_of(source) is None


def is_amount(records: Records, source: FieldSource) -> bool:
    """Whether a source holds money, which not everybody may see."""
    definition = records.field_of(source)
    is_value = (source.entity, source.field_code) == ("deal", "value")
    return is_value or (definition is not None and definition.type == "monetary")


def read_value(records: Records, source: FieldSource) -> object:
    """Return the raw value of a source: text, number, day, Address, or v2's custom shape."""
    record = records.of(source.entity)
    if record is None:
        return None
    built_in = _BUILT_IN[source.entity].get(source.field_code)
    value = built_in(record) if built_in else record.custom_fields.get(source.field_code)
    if source.subfield:
        return _part(value, source.subfield)
    return value


def read_text(records: Records, source: FieldSource) -> str:
    """Return the value of a source as one text, "" when there is none."""
    value = read_value(records, source)
    definition = records.field_of(source)
    if definition and definition.is_custom and definition.type in ID_TYPES:
        number = _id_in(value)
        return "" if number is None else records.names.get((definition.type, number), "").strip()
    return _text(value, definition)


def ids_in(records: Records, wanted: Iterable[FieldSource]) -> dict[str, set[int]]:
    """Return the ids that these fields hold, by the type of the field."""
    found: dict[str, set[int]] = {}
    for source in wanted:
        definition = records.field_of(source)
        if definition is None or not definition.is_custom or definition.type not in ID_TYPES:
            continue
        number = _id_in(read_value(records, source))
        if number is not None:
            found.setdefault(definition.type, set()).add(number)
    return found


def read_address(records: Records, source: FieldSource) -> Address | None:
    """Return the value of a source as address parts, None when it is none."""
    value = read_value(records, source)
    if isinstance(value, Address):
        return value
    if isinstance(value, Mapping) and _looks_like_address(value):
        parts = {name: _plain(value.get(name)) for name in Address.__dataclass_fields__}
        return Address(**parts)
    return None


def _id_in(value: object) -> int | None:
    """An id, bare or with its type beside it."""
    number = value.get("id") if isinstance(value, Mapping) else value
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _looks_like_address(value: Mapping[str, object]) -> bool:
    return "route" in value or "locality" in value or "formatted_address" in value


def _primary(details: Sequence[Any]) -> str:
    filled = [detail for detail in details if detail.value.strip()]
    chosen = next((detail for detail in filled if detail.is_primary), filled[0] if filled else None)
    return chosen.value.strip() if chosen else ""


def _part(value: object, name: str) -> object:
    if isinstance(value, Address):
        return getattr(value, name, None)
    return value.get(name) if isinstance(value, Mapping) else None


def _text(value: object, definition: Field | None) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (_text(each, definition) for each in value)))
    if isinstance(value, Address):
        return value.value or value.formatted_address
    if isinstance(value, Mapping):
        return _text_of_parts(value)
    if definition and definition.options and value is not None:
        return _option_label(value, definition)
    return _plain(value)


def _text_of_parts(value: Mapping[str, object]) -> str:
    if "label" in value:
        return _plain(value["label"])
    if "currency" in value:
        amount = _plain(value.get("value"))
        return f"{amount} {_plain(value['currency'])}".strip() if amount else ""
    if "until" in value:
        ends = (_plain(value.get("value")), _plain(value["until"]))
        return " – ".join(end for end in ends if end)
    return _plain(value.get("value"))


def _option_label(value: object, definition: Field) -> str:
    labels = {str(option.id): option.label for option in definition.options}
    return labels.get(_plain(value), "")


def _plain(value: object) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else ""
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
