"""Every row of one company, of whatever app: an erasure deletes them, an export reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model, Q, QuerySet

from connections.models import AuditEvent, Company, WebhookEvent, XeroConnection

# It keeps ids, not names, and outlives whom it names (docs/adr/0038).
KEPT: frozenset[type[Model]] = frozenset({AuditEvent})


def list_models() -> list[type[Model]]:
    """Return every model whose rows belong to a company, the audit trail left out."""
    return [
        model
        for model in apps.get_models()
        if model not in KEPT
        and any(
            isinstance(field, ForeignKey) and field.related_model is Company
            for field in model._meta.local_fields
        )
    ]


def iterate(company: Company) -> Iterator[QuerySet[Any]]:
    """Return for each such model the company's rows; what vendors told counts by their ids too."""
    tenants = XeroConnection.objects.for_company(company).values("tenant_id")
    for model in list_models():
        names = [
            field.name
            for field in model._meta.local_fields
            if isinstance(field, ForeignKey) and field.related_model is Company
        ]
        wanted = Q()
        for name in names:
            wanted |= Q(**{name: company.pk})
        if model is WebhookEvent:
            wanted |= Q(pipedrive_company_id=company.pipedrive_company_id)
            wanted |= Q(tenant_id__in=list(tenants.values_list("tenant_id", flat=True)))
        yield model._base_manager.filter(wanted)
