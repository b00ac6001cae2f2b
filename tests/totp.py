"""The codes that an authenticator app shows (RFC 6238), for tests that play the phone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time

STEP_SECONDS = 30


def code_for(secret: str, *, at: float | None = None) -> str:
    """Return the six digits for a secret, as the app was given it."""
    step = int(time.time() if at is None else at) // STEP_SECONDS
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
