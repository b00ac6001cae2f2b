"""Which person is looking at the pages: a cookie, no password."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from sandbox.pipedrive.models import User

COOKIE = "sandbox_pipedrive_user"


def get(request: HttpRequest) -> User | None:
    """The person at the browser, or None until they have chosen one."""
    chosen = request.COOKIES.get(COOKIE, "")
    if not chosen.isdecimal():
        return None
    return User.objects.select_related("company").filter(pk=int(chosen)).first()


def remember(response: HttpResponse, user: User) -> HttpResponse:
    """Make this person the one at the browser."""
    response.set_cookie(COOKIE, str(user.pk), httponly=True, samesite="Lax")
    return response


def forget(response: HttpResponse) -> HttpResponse:
    """Let the next person choose."""
    response.delete_cookie(COOKIE)
    return response
