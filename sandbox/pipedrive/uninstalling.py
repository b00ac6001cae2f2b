"""A user takes the app off: tokens die, then the app is told (fact sheet §1.5)."""

from __future__ import annotations

import requests
from django.conf import settings

from sandbox.core import clients, clock
from sandbox.pipedrive.models import Installation, User

CALLBACK = "/accounts/pipedrive/login/callback/"
PATIENCE_SECONDS = 5


def uninstall(user: User) -> int | None:
    """
    Drop the user's tokens and send the DELETE to the app's callback address.

    The callback is the address the consent came back to, else the default one of the app.
    Returns the app's status, which Pipedrive does not read, or None when it did not answer.
    """
    installation = Installation.objects.filter(user=user).first()
    callback = installation.redirect_uri if installation else ""
    if installation is not None:
        installation.delete()
    app = clients.PIPEDRIVE
    try:
        answer = requests.delete(
            callback or f"{settings.SANDBOX_APP_URLS[0]}{CALLBACK}",
            auth=(app.client_id, app.secret),
            json={
                "client_id": app.client_id,
                "company_id": user.company_id,
                "user_id": user.pk,
                "timestamp": clock.now().isoformat(timespec="seconds"),
            },
            timeout=PATIENCE_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException:
        return None
    return answer.status_code
