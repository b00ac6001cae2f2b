"""The second step of signing in."""

from __future__ import annotations

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

from connections import assurance, queries
from connections.models import User


class SecondFactorStage(AuthenticateStage):
    """allauth's, but for who was signed in by somebody who asked for a second factor already."""

    def _should_handle(self, request: HttpRequest) -> bool:
        user = self.login.user
        if isinstance(user, User) and any(
            assurance.is_vouched_for(request, user, each.company)
            for each in queries.list_memberships(user)
        ):
            return False
        if isinstance(user, User) and assurance.is_vouched_for(request, user, None):
            return False
        return bool(super()._should_handle(request))
