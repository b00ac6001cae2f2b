"""The headers of every address, and files that nobody can send (S-10 to S-12, S-26, S-38)."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import FileField
from django.forms import FileField as FormFileField
from django.test import Client
from django.urls import get_resolver

from connections import demo
from connections.models import User
from tests.needs import ROOT
from tests.test_every_address import _fill, _walk
from tests.vendors import Vendors

pytestmark = pytest.mark.django_db
# Pipedrive holds these, and nothing else of ours (S-10).
SHELLS = frozenset({f"invoices:frame_{name}" for name in ("panel", "modal", "settings")})
IDS = {"provider_id": "xero", "code": "approve", "app_label": "invoices"}


@pytest.mark.parametrize("who", ["nobody", "emma.clarke@brightside.example", "staff"])
def test_every_address_forbids_what_no_page_needs(who: str, vendors: Vendors) -> None:
    demo.seed()
    client = Client(raise_request_exception=True)
    person = None
    if who == "staff":
        person = User.objects.create_superuser("root@invoicebridge.example")
    elif who != "nobody":
        person = User.objects.get(email=who)
    if person is not None:
        client.force_login(person)
    seen = 0

    for name, pattern in _walk(get_resolver()):
        path = _fill(pattern, IDS)
        for method in (client.get, client.post):
            answer = method(path)
            seen += 1
            rules = _rules(answer.headers["Content-Security-Policy"])
            assert rules["default-src"] == "'none'", (name, path)
            for rule in ("base-uri", "object-src"):
                assert rules[rule] == "'none'", (name, path)
            is_shell = name in SHELLS and method == client.get
            ancestors = " ".join(settings.FRAME_ANCESTORS) if is_shell else "'none'"
            assert rules["frame-ancestors"] == ancestors, (name, path)
            assert "unsafe" not in str(rules) and "*" not in str(rules), (name, path)
            assert "http:" not in rules["script-src"], (name, path)
            assert answer.headers["X-Content-Type-Options"] == "nosniff", (name, path)
            denied = None if is_shell else "DENY"
            assert answer.headers.get("X-Frame-Options") == denied, (name, path)
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", (name, path)
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", (name, path)
            assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}, (name, path)
            assert "no-store" in answer.headers["Cache-Control"], (name, path)
            assert "Server" not in answer.headers and "X-Powered-By" not in answer.headers
            if person is not None:
                client.force_login(person)  # some of them sign out
    assert seen > 100


def _rules(policy: str) -> dict[str, str]:
    parts = (each.strip().partition(" ") for each in policy.split(";"))
    return {name: value for name, _blank, value in parts}


def test_nobody_can_send_a_file(client: Client) -> None:
    demo.seed()
    client.force_login(User.objects.get(email="emma.clarke@brightside.example"))
    files = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, FileField)
    ]

    answer = client.post(
        "/settings/preferences/", {"due_days": SimpleUploadedFile("a.txt", b"canary")}
    )

    assert files == []
    assert settings.FILE_UPLOAD_HANDLERS == []
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE <= 1024 * 1024
    assert answer.status_code < 500
    assert "canary" not in answer.content.decode()
    for path in (ROOT / "connections", ROOT / "mappings", ROOT / "invoices"):
        for source in path.rglob("*.py"):
            assert FormFileField.__name__ not in source.read_text() or "tests" in source.parts
