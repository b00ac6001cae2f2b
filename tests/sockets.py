"""No test leaves this machine: a connection to anything but loopback raises (style §8)."""

import sys
from ipaddress import ip_address
from typing import Any

_LOCAL_NAMES = frozenset({"", "localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104


class OutsideWorld(RuntimeError):
    """A test tried to reach something that is not on this machine."""


def refuse_outside_world(event: str, arguments: tuple[Any, ...]) -> None:
    """Stop a connection, or the search for an address, that would leave this machine."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event == "socket.getaddrinfo":
        host = arguments[0] or ""
    else:
        return
    name = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    if not _is_local(name):
        raise OutsideWorld(f"A test tried to reach {name}.")


def _is_local(name: str) -> bool:
    if name in _LOCAL_NAMES or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


# An audit hook sees every socket of this process, whichever library opens it.
sys.addaudithook(refuse_outside_world)
