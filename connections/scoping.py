"""Tenancy at the query: a customer table is read only for a named company (reliability P-10)."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from django.db import models

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

    company = models.ForeignKey("connections.Company", models.CASCADE, related_name="+")

    objects = ScopedManager()
    # Django's own plumbing (refresh_from_db, cascades, foreign keys) follows rows, not lists.
    unscoped = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "objects"
