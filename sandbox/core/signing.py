"""The RSA key that signs id tokens, made when the sandbox is first seeded, and its public half."""

import hashlib
import json
from functools import cache, lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from sandbox.core.models import StoredValue

_KEY = "signing_key"


def ensure_key() -> None:
    """Make and store a signing key unless there is one."""
    if StoredValue.objects.filter(key=_KEY).exists():
        return
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    StoredValue.objects.create(key=_KEY, value=pem.decode())


def sign(claims: dict[str, Any]) -> str:
    """Return the claims as a JWT signed with RS256; times are given as epoch seconds."""
    private = _get_private_key()
    return jwt.encode(claims, private, algorithm="RS256", headers={"kid": _get_kid()})


def list_public_keys() -> dict[str, Any]:
    """Return the JWKS document."""
    public = json.loads(RSAAlgorithm.to_jwk(_get_private_key().public_key()))
    return {"keys": [public | {"kid": _get_kid(), "use": "sig", "alg": "RS256"}]}


def forget() -> None:
    """Read the key anew at the next use."""
    _get_private_key.cache_clear()
    _get_kid.cache_clear()


@cache
def _get_private_key() -> rsa.RSAPrivateKey:
    return _open(StoredValue.objects.get(key=_KEY).value)


@lru_cache(maxsize=1)
def _open(pem: str) -> rsa.RSAPrivateKey:
    """Return the key of a text. To check one takes 80 ms, and most resets bring the same."""
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the stored signing key is not an RSA key")
    return key


@cache
def _get_kid() -> str:
    public = _get_private_key().public_key().public_numbers()
    return hashlib.sha256(str(public.n).encode()).hexdigest()[:32].upper()
