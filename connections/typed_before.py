"""
What was typed into a form whose sender had to show first who they are (S-5, P-23).

It waits in the session for ten minutes and is put back into the form: nothing is sent again by
itself, so that no press is made that nobody made. Only fields that are named here are kept, and no
secret is among them.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone

from connections import rights

_KEY: Final = "typed_before"
_SECONDS: Final = 600
_MOST_CHARACTERS: Final = 20_000
_STAFF_FIELDS: Final = ("action", "reason", "version", ACTION_CHECKBOX_NAME)
_FIELDS: Final = {
    "connections:invite": ("email", "role"),
    "connections:member": ("role", "seen", *rights.LABELS),
    "connections:sign_on": ("issuer", "client_id"),
}
# Where the form is, when it is not where it is sent to.
_PAGES: Final = {"connections:invite": "connections:people"}


def keep(request: HttpRequest) -> bool:
    """Keep what was posted until it can be pressed again; whether there was anything to keep."""
    typed = {
        name: request.POST.getlist(name)
        for name in _names(request)
        if any(request.POST.getlist(name))
    }
    if not typed or sum(len(each) for values in typed.values() for each in values) > (
        _MOST_CHARACTERS
    ):
        return False
    request.session[_KEY] = {
        "at": timezone.now().timestamp(),
        "user": request.user.pk,
        "path": request.path,
        "typed": typed,
    }
    return True


def page_of(request: HttpRequest) -> str:
    """Return the page that the posted form is on, as far as it is known here; "" else."""
    name = _name(request)
    if name in _PAGES:
        return reverse(_PAGES[name])
    return request.get_full_path() if name in _FIELDS else ""


def take(request: HttpRequest, path: str) -> QueryDict | None:
    """
    Return what was typed into the form that is sent to this path, once; None for nothing.

    :param path: where the form is sent to
    """
    kept: dict[str, Any] = request.session.get(_KEY) or {}
    if kept.get("path") != path:
        return None
    del request.session[_KEY]
    is_old = timezone.now().timestamp() - kept["at"] > _SECONDS
    if is_old or kept["user"] != request.user.pk:
        return None
    typed = QueryDict(mutable=True)
    for name, values in kept["typed"].items():
        typed.setlist(name, values)
    return typed


def _names(request: HttpRequest) -> tuple[str, ...]:
    name = _name(request)
    if name.startswith("admin:"):
        return (*_STAFF_FIELDS, *settings.CONSTANCE_CONFIG)
    return _FIELDS.get(name, ())


def _name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""
