"""
Secrets at rest: AES-256-GCM, the key's id in the value, the row's address as associated data.

A sealed value that is moved to another table, row or field does not open (reliability S-17).
`FIELD_ENCRYPTION_KEYS` holds the keys, newest first: the first writes, all of them read (S-18).
"""

from __future__ import annotations

import base64
import hashlib
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

from connections.secrets import Secret

VERSION = "v1"
NONCE_BYTES = 12


class CannotOpen(Exception):
    """The value was sealed for another place, with a key we lack, or was altered."""


def seal(secret: Secret, *, row: models.Model, field: str) -> str:
    """
    Seal a secret for one field of one row.

    :param row: a row whose primary key is already known
    :return: text `v1.<key id>.<nonce+ciphertext>`; "" stays ""
    """
    return seal_at(secret, place=_address(row, field))


def open_sealed(value: str, *, row: models.Model, field: str) -> Secret:
    """
    Open what `seal` made for the same row and field.

    :raises CannotOpen: wrong place, unknown key, or altered text
    """
    return open_at(value, place=_address(row, field))


def seal_at(secret: Secret, *, place: str) -> str:
    """Seal a secret for a place that is not one field of one row; as `seal` otherwise."""
    clear = secret.reveal()
    if not clear:
        return ""
    key_id, key = next(iter(_keys(tuple(settings.FIELD_ENCRYPTION_KEYS)).items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, clear.encode(), place.encode())
    return f"{VERSION}.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def open_at(value: str, *, place: str) -> Secret:
    """
    Open what `seal_at` made for the same place.

    :raises CannotOpen: as `open_sealed`
    """
    if not value:
        return Secret("")
    try:
        version, key_id, body = value.split(".", 2)
        key = _keys(tuple(settings.FIELD_ENCRYPTION_KEYS))[key_id]
        raw = base64.urlsafe_b64decode(body)
        if version != VERSION:
            raise CannotOpen("unknown version")
        clear = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
    except (ValueError, KeyError, InvalidTag) as exc:
        raise CannotOpen(place) from exc
    return Secret(clear.decode())


def is_sealed_with_current_key(value: str) -> bool:
    """Whether nothing has to be done to a sealed value when older keys are taken away."""
    return not value or value.startswith(current_prefix())


def current_prefix() -> str:
    """Return how every value begins that the first key sealed."""
    return f"{VERSION}.{next(iter(_keys(tuple(settings.FIELD_ENCRYPTION_KEYS))))}."


def _address(row: models.Model, field: str) -> str:
    return f"{row._meta.db_table}:{row.pk}:{field}"


@lru_cache(maxsize=4)
def _keys(configured: tuple[str, ...]) -> dict[str, bytes]:
    """Key id → 256-bit key. The id is a fingerprint, so keys need no names of their own."""
    keys = {}
    for text in configured:
        key = hashlib.sha256(text.encode()).digest()
        keys[hashlib.sha256(b"id:" + key).hexdigest()[:8]] = key
    return keys
