"""What Pipedrive keeps of invoices: the manifest, who is linked, which invoice is of which deal."""

from __future__ import annotations

from django.db import models

from sandbox.pipedrive.models import Company, Deal, Installation


class Manifest(models.Model):
    """The app's addresses as uploaded in the developer hub; there is one."""

    document = models.JSONField()
    uploaded_at = models.DateTimeField()


class Link(models.Model):
    """A company's accounting as the app registered it; it goes with that user's installation."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE)
    installation = models.ForeignKey(Installation, on_delete=models.CASCADE)
    link_id = models.CharField(max_length=200)
    org_id = models.CharField(max_length=200)
    made_at = models.DateTimeField()


class DealInvoice(models.Model):
    """That an invoice was made on a deal: the id is the accounting's, its state is never kept."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="invoices")
    invoice_id = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["deal", "invoice_id"], name="once_per_deal")]
