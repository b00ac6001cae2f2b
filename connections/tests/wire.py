"""
A vendor on the loopback, scripted byte by byte: what tests fake is the wire, nothing of ours.

    with wire.serve(wire.answer(200, {"a": 1}), wire.RESET) as server: ...

Each connection's requests take the scripted steps in turn; the last step repeats. Requests are
kept as they came: method, path, query, headers, body.
"""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Step = Callable[[socket.socket], bool]


@dataclass(frozen=True)
class Request:
    """One request as it arrived; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The address without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query's values by name."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass
class Server:
    """What the tests see of the running vendor."""

    url: str
    requests: list[Request] = field(default_factory=list)
    connections: int = 0


def answer(
    status: int = 200,
    payload: Any = None,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    content_type: str | None = "application/json; charset=utf-8",
) -> Step:
    """Answer at once and keep the connection open."""
    return lambda sock: _send_whole(sock, whole(status, payload, headers, body, content_type))


def whole(
    status: int = 200,
    payload: Any = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    content_type: str | None = "application/json; charset=utf-8",
) -> bytes:
    """Return the bytes of an answer."""
    content = body if body is not None else b"" if payload is None else json.dumps(payload).encode()
    told = {"Content-Length": str(len(content))}
    if content_type is not None:
        told["Content-Type"] = content_type
    told |= headers or {}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} Told\r\n{head}\r\n".encode() + content


def raw(data: bytes) -> Step:
    """Send these bytes and close."""

    def step(sock: socket.socket) -> bool:
        sock.sendall(data)
        return False

    return step


def drip(data: bytes, *, seconds_per_byte: float) -> Step:
    """Send these bytes one at a time, for as long as somebody listens."""

    def step(sock: socket.socket) -> bool:
        for byte in data:
            try:
                sock.sendall(bytes([byte]))
            except OSError:
                return False
            time.sleep(seconds_per_byte)
        return False

    return step


def silence(*, seconds: float) -> Step:
    """Say nothing, then close."""

    def step(sock: socket.socket) -> bool:
        time.sleep(seconds)
        return False

    return step


def reset(sock: socket.socket) -> bool:
    """Drop the connection by a TCP reset, after the request was read."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _send_whole(sock: socket.socket, data: bytes) -> bool:
    sock.sendall(data)
    return True


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself, and its key."""

    certificate: Path
    key: Path


def make_certificate(folder: Path, *, address: str = "127.0.0.1") -> Certificate:
    """Write a certificate for one address into a folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "wire")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), False)
        .sign(key, hashes.SHA256())
    )
    written = Certificate(folder / "certificate.pem", folder / "key.pem")
    written.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    written.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return written


@contextmanager
def serve(*steps: Step, tls: Certificate | None = None) -> Iterator[Server]:
    """Run the vendor on a free port of the loopback for the length of a test."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = Server(url=f"http{'s' if tls else ''}://127.0.0.1:{port}")
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.certificate, tls.key)
        listener = context.wrap_socket(listener, server_side=True, do_handshake_on_connect=False)
    script = _Script(list(steps))
    open_sockets: list[socket.socket] = []
    threading.Thread(
        target=_accept, args=(listener, server, script, open_sockets), daemon=True
    ).start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)  # closing alone does not wake the thread in accept()
        listener.close()
        for sock in open_sockets:
            sock.close()


class _Script:
    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps
        self._lock = threading.Lock()

    def next(self) -> Step:
        with self._lock:
            return self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]


def _accept(
    listener: socket.socket, server: Server, script: _Script, open_sockets: list[socket.socket]
) -> None:
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        server.connections += 1
        open_sockets.append(sock)
        threading.Thread(target=_talk, args=(sock, server, script), daemon=True).start()


def _talk(sock: socket.socket, server: Server, script: _Script) -> None:
    with sock:
        while True:
            try:
                request = _read_request(sock)
                if request is None:
                    return
                server.requests.append(request)
                if not script.next()(sock):
                    return
            except OSError:
                return


def _read_request(sock: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += sock.recv(65536)
    return Request(method=method, target=target, headers=headers, body=body)
