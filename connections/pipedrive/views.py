"""
Pipedrive's one callback address, which several callers use (pipedrive-api §1.1).

GET is a person coming back from consent, DELETE is Pipedrive telling of an uninstall, POST tells
of the legacy sharing of an extension and needs no more than a 2xx.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from connections import access, errors, services
from connections.pipedrive import callers
from connections.pipedrive.provider import PipedriveAdapter
from connections.secrets import Secret

MAX_BODY_BYTES = 16 * 1024


class ConsentAdapter(PipedriveAdapter):
    """The consent dance, with its end: whose grant it is."""

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Ask whose grant this is, at the API host that the token answer names (allow-listed)."""
        answer = kwargs["response"]
        api_domain = answer.get("api_domain", "")
        try:
            me = access.pipedrive_with_token(api_domain, Secret(token.token)).get_me()
        except errors.ProviderError as exc:
            raise ProviderException(exc.code) from exc
        return self.get_provider().sociallogin_from_response(
            request,
            {
                "me": asdict(me),
                "api_domain": api_domain,
                "scopes": [part for part in answer.get("scope", "").split(",") if part],
            },
        )


oauth2_login = OAuth2LoginView.adapter_view(PipedriveAdapter)
_finish_consent = OAuth2CallbackView.adapter_view(ConsentAdapter)


# Pipedrive's server has no cookie and no token of ours; Basic auth stands in their place.
@csrf_exempt
@require_http_methods(["GET", "POST", "DELETE"])
def oauth2_callback(request: HttpRequest) -> HttpResponse:
    """Serve the three callers of the callback address."""
    if request.method == "GET":
        finished: HttpResponse = _finish_consent(request)
        return finished
    if not callers.is_pipedrive(request.headers.get("Authorization", "")):
        return HttpResponse(status=401)
    if request.method == "DELETE":
        return _uninstall(request)
    return HttpResponse(status=204)


def _uninstall(request: HttpRequest) -> HttpResponse:
    try:
        body = json.loads(request.body[: MAX_BODY_BYTES + 1])
        company_id, user_id = int(body["company_id"]), int(body["user_id"])
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return HttpResponse(status=400)
    if body.get("client_id") != settings.PIPEDRIVE_CLIENT_ID:
        return HttpResponse(status=400)
    if max(abs(company_id), abs(user_id)) < 2**63:
        services.uninstall(
            pipedrive_company_id=company_id, pipedrive_user_id=user_id, now=timezone.now()
        )
    # Pipedrive does not read the answer; an unknown company is told nothing else.
    return HttpResponse(status=200)
