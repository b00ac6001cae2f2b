"""The provider's addresses under /sso: discovery, authorize, token, userinfo, keys."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sandbox.core import clients, codec, signing
from sandbox.sso import people, signing_in


def _issuer(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}/sso"


@require_GET
def discovery(request: HttpRequest) -> HttpResponse:
    """What OpenID Connect clients read first."""
    issuer = _issuer(request)
    return codec.respond(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/jwks",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": [
                "client_secret_basic",
                "client_secret_post",
            ],
            "scopes_supported": ["openid", "email", "profile"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": [
                "sub",
                "email",
                "email_verified",
                "name",
                "given_name",
                "family_name",
                "locale",
                "amr",
                "auth_time",
            ],
        }
    )


@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Ask who somebody is; `login_hint` with a known e-mail address answers for them."""
    problem = _find_problem(request)
    if problem:
        return render(request, "sso/refused.html", {"problem": problem}, status=400)
    if request.method == "POST":
        someone = people.find(request.POST.get("email", ""))
    else:
        someone = people.find(request.GET.get("login_hint", ""))
    if someone is None:
        return render(request, "sso/authorize.html", {"everyone": people.list_everyone()})
    answer = {"code": signing_in.give_code(someone, request.GET.dict())}
    if "state" in request.GET:
        answer["state"] = request.GET["state"]
    redirect_uri = request.GET["redirect_uri"]
    joint = "&" if "?" in redirect_uri else "?"
    return HttpResponseRedirect(f"{redirect_uri}{joint}{urlencode(answer)}")


def _find_problem(request: HttpRequest) -> str | None:
    if request.GET.get("client_id") != clients.SSO.client_id:
        return "This app is not registered here."
    if not clients.is_redirect_allowed(request.GET.get("redirect_uri", "")):
        return "This address is not registered for the app."
    if request.GET.get("response_type") != "code":
        return "Only response_type=code is supported."
    if "openid" not in request.GET.get("scope", "").split():
        return "The scope must hold openid."
    if request.GET.get("code_challenge") and request.GET.get("code_challenge_method") != "S256":
        return "Only code_challenge_method=S256 is supported."
    return None


@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Exchange a code for an access token and an id token."""
    name, secret = clients.read_basic(request) or (
        request.POST.get("client_id", ""),
        request.POST.get("client_secret", ""),
    )
    if name != clients.SSO.client_id or not clients.SSO.has_secret(secret):
        return codec.respond({"error": "invalid_client"}, status=401)
    if request.POST.get("grant_type") != "authorization_code":
        return codec.respond({"error": "unsupported_grant_type"}, status=400)
    try:
        given = signing_in.exchange(
            code=request.POST.get("code", ""),
            redirect_uri=request.POST.get("redirect_uri", ""),
            code_verifier=request.POST.get("code_verifier", ""),
            issuer=_issuer(request),
        )
    except signing_in.InvalidGrant as problem:
        return codec.respond(
            {"error": "invalid_grant", "error_description": str(problem)}, status=400
        )
    return codec.respond(
        {
            "access_token": given.access_token,
            "token_type": "Bearer",
            "expires_in": int(signing_in.TOKEN_LIFETIME.total_seconds()),
            "id_token": given.id_token,
            "scope": given.scope,
        }
    )


@require_http_methods(["GET", "POST"])
def userinfo(request: HttpRequest) -> HttpResponse:
    """The claims about the person a token belongs to."""
    claims = signing_in.find_claims(clients.read_bearer(request))
    if claims is None:
        response = codec.respond({"error": "invalid_token"}, status=401)
        response["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return response
    return codec.respond(claims)


@require_GET
def jwks(request: HttpRequest) -> HttpResponse:
    """The public key the id tokens are signed with."""
    return codec.respond(signing.list_public_keys())
