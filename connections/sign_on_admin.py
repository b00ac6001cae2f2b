"""Support's view of who gets in, and how: people, companies' sign-ons, invitations."""

from __future__ import annotations

from typing import Any

from allauth.account import admin as _addresses  # noqa: F401 - registers what is taken away here
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _factors  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.socialaccount import admin as _accounts  # noqa: F401
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from connections import browser_sessions, masking, sign_on
from connections.admin_base import ReadOnlyAdmin, ReasonedAdmin, staff_member
from connections.admin_lists import BoundedAdmin
from connections.models import FrameSession, Invitation, SignOn, User

# allauth's own lists name everybody in full, and let a superuser write what people sign in with.
admin.site.unregister([EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken])


@admin.register(User)
class PeopleAdmin(BoundedAdmin, UserAdmin):
    """Who can sign in."""

    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "is_staff", "is_active")
    search_fields = ("email__iexact",)
    fieldsets = (
        (None, {"fields": ("email", "first_name", "last_name")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "password1", "password2")}),)
    personal = ("email", "first_name", "last_name")
    readonly_fields = (*personal, "last_login", "date_joined")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return a person to be drawn: masked, for whoever looks."""
        person = super().get_object(request, object_id, from_field)
        if person is not None:
            masking.person(person)
        return person

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new person's address is typed; later on it is theirs to change."""
        return self.readonly_fields if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """
        Write what was changed and nothing else: the rest of a row that is drawn is masked. Who is
        made inactive is out at once, on every device (S-6).
        """
        if not change:
            super().save_model(request, obj, form, change)
            return
        columns = {field.name for field in obj._meta.concrete_fields}
        obj.save(update_fields=sorted(columns.intersection(form.changed_data)))
        if not obj.is_active and obj.pk != request.user.pk:
            browser_sessions.end_all(obj, by=staff_member(request), now=timezone.now())

    def get_urls(self) -> Any:
        """Nobody sets another person's password (S-28)."""
        return [each for each in super().get_urls() if each.name != "auth_user_password_change"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are made inactive, never deleted: the audit trail names them."""
        return False


@admin.register(SignOn)
class SignOnAdmin(ReasonedAdmin):
    """Companies' own single sign-ons; support opens the other ways in when one is out of order."""

    list_display = ("company", "slug", "issuer", "is_required", "saved_by", "saved_at")
    list_select_related = ("company", "saved_by")
    whole_numbers = ("company__pipedrive_company_id",)
    texts = ("slug",)
    ordering = ("-saved_at",)
    exclude = ("client_secret",)
    personal = ("saved_by",)
    actions = ("stop_requiring",)

    @admin.display(description=_("only way in"), boolean=True)
    def is_required(self, row: SignOn) -> bool:
        """Whether the company's people get in by nothing else."""
        return row.company.is_sign_on_required

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whether this member of staff may open the other ways in."""
        return request.user.has_perm("connections.revoke_securitystatement")

    @admin.action(description=_("Allow other ways to sign in again"), permissions=["revoke"])
    def stop_requiring(self, request: HttpRequest, queryset: QuerySet[SignOn]) -> None:
        """Let the chosen companies' people in by their own means again."""
        self.do_with_reason(request, queryset, _stop_requiring)


def _stop_requiring(row: SignOn, **why: Any) -> bool:
    return sign_on.stop_requiring(row.company, **why)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Who was invited to which company, and what became of it."""

    list_display = ("company", "role", "invited_at", "expires_at", "accepted_at", "revoked_at")
    list_select_related = ("company", "invited_by", "accepted_by")
    whole_numbers = ("company__pipedrive_company_id", "pk")
    texts = ("email",)
    ordering = ("-invited_at",)
    exclude = ("key_hash",)
    personal = ("email", "invited_by", "accepted_by")


@admin.register(FrameSession)
class FrameSessionAdmin(ReadOnlyAdmin):
    """Who is at work inside Pipedrive, since when and until when; the token is nowhere."""

    list_display = ("company", "member", "created_at", "last_used_at", "expires_at")
    list_select_related = ("company", "membership__user")
    whole_numbers = ("company__pipedrive_company_id", "pk")
    ordering = ("-pk",)
    # What the pages say to each other may name a customer.
    exclude = ("token_hash", "data")
    personal = ("membership__user",)

    @admin.display(description=_("member"))
    def member(self, row: FrameSession) -> str:
        """Whose session it is."""
        return str(row.membership.user)


@admin.register(Authenticator)
class FactorAdmin(ReadOnlyAdmin):
    """
    What people show as a second step. Of somebody who has lost theirs, a superuser takes it away;
    they set up another one when they sign in.
    """

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    whole_numbers = ("pk",)
    texts = ("user__email",)
    personal = ("user",)
    ordering = ("-pk",)
    # Secrets, sealed, and what a person calls a passkey.
    exclude = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether this member of staff may take a factor away: no group has the right."""
        return admin.ModelAdmin.has_delete_permission(self, request, obj)
