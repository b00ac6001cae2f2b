"""What people do about Pipedrive: connect it, disconnect it, uninstall the app."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

import structlog
from django.db import IntegrityError, transaction

from connections import (
    access,
    audit,
    doorbell,
    errors,
    gates,
    native_registration,
    renewal,
    security,
)
from connections.models import Company, Membership, PipedriveAuthorisation, User
from connections.models.authorisations import AuthorisationState
from connections.pipedrive.types import Me
from connections.runtime import snapshot
from connections.tokens import TokenSet
from connections.webhooks import hooks

log = structlog.get_logger(__name__)

LANGUAGES = frozenset(Company.Language.values)


def finish_pipedrive(
    *, user: User, company_id: int | None, me: Me, tokens: TokenSet, now: datetime
) -> Membership:
    """
    Store a person's Pipedrive grant; the first one of an account makes the company.

    A grant that is refused is given back, unless the same Pipedrive user's earlier one lives here.

    :param company_id: the company whose page began the consent; None for a new company
    :param me: whose grant it is, asked of Pipedrive with the token itself (pipedrive-api §1.3)
    :raises gates.Refused: closed to new installs, another company, or another person's account
    """
    try:
        return _finish(user=user, company_id=company_id, me=me, tokens=tokens, now=now)
    except gates.Refused:
        give_back(me, tokens, now=now)
        raise


def _finish(
    *, user: User, company_id: int | None, me: Me, tokens: TokenSet, now: datetime
) -> Membership:
    known = Company.objects.filter(pipedrive_company_id=me.company_id).first()
    if company_id is not None and (known is None or known.pk != company_id):
        raise gates.Refused("other_company", me.company_name)
    gates.check_open_for(known, snapshot())
    try:
        with transaction.atomic():
            company = known or _new_company(me)
            membership = _join(company, user, me)
            _follow_pipedrive(company, me, tokens)
            authorisation = PipedriveAuthorisation.objects.for_company(company).filter(
                pipedrive_user_id=me.id
            ).first() or PipedriveAuthorisation(
                company=company, pipedrive_user_id=me.id, generation=0
            )
            authorisation.api_domain = tokens.api_domain
            renewal.store(authorisation, tokens, now=now)
            hooks.want(company, now=now)
            native_registration.resume(company, by=user, now=now)
            audit.record(
                "pipedrive.connected",
                company=company,
                actor=user,
                subject=f"pipedrive_user:{me.id}",
                now=now,
            )
    except IntegrityError as exc:
        # The Pipedrive account is already somebody else's here, or two consents raced.
        raise gates.Refused("other_person") from exc
    return membership


def disconnect_pipedrive(membership: Membership, *, now: datetime, by: User | None = None) -> None:
    """
    End this person's own Pipedrive grant, here at once and in Pipedrive if it answers.

    :param by: the admin who removes them; None when they do it themselves
    """
    authorisation = (
        PipedriveAuthorisation.objects.for_company(membership.company)
        .filter(pipedrive_user_id=membership.pipedrive_user_id)
        .exclude(state=AuthorisationState.ENDED)
        .first()
    )
    if authorisation is None:
        return
    try:
        access.revoke_pipedrive(authorisation)
    except errors.ProviderError as exc:
        # Erased here even if Pipedrive does not confirm it (P-22).
        log.warning("revoke_unconfirmed", error=exc.code)
    with transaction.atomic():
        renewal.wipe(authorisation)
        hooks.want(membership.company, now=now)
        audit.record(
            "pipedrive.disconnected",
            company=membership.company,
            actor=by or membership.user,
            subject=f"pipedrive_user:{membership.pipedrive_user_id}",
            now=now,
        )


def uninstall(*, pipedrive_company_id: int, pipedrive_user_id: int, now: datetime) -> bool:
    """
    Obey Pipedrive's uninstall call: it concerns one user (pipedrive-api §1.5).

    When the company's last grant goes, all traffic for it stops at once and its Xero connection
    is given back by a worker.

    :return: whether there was such a grant
    """
    with transaction.atomic():
        company = Company.objects.filter(pipedrive_company_id=pipedrive_company_id).first()
        if company is None:
            return False
        grants = PipedriveAuthorisation.objects.for_company(company)
        mine = grants.filter(pipedrive_user_id=pipedrive_user_id).exclude(
            state=AuthorisationState.ENDED
        )
        authorisation = mine.select_for_update().first()
        if authorisation is None:
            return False
        renewal.wipe(authorisation)
        audit.record(
            "pipedrive.uninstalled",
            company=company,
            subject=f"pipedrive_user:{pipedrive_user_id}",
            now=now,
        )
        if not grants.exclude(state=AuthorisationState.ENDED).exists():
            company.state = Company.State.UNINSTALLED
            company.uninstalled_at = now
            company.save(update_fields=["state", "uninstalled_at"])
            security.end_with_uninstall(company, now=now)
            hooks.forget(company)
            native_registration.forget(company)
            doorbell.ring_on_commit("connections.tasks.finish_uninstall", company_id=company.pk)
        else:
            # Pipedrive has removed this user's webhooks: another grant makes them anew.
            hooks.want(company, now=now)
    return True


def give_back(me: Me, tokens: TokenSet, *, now: datetime) -> None:
    """Revoke a grant that serves nothing; revoking uninstalls the user (pipedrive-api §1.5)."""
    lives = PipedriveAuthorisation.objects.across_companies().exclude(
        state=AuthorisationState.ENDED
    )
    if lives.filter(company__pipedrive_company_id=me.company_id, pipedrive_user_id=me.id).exists():
        return
    unstored = PipedriveAuthorisation(pipedrive_user_id=me.id, api_domain=tokens.api_domain)
    renewal.seal(unstored, tokens, now=now)
    try:
        access.revoke_pipedrive(unstored)
    except errors.ProviderError as exc:
        log.warning("revoke_unconfirmed", error=exc.code)


def _new_company(me: Me) -> Company:
    return Company.objects.create(
        pipedrive_company_id=me.company_id,
        name=me.company_name,
        language=me.language if me.language in LANGUAGES else Company.Language.ENGLISH,
    )


def _follow_pipedrive(company: Company, me: Me, tokens: TokenSet) -> None:
    """A company's name, domain and currency are Pipedrive's to change."""
    company.name = me.company_name or company.name
    company.pipedrive_domain = me.company_domain
    company.pipedrive_url = tokens.api_domain.rstrip("/")
    company.currency_code = me.default_currency
    # Its gates are not written here: support or an admin may be changing them at this instant.
    written = ["name", "pipedrive_domain", "pipedrive_url", "currency_code"]
    if not company.time_zone and me.timezone_name in _time_zones():
        company.time_zone = me.timezone_name
        written.append("time_zone")
    if company.state == Company.State.UNINSTALLED:
        company.state, company.uninstalled_at = Company.State.ACTIVE, None
        written += ["state", "uninstalled_at"]
    company.save(update_fields=written)


def _join(company: Company, user: User, me: Me) -> Membership:
    """Pipedrive vouches for who somebody is in their company; roles given here are kept."""
    # Locked: an admin may be deciding about them, or removing them, at this instant.
    members = Membership.objects.for_company(company).select_for_update()
    membership: Membership | None = members.filter(user=user).first()
    if membership is None:
        role = Membership.Role.ADMIN if me.is_admin else Membership.Role.REP
        membership = Membership(company=company, user=user, role=role, can_approve=me.is_admin)
    if membership.removed_at is not None:
        raise gates.Refused("removed", company.name)
    if membership.pipedrive_user_id not in (None, me.id):
        raise gates.Refused("other_person")
    membership.pipedrive_user_id = me.id
    if me.language in LANGUAGES and not membership.language:
        membership.language = me.language
    if me.timezone_name in _time_zones():
        membership.time_zone = me.timezone_name
    written = ["pipedrive_user_id", "language", "time_zone"]
    membership.save(update_fields=None if membership._state.adding else written)
    return membership


@cache
def _time_zones() -> set[str]:
    """Return the names of all time zones; to find them walks the disk, 30 ms each time."""
    return available_timezones()
