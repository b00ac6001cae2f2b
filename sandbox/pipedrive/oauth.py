"""Consent page, token and revocation routes (fact sheet §1.1, §1.2, §1.5)."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from sandbox.core import clients, codec, vendors
from sandbox.pipedrive import grants, visitors
from sandbox.pipedrive.models import Company, User

FORM = "application/x-www-form-urlencoded"


@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Ask a person for consent; send their browser back with a code or a refusal."""
    problem = _find_problem(request)
    if problem:
        return render(request, "pipedrive/refused.html", {"problem": problem}, status=400)
    redirect_uri, state = request.GET["redirect_uri"], request.GET.get("state")
    if request.method == "GET":
        context = {
            "companies": Company.objects.prefetch_related("users"),
            "visitor": visitors.get(request),
            "app_name": clients.APP_NAME,
            "scopes": grants.SCOPE.split(","),
        }
        return render(request, "pipedrive/authorize.html", context)
    if request.POST.get("decision") != "allow":
        return _back(redirect_uri, error="user_denied", state=state)
    user = _chosen_user(request)
    if user is None:
        problem = "Choose who you are."
        return render(request, "pipedrive/refused.html", {"problem": problem}, status=400)
    code = grants.give_code(user=user, redirect_uri=redirect_uri)
    return visitors.remember(_back(redirect_uri, code=code, state=state), user)


def _find_problem(request: HttpRequest) -> str | None:
    if request.GET.get("client_id") != clients.PIPEDRIVE.client_id:
        return "App not found"
    if not clients.is_redirect_allowed(request.GET.get("redirect_uri", "")):
        return "redirect_uri is not the one registered for this app"
    if request.GET.get("scope") == "":
        return "Invalid scope"
    return None


def _chosen_user(request: HttpRequest) -> User | None:
    chosen = request.POST.get("user_id", "")
    return User.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() else None


def _back(redirect_uri: str, **answer: str | None) -> HttpResponseRedirect:
    parts = urlsplit(redirect_uri)
    given = urlencode({name: value for name, value in answer.items() if value is not None})
    query = f"{parts.query}&{given}" if parts.query else given
    return HttpResponseRedirect(urlunsplit(parts._replace(query=query)))


def _fail(error: str, message: str) -> HttpResponse:
    return codec.respond({"success": False, "message": message, "error": error}, status=400)


def _is_our_app(request: HttpRequest) -> bool:
    given = clients.read_basic(request) or (
        request.POST.get("client_id", ""),
        request.POST.get("client_secret", ""),
    )
    app = clients.PIPEDRIVE
    return given[0] == app.client_id and app.has_secret(given[1])


@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Exchange a code or a refresh token for tokens."""
    if request.content_type != FORM:
        return _fail("invalid_request", f"Invalid request: content must be {FORM}")
    if not _is_our_app(request):
        return _fail("invalid_client", "Invalid client: client credentials are invalid")
    grant_type = request.POST.get("grant_type")
    if not grant_type:
        return _fail("invalid_request", "Missing parameter: `grant_type`")
    try:
        if grant_type == "authorization_code":
            given = grants.exchange_code(
                code=request.POST.get("code", ""),
                redirect_uri=request.POST.get("redirect_uri", ""),
            )
        elif grant_type == "refresh_token":
            given = grants.refresh(request.POST.get("refresh_token", ""))
        else:
            return _fail("unsupported_grant_type", "Unsupported grant type")
    except grants.InvalidGrant as problem:
        return _fail("invalid_grant", str(problem))
    return codec.respond(
        {
            "access_token": given.access_token,
            "token_type": "Bearer",
            "refresh_token": given.refresh_token,
            "scope": given.scope,
            "expires_in": given.expires_in,
            "api_domain": api_domain(request),
        }
    )


@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """End a token; 200 even for one we do not know (RFC 7009)."""
    if not _is_our_app(request):
        return _fail("invalid_client", "Invalid client: client credentials are invalid")
    grants.revoke(request.POST.get("token", ""))
    return HttpResponse(status=200)


def api_domain(request: HttpRequest) -> str:
    """Where the API answers: the address the caller used, if it was ours."""
    if vendors.by_port(request.META["SERVER_PORT"]) == "pipedrive":
        return f"{request.scheme}://{request.get_host()}"
    return vendors.get_url("pipedrive")
