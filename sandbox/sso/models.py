"""What the sign-on remembers between the browser's visit and the app's calls."""

from __future__ import annotations

from django.db import models


class SignIn(models.Model):
    """One sign-in under way: a code for the browser to carry, then a token for the app."""

    code = models.CharField(max_length=64, unique=True)
    access_token = models.CharField(max_length=64, unique=True, null=True)
    email = models.EmailField()
    redirect_uri = models.URLField(max_length=500)
    nonce = models.CharField(max_length=255, blank=True)
    code_challenge = models.CharField(max_length=128, blank=True)
    scope = models.CharField(max_length=255)
    expires_at = models.DateTimeField()
