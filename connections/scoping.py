"""
Tenancy at the query and in the database (reliability P-10).

A customer table is read only for a named company, and a row leads only to rows of its own company.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

Row = TypeVar("Row", bound=models.Model)


class UnscopedQuery(RuntimeError):
    """A customer table was about to be read without saying for which company."""


class ScopedQuerySet(models.QuerySet[Row]):
    """
    A queryset that refuses to run until `for_company` or `across_companies` was called.

    Writes of new rows need no scope: a row carries its company itself.
    """

    _is_scoped = False

    def for_company(self, company: models.Model) -> ScopedQuerySet[Row]:
        """Rows of this company only."""
        scoped = self.filter(company=company)
        scoped._is_scoped = True
        return scoped

    def across_companies(self) -> ScopedQuerySet[Row]:
        """Rows of every company: for workers, the admin and the sweep, never for a page."""
        scoped = self.all()
        scoped._is_scoped = True
        return scoped

    def _clone(self) -> ScopedQuerySet[Row]:
        clone = cast("ScopedQuerySet[Row]", super()._clone())  # type: ignore[misc]
        clone._is_scoped = self._is_scoped
        return clone

    def _demand_scope(self) -> None:
        if not self._is_scoped:
            raise UnscopedQuery(
                f"{self.model.__name__}: say for_company(...) or across_companies() first"
            )

    def _fetch_all(self) -> None:
        self._demand_scope()
        super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Any:
        """As Django's, for scoped reads only."""
        self._demand_scope()
        return super().iterator(chunk_size)

    def count(self) -> int:
        """As Django's, for scoped reads only."""
        self._demand_scope()
        return super().count()

    def exists(self) -> bool:
        """As Django's, for scoped reads only."""
        self._demand_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As Django's, for scoped reads only."""
        self._demand_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        """As Django's, for scoped rows only."""
        self._demand_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's, for scoped rows only."""
        self._demand_scope()
        return super().delete()


class ScopedManager(models.Manager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    """The default manager of every customer table."""

    def get_queryset(self) -> ScopedQuerySet[Any]:
        """Unscoped, except when reached from a row (`invoice.line_items`), which is a scope."""
        queryset = super().get_queryset()
        queryset._is_scoped = getattr(self, "instance", None) is not None
        return cast("ScopedQuerySet[Any]", queryset)


class CustomerRow(models.Model):
    """Base of every row that belongs to a customer."""

    company = models.ForeignKey(
        "connections.Company", models.CASCADE, related_name="+", verbose_name=_("company")
    )

    objects = ScopedManager()
    # Django's own plumbing (refresh_from_db, cascades, foreign keys) follows rows, not lists.
    unscoped = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "objects"


class SameCompany(models.BaseConstraint):
    """
    A foreign key that the database holds to the row's own company (docs/adr/0042).

    It is `FOREIGN KEY (company_id, field) REFERENCES target (company_id, id)`, so the target needs
    `one_per_company(name)` among its constraints. An empty field leads nowhere and is let be.
    """

    violation_error_message = _("This belongs to another company.")
    violation_error_code = "other_company"

    def __init__(self, field: str, *, name: str) -> None:
        """:param field: the foreign key to another customer row"""
        super().__init__(name=name)
        self.violation_error_message = type(self).violation_error_message
        self.field = field

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        """Return the constraint as a part of CREATE TABLE."""
        meta = model._meta
        field = meta.get_field(self.field)
        target = field.remote_field.model._meta
        own = [meta.get_field("company").column, field.column]
        theirs = [target.get_field("company").column, target.pk.column]
        quote = schema_editor.quote_name
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({', '.join(map(quote, own))}) "
            f"REFERENCES {quote(target.db_table)} ({', '.join(map(quote, theirs))}) "
            "DEFERRABLE INITIALLY DEFERRED"
        )

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        """Return the statement for a table that exists (SQLite makes its tables anew instead)."""
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} ADD {self.constraint_sql(model, schema_editor)}"

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """Return the statement that takes it away."""
        table, name = map(schema_editor.quote_name, (model._meta.db_table, self.name))
        return f"ALTER TABLE {table} DROP CONSTRAINT {name}"

    def validate(
        self,
        model: Any,
        instance: Any,
        exclude: Container[str] | None = None,
        using: str = "default",
    ) -> None:
        """
        As Django asks of every constraint before a form is saved.

        :raises ValidationError: the row it leads to is another company's
        """
        if exclude and (self.field in exclude or "company" in exclude):
            return
        target = getattr(instance, self.field)
        if target is not None and target.company_id != instance.company_id:
            raise ValidationError(self.violation_error_message, code=self.violation_error_code)

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        """As Django asks, for migrations."""
        path, _args, _kwargs = super().deconstruct()
        return path, (), {"field": self.field, "name": self.name}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SameCompany):
            return NotImplemented
        return (self.field, self.name) == (other.field, other.name)

    def __hash__(self) -> int:
        return hash((self.field, self.name))


def one_per_company(name: str) -> models.UniqueConstraint:
    """Return the key that `SameCompany` of other tables refers to."""
    return models.UniqueConstraint(fields=["company", "id"], name=name)
