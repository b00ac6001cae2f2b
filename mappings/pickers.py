"""The entries of the preferences page's pickers: fields by group, custom ones included (M-9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from connections.pipedrive.types import Field, Subfield
from mappings import customer, fields, sources, types
from mappings.models import FieldMapping

_SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what it stores, and how it is called. A deleted one is shown, never taken."""

    source: types.FieldSource
    label: str
    is_deleted: bool = False

    @property
    def value(self) -> str:
        """How the entry is named in the form."""
        return value_of(self.source)


def value_of(source: types.FieldSource) -> str:
    """Return how a source is named in the form, e.g. "organization:address:locality"."""
    parts = (source.entity, source.field_code, source.subfield)
    return _SEPARATOR.join(part for part in parts if part)


def list_entries(
    target: str,
    mappings: Iterable[types.FieldSource],
    lists: Mapping[str, Sequence[Field]],
) -> dict[str, list[Entry]]:
    """
    Return the entries of a target's picker by group.

    A group whose fields could not be read holds the saved and the suggested field only. A saved
    field that Pipedrive deleted is among the entries of its group, marked (R-10).
    """
    saved = [source for source in mappings if source.target == target]
    entries = {
        entity: _listed(target, entity, lists[entity])
        if entity in lists
        else _known(target, entity, saved)
        for entity in fields.ENTITIES
    }
    records = sources.Records(deal=None, fields=lists)
    for source in saved:
        if sources.is_gone(records, source):
            name = _("%(field)s (deleted in Pipedrive)") % {"field": source.field_name}
            entries[source.entity].append(Entry(source, _label(source, name), is_deleted=True))
    return entries


def standard_names() -> dict[str, str]:
    """Return our words for the fields that every Pipedrive has, by their codes."""
    return {"name": _("Name"), "address": _("Address"), "email": _("Email")}


def group_label(entity: str) -> str:
    """Return the name of a group in the active language."""
    return str(FieldMapping.Entity(entity).label)


def _listed(target: str, entity: str, listed: Iterable[Field]) -> list[Entry]:
    entries = []
    for field, parts in fields.list_readable(entity, listed):
        source = types.FieldSource(target, entity, field.code, field_name=field.name)
        name = standard_names().get(field.code, field.name)
        entries.append(Entry(source, _label(source, name)))
        for part in parts:
            name = _part_name(field, part)
            of_part = replace(source, subfield=part.code, field_name=name)
            entries.append(Entry(of_part, _label(of_part, name)))
    return entries


def _label(source: types.FieldSource, name: str) -> str:
    """With its group, because a closed picker shows the entry alone."""
    return _("%(group)s – %(field)s") % {"group": group_label(source.entity), "field": name}


def _part_name(field: Field, part: Subfield) -> str:
    """Pipedrive mostly names a part with its field ("ZIP/Postal code of Address")."""
    if field.name in part.name:
        return part.name
    return _("%(field)s – %(part)s") % {"field": field.name, "part": part.name or part.code}


def _known(target: str, entity: str, saved: Iterable[types.FieldSource]) -> list[Entry]:
    known: dict[str, Entry] = {}
    for source in (*saved, *customer.DEFAULT_SOURCES):
        if source.entity == entity:
            name = source.field_name or source.field_code
            if not source.subfield:
                name = standard_names().get(source.field_code, name)
            kept = replace(source, target=target, field_name=source.field_name or name)
            entry = Entry(kept, _label(source, name))
            known.setdefault(entry.value, entry)
    return list(known.values())
