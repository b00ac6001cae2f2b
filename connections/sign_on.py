"""
A company's own single sign-on: saved, used, required, removed (S-1, P-10).

It vouches for that company's people only, and a session that it began stays within the company:
whoever runs the provider can say to be anybody there (docs/adr/0031).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from connections import audit, errors, id_tokens, sign_on_access, vault
from connections.models import Company, Membership, SignOn, SignOnIdentity, User
from connections.oidc_provider import Provider
from connections.secrets import Secret

# How fresh the provider's own asking has to be when a person is to show again who they are.
ANEW_SECONDS: Final = 60


class NotPossible(Exception):
    """
    Nothing was changed; `code`: unreachable, not_public, not_a_provider, no_secret, not_proven,
    required, none.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotLetIn(Exception):
    """Nobody is signed in; `code`: refused, unverified, unknown, other_identity, not_anew."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sent the browser back with, and what this browser had begun with."""

    code: str
    verifier: str
    nonce: str
    redirect_uri: str
    is_anew: bool


def get(company: Company) -> SignOn | None:
    """Return a company's own provider; None when it has none."""
    row: SignOn | None = SignOn.objects.for_company(company).first()
    return row


def find(slug: str) -> SignOn | None:
    """Return the provider that an address names; None when there is no such."""
    rows = SignOn.objects.across_companies().select_related("company")
    row: SignOn | None = rows.filter(slug=slug).first()
    return row


def slug_for(company: Company) -> str:
    """Return the name of a company in the address where its people sign in, saved or not yet."""
    known = get(company)
    return known.slug if known else _free_slug(company)


def save(
    *, by: Membership, issuer: str, client_id: str, client_secret: Secret, now: datetime
) -> SignOn:
    """
    Save a company's provider once its discovery document was read.

    Another issuer or client forgets who was bound to the old one, and is not required until it
    has signed an admin in.

    :param client_secret: empty keeps the one that is stored, for the same issuer only
    :raises NotPossible: "unreachable", "not_public", "not_a_provider" or "no_secret"
    """
    company = by.company
    known = get(company)
    if not client_secret and (known is None or known.issuer.rstrip("/") != issuer.rstrip("/")):
        raise NotPossible("no_secret")
    provider = _discover(issuer)
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        row = get(company) or SignOn(id=uuid4(), company=company, slug=_free_slug(company))
        is_other = (row.issuer, row.client_id) != (provider.issuer, client_id)
        if client_secret:
            row.client_secret = vault.seal(client_secret, row=row, field="client_secret")
        _fill(row, provider)
        row.client_id, row.saved_by, row.saved_at = client_id, by.user, now
        row.save()
        if is_other:
            SignOnIdentity.objects.for_company(company).delete()
            _set_required(company, is_required=False)
        _audit("sign_on.saved", company, by.user, now=now, after={"is_other": is_other})
    return row


def remove(*, by: Membership, now: datetime) -> None:
    """
    Forget a company's provider; its people sign in by their own means again.

    :raises NotPossible: "none": there is none (any more)
    """
    company = by.company
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        row = get(company)
        if row is None:
            raise NotPossible("none")
        _set_required(company, is_required=False)
        row.delete()
        _audit("sign_on.removed", company, by.user, now=now)


def require(*, by: Membership, is_required: bool, came_through_it: bool, now: datetime) -> None:
    """
    Make the provider the only way in for a company's people, or one of several again.

    :param came_through_it: whether this admin's session was signed in by it: a provider that does
        not work must lock nobody out
    :raises NotPossible: "none" or "not_proven"
    """
    company = by.company
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        if get(company) is None:
            raise NotPossible("none")
        if is_required and not came_through_it:
            raise NotPossible("not_proven")
        _set_required(company, is_required=is_required)
        _audit("sign_on.required", company, by.user, now=now, after={"is_required": is_required})


def stop_requiring(company: Company, *, by: User, reason: str, now: datetime) -> bool:
    """
    Let a company's people in by their own means again, when its provider is out of order.

    :param by: who of support decided it
    :return: False when it was not required
    """
    with transaction.atomic():
        rows = Company.objects.filter(pk=company.pk, is_sign_on_required=True)
        if not rows.update(is_sign_on_required=False):
            return False
        _audit("sign_on.not_required", company, by, now=now, reason=reason)
    return True


def identify(sign_on: SignOn, answer: Answer, *, now: datetime) -> Membership:
    """
    Return the member whom the provider signed in, bound to its own name for them.

    The first time the provider's confirmed e-mail address finds the member; after that only its
    name for them counts.

    :raises NotLetIn: it did not vouch for anybody, or for nobody who is a member
    """
    client = sign_on_access.open_client()
    try:
        id_token = client.exchange(
            sign_on.token_endpoint,
            code=answer.code,
            verifier=answer.verifier,
            redirect_uri=answer.redirect_uri,
            client_id=sign_on.client_id,
            client_secret=vault.open_sealed(
                sign_on.client_secret, row=sign_on, field="client_secret"
            ),
            is_secret_posted=sign_on.is_secret_posted,
        )
        claims = id_tokens.read(
            id_token,
            client.fetch_keys(sign_on.jwks_uri),
            issuer=sign_on.issuer,
            client_id=sign_on.client_id,
            nonce=answer.nonce,
        )
    except (errors.ProviderError, id_tokens.NotBelieved) as exc:
        raise NotLetIn("refused") from exc
    if answer.is_anew and not _is_anew(claims, now):
        raise NotLetIn("not_anew")
    try:
        with transaction.atomic():
            return _bind(sign_on, claims, now=now)
    except IntegrityError as exc:  # two of them at once, as two people
        raise NotLetIn("other_identity") from exc


def _is_anew(claims: id_tokens.Claims, now: datetime) -> bool:
    return claims.auth_time is not None and now.timestamp() - claims.auth_time <= ANEW_SECONDS


def _bind(sign_on: SignOn, claims: id_tokens.Claims, *, now: datetime) -> Membership:
    company = sign_on.company
    members = (
        Membership.objects.for_company(company)
        .select_related("user", "company")
        .filter(removed_at__isnull=True, user__is_active=True)
    )
    identities = SignOnIdentity.objects.for_company(company).filter(sign_on=sign_on)
    bound = identities.filter(subject=claims.subject).first()
    if bound is not None:
        member: Membership | None = members.filter(pk=bound.membership_id).first()
        if member is None:
            raise NotLetIn("unknown")
        return member
    if not claims.is_email_verified:
        raise NotLetIn("unverified")
    member = members.filter(
        user__emailaddress__email=claims.email, user__emailaddress__verified=True
    ).first()
    if member is None:
        raise NotLetIn("unknown")
    if identities.filter(membership=member).exists():
        raise NotLetIn("other_identity")
    SignOnIdentity.objects.create(
        company=company,
        sign_on=sign_on,
        membership=member,
        subject=claims.subject,
        bound_at=now,
    )
    _audit("sign_on.bound", company, member.user, now=now, after={"membership": member.pk})
    return member


def _discover(issuer: str) -> Provider:
    try:
        return sign_on_access.open_client().discover(issuer)
    except errors.HostNotAllowed as exc:
        raise NotPossible("not_public") from exc
    except errors.Unreachable as exc:
        code = "not_public" if exc.detail == "NotPublic" else "unreachable"
        raise NotPossible(code) from exc
    except errors.ProviderError as exc:
        raise NotPossible("not_a_provider") from exc


def _fill(row: SignOn, provider: Provider) -> None:
    row.issuer = provider.issuer
    row.authorization_endpoint = provider.authorization_endpoint
    row.token_endpoint = provider.token_endpoint
    row.jwks_uri = provider.jwks_uri
    row.is_secret_posted = provider.is_secret_posted


def _free_slug(company: Company) -> str:
    """Return the company's name for an address; a number tells two of the same name apart."""
    name = slugify(company.name)[:60] or "company"
    taken = set(
        SignOn.objects.across_companies()
        .filter(slug__startswith=name)
        .values_list("slug", flat=True)
    )
    return name if name not in taken else f"{name}-{company.pk}"


def _set_required(company: Company, *, is_required: bool) -> None:
    Company.objects.filter(pk=company.pk).update(is_sign_on_required=is_required)
    company.is_sign_on_required = is_required


def _audit(
    event: str,
    company: Company,
    by: User,
    *,
    now: datetime,
    after: dict[str, object] | None = None,
    reason: str = "",
) -> None:
    audit.record(
        event,
        company=company,
        actor=by,
        subject=f"company:{company.pk}",
        after=after,
        reason=reason,
        now=now,
    )
