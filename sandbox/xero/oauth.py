"""The identity service over HTTP: consent page, token, revocation, discovery, keys."""

from urllib.parse import urlencode, urlsplit

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from sandbox.core import clients, clock, codec, signing
from sandbox.xero import grants, scopes
from sandbox.xero.models import Membership, Organisation, Person

_KEPT = ("client_id", "redirect_uri", "scope", "state", "code_challenge", "nonce")


class PageError(Exception):
    """Xero shows its own error page; arguments: OAuth error, sentence."""


def authorise(request: HttpRequest) -> HttpResponse:
    """Show the consent page, and take its answer."""
    asked = request.POST if request.method == "POST" else request.GET
    try:
        _check(asked)
        if request.method == "POST":
            return _answer(request)
    except PageError as exc:
        error, sentence = exc.args
        page = render(
            request, "xero/authorise_error.html", {"error": error, "sentence": sentence}, status=400
        )
        page["X-Frame-Options"] = "DENY"
        return page
    person = Person.objects.filter(user_id=asked.get("person", "")).first()
    memberships = Membership.objects.select_related("organisation").order_by("organisation__name")
    page = render(
        request,
        "xero/authorise.html",
        {
            "app_name": clients.APP_NAME,
            "kept": {name: asked.get(name, "") for name in _KEPT},
            "query": urlencode([(k, v) for k, v in request.GET.items() if k != "person"]),
            "people": Person.objects.prefetch_related(
                Prefetch("memberships", queryset=memberships)
            ).order_by("first_name"),
            "person": person,
            "memberships": [m for m in memberships if person and m.person_id == person.pk],
            "scopes": asked.get("scope", "").split(),
        },
    )
    page["X-Frame-Options"] = "DENY"
    return page


def token(request: HttpRequest) -> HttpResponse:
    """Exchange a code or a refresh token for tokens."""
    if request.method != "POST":
        return HttpResponse(status=405)
    form = request.POST
    named = clients.read_basic(request) or (
        form.get("client_id", ""),
        form.get("client_secret", ""),
    )
    if named[0] != clients.XERO.client_id or not clients.XERO.has_secret(named[1]):
        return _refuse("invalid_client")
    issuer = _issuer(request)
    try:
        match form.get("grant_type"):
            case "authorization_code":
                answer = grants.exchange_code(
                    code=form.get("code", ""),
                    redirect_uri=form.get("redirect_uri", ""),
                    verifier=form.get("code_verifier", ""),
                    issuer=issuer,
                    now=clock.now(),
                )
            case "refresh_token":
                answer = grants.refresh(
                    token=form.get("refresh_token", ""), issuer=issuer, now=clock.now()
                )
            case _:
                return _refuse("unsupported_grant_type")
    except grants.TokenRefused as exc:
        return _refuse(str(exc))
    return codec.respond(answer)


def revoke(request: HttpRequest) -> HttpResponse:
    """End the grant of a refresh token."""
    named = clients.read_basic(request)
    if named is None or named[0] != clients.XERO.client_id:
        return _refuse("invalid_client")
    if not clients.XERO.has_secret(named[1]):
        return _refuse("invalid_client")
    grants.revoke(request.POST.get("token", ""))
    return HttpResponse(status=200)


def discovery(request: HttpRequest) -> HttpResponse:
    """The OpenID configuration."""
    issuer = _issuer(request)
    return codec.respond(
        {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/.well-known/openid-configuration/jwks",
            "authorization_endpoint": f"{issuer}/identity/connect/authorize",
            "token_endpoint": f"{issuer}/connect/token",
            "userinfo_endpoint": f"{issuer}/connect/userinfo",
            "revocation_endpoint": f"{issuer}/connect/revocation",
            "scopes_supported": sorted(scopes.KNOWN),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["plain", "S256"],
        }
    )


def keys(request: HttpRequest) -> HttpResponse:
    """The public keys of id tokens."""
    return codec.respond(signing.list_public_keys())


def userinfo(request: HttpRequest) -> HttpResponse:
    """Who the bearer of an access token is."""
    row = grants.find_access(clients.read_bearer(request), now=clock.now())
    if row is None:
        return HttpResponse(status=401)
    person = row.grant.person
    return codec.respond(
        {
            "sub": person.user_id.replace("-", ""),
            "xero_userid": person.user_id,
            "email": person.email,
            "preferred_username": person.email,
            "given_name": person.first_name,
            "family_name": person.last_name,
            "name": str(person),
        }
    )


def _check(asked: dict[str, str]) -> None:
    if asked.get("client_id") != clients.XERO.client_id:
        raise PageError("unauthorized_client", "Xero does not know the app that sent you here.")
    if not clients.is_redirect_allowed(asked.get("redirect_uri", "")):
        raise PageError("invalid_request", "The app asked to send you to an unregistered address.")
    if asked.get("response_type", "code") != "code":
        raise PageError("unsupported_response_type", "The app asked for something Xero lacks.")
    unknown = set(asked.get("scope", "").split()) - scopes.KNOWN
    if unknown or not asked.get("scope"):
        raise PageError("invalid_scope", f"Unknown scope: {' '.join(sorted(unknown)) or 'none'}")
    if asked.get("code_challenge") and asked.get("code_challenge_method", "S256") != "S256":
        raise PageError("invalid_request", "Only S256 code challenges are supported.")


def _answer(request: HttpRequest) -> HttpResponse:
    form, now = request.POST, clock.now()
    state = {"state": form["state"]} if form.get("state") else {}
    if form.get("choice") != "allow":
        return _send_back(form["redirect_uri"], {"error": "access_denied"} | state)
    person = Person.objects.filter(user_id=form.get("person", "")).first()
    organisation = Organisation.objects.filter(
        tenant_id=form.get("organisation", ""), memberships__person=person
    ).first()
    if person is None or organisation is None:
        raise PageError("invalid_request", "Choose who you are and one of your organisations.")
    grant, event_id = grants.allow(
        person=person, organisations=[organisation], scope_text=form["scope"], now=now
    )
    code = grants.issue_code(
        grant=grant,
        event_id=event_id,
        redirect_uri=form["redirect_uri"],
        scope_text=form["scope"],
        challenge=form.get("code_challenge", ""),
        nonce=form.get("nonce", ""),
        now=now,
    )
    sent = {"code": code, "scope": form["scope"], "session_state": event_id.replace("-", "")}
    return _send_back(form["redirect_uri"], sent | state)


def _send_back(redirect_uri: str, query: dict[str, str]) -> HttpResponse:
    joiner = "&" if urlsplit(redirect_uri).query else "?"
    return HttpResponseRedirect(f"{redirect_uri}{joiner}{urlencode(query)}")


def _refuse(error: str) -> HttpResponse:
    return codec.respond({"error": error}, 400)


def _issuer(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"
