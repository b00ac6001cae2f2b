"""
Asks a web server of ours whether it is alive: `python -m invoicebridge.probe`.

The containers' health checks and the runner use it. It knocks under the name of the site, because
the server answers to no other name.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

LIVE = "/live"


def is_answering(
    *, site: str, port: int, host: str = "127.0.0.1", page: str = LIVE, seconds: float = 5
) -> bool:
    """
    Return whether the page is answered without an error.

    A redirect counts: a server that demands https answers so to a knock without a proxy.

    :param site: our public address (SITE_URL)
    :param port: where the server listens on `host`
    """
    connection = HTTPConnection(host, port, timeout=seconds)
    try:
        headers = {"Host": urlsplit(site).netloc, "X-Forwarded-Proto": urlsplit(site).scheme}
        connection.request("GET", page, headers=headers)
        return connection.getresponse().status < 400
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def main(arguments: Sequence[str]) -> int:
    """Return 0 when the page is answered, else 1. Reads SITE_URL and WEB_PORT."""
    parser = ArgumentParser(prog="python -m invoicebridge.probe", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the machine of the web server")
    parser.add_argument("--page", default=LIVE)
    options = parser.parse_args(arguments)
    site = os.environ.get("SITE_URL") or "http://localhost:8000"
    port = int(os.environ.get("WEB_PORT") or 8000)
    return 0 if is_answering(site=site, port=port, host=options.host, page=options.page) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
