"""
Who a test's browser is signed in as: `client.force_login` is a sign-in by our single sign-on.

Django's own leaves a session of which nothing is known but whose it is, such as no way in leads
to. What a second factor guards is tested by signing in for real (test_second_factor.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connections import browser_sessions


@pytest.fixture(autouse=True, scope="session")
def _sessions_are_whole() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        stock = Client.force_login

        def force_login(client: Client, user: Any, backend: str | None = None) -> None:
            stock(client, user, backend)
            note_single_sign_on(client, user)

        patch.setattr(Client, "force_login", force_login)
        yield


def note_single_sign_on(client: Client, user: Any, *, at: float | None = None) -> None:
    """Write into a session what signing in by our single sign-on leaves there."""
    session = client.session
    browser_sessions.go_on(session, ip_address="127.0.0.1", device="", now=timezone.now())
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "socialaccount", "provider": "sso", "uid": "1", "at": at or time.time()}
    ]
    session.save()
