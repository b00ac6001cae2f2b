"""
Asks the web server of this machine whether it is alive: `python -m invoicebridge.probe`.

A container's health check and the runner use it. It knocks at 127.0.0.1 under the name of the site,
because the server answers to no other name, and as a proxy would, because it demands https.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit


def is_answering(*, site: str, port: int, page: str = "/health/live", seconds: float = 2) -> bool:
    """
    Return whether the page answers 200.

    :param site: our public address (SITE_URL)
    :param port: where the server listens on 127.0.0.1
    """
    parts = urlsplit(site)
    connection = HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        headers = {"Host": parts.netloc, "X-Forwarded-Proto": parts.scheme}
        connection.request("GET", page, headers=headers)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):  # not up, or not yet
        return False
    finally:
        connection.close()


def main() -> int:
    """Return 0 when the server answers, else 1. Reads SITE_URL and WEB_PORT."""
    site = os.environ.get("SITE_URL") or "http://localhost:8000"
    return 0 if is_answering(site=site, port=int(os.environ.get("WEB_PORT") or 8000)) else 1


if __name__ == "__main__":
    sys.exit(main())
