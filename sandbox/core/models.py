"""The few values of the sandbox itself that outlive a restart."""

from django.db import models


class StoredValue(models.Model):
    """One named JSON value: clock offset, switches, signing key, day of the seed."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.JSONField()

    def __str__(self) -> str:
        return self.key
