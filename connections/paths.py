"""Where somebody may be sent next: paths of ours only (S-15)."""

from __future__ import annotations

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def local(path: str) -> str:
    """Return a path of ours as it is, and the start page for everything else."""
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours else reverse("home")
