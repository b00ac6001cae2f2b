"""What looks like money in an answer, for the tests of who may see amounts."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

AMOUNT = re.compile(r"[£€$₺]\s?\d|\d[.,]\d\d(?![\d.])")


def find_amounts(answer: Any) -> list[str]:
    """Return what looks like money on a page or in a file; ids and addresses are not text."""
    body = answer.getvalue().decode()
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        body = re.sub(r"<(script|style)\b.*?</\1>", " ", body, flags=re.DOTALL)
        body = re.sub(r'\b(?:title|value|data-confirm|placeholder|alt)="([^"]*)"', r">\1<", body)
        body = unescape(re.sub(r"<[^>]*>", " ", body))
    return AMOUNT.findall(body)
