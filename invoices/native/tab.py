"""Who acts when Pipedrive calls: nobody by name, with what the company lets its Invoice tab do."""

from __future__ import annotations

from dataclasses import dataclass

from connections.models import Company
from mappings.types import Preferences


@dataclass(frozen=True, slots=True)
class NativeTab:
    """
    An actor like a member, of whom no person is known (`connections.rights.Actor`).

    It writes as whoever connected Xero. Creating and seeing is what the tab is for; Pipedrive
    decides who may open it.
    """

    company: Company
    preferences: Preferences
    user: None = None
    xero_link: None = None
    can_create: bool = True
    can_see_amounts: bool = True

    @property
    def can_approve(self) -> bool:
        """Whether the company's admin lets the tab approve."""
        return self.preferences.native_can_approve

    @property
    def can_void(self) -> bool:
        """Whether the company's admin lets the tab void."""
        return self.preferences.native_can_void

    @property
    def can_email(self) -> bool:
        """Whether the company's admin lets the tab have Xero mail invoices."""
        return self.preferences.native_can_email
