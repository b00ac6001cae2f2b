"""
The sealed secrets of second factors, which lie in allauth's rows, when the key changes (S-18).

An authenticator holds its secrets in one JSON value among things that are no secret: the secret of
an app, the seed of recovery codes, or codes one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.db import transaction

from connections import vault

NAME: Final = "mfa_authenticator.data"
_SECRETS: Final = ("secret", "seed", "migrated_codes")


def place_of(user_id: int) -> str:
    """
    Return what a person's secrets are sealed for: in somebody else's row they do not open (S-17).

    A person has one app and one set of recovery codes, and allauth does not say for which it seals
    (docs/adr/0030).
    """
    return f"mfa_authenticator:{user_id}:data"


def list_secrets(data: dict[str, Any]) -> list[str]:
    """Return the sealed values of one authenticator."""
    found: list[str] = []
    for name in _SECRETS:
        value = data.get(name) or []
        found += [value] if isinstance(value, str) else value
    return found


def count() -> tuple[int, int]:
    """Return how many sealed values there are, and how many still need an older key."""
    sealed = [
        value
        for data in Authenticator.objects.values_list("data", flat=True).iterator()
        for value in list_secrets(data)
    ]
    return len(sealed), sum(not vault.is_sealed_with_current_key(value) for value in sealed)


def iterate_old() -> Iterator[int]:
    """Yield the ids of authenticators that need an older key."""
    for pk, data in Authenticator.objects.order_by("pk").values_list("pk", "data").iterator():
        if not all(map(vault.is_sealed_with_current_key, list_secrets(data))):
            yield pk


def reseal(authenticator_id: int) -> int:
    """
    Seal the secrets of one authenticator with the first key; returns how many needed it.

    :raises vault.CannotOpen: a key is missing, or a value was altered; nothing was written
    """
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=authenticator_id).first()
        if row is None:
            return 0
        old = [v for v in list_secrets(row.data) if not vault.is_sealed_with_current_key(v)]
        place = place_of(row.user_id)
        anew = {each: vault.seal_at(vault.open_at(each, place=place), place=place) for each in old}
        row.data = replaced(row.data, anew)
        row.save(update_fields=["data"])
    return len(old)


def replaced(data: dict[str, Any], anew: Mapping[str, str]) -> dict[str, Any]:
    """Return an authenticator's data with other sealed values in the place of the known ones."""
    found = dict(data)
    for name in _SECRETS:
        value = found.get(name)
        if isinstance(value, str):
            found[name] = anew.get(value, value)
        elif value:
            found[name] = [anew.get(each, each) for each in value]
    return found
