"""The few values of the sandbox itself that outlive a restart."""

from django.db import models


class StoredValue(models.Model):
    """One named JSON value: clock offset, switches, signing key, day of the seed."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.JSONField()

    def __str__(self) -> str:
        return self.key


class Delivery(models.Model):
    """A webhook message on its way to the app, and what became of it."""

    vendor = models.CharField(max_length=16)
    # The vendor's own subscription that it belongs to; Xero has one for the whole app.
    hook_number = models.PositiveIntegerField(null=True)
    url = models.URLField(max_length=500)
    headers = models.JSONField(default=dict)
    body = models.TextField()
    note = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # None: no more is sent
    attempts = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True)  # of the last answer
    is_delivered = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="delivery_due")]
