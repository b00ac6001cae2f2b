"""How far a company's setting up is, and which state of product §4 its pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connections import gates, queries
from connections.models import Company, Membership, PipedriveAuthorisation, XeroConnection
from connections.models.authorisations import AuthorisationState
from connections.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Setup:
    """
    What is connected, confirmed and missing, for the checklist and the connections page.

    `gate` is the code of `gates.find_shut`. `waiting_since` is when this person left for Xero's
    consent page, None once they came back.
    """

    membership: Membership | None
    connection: XeroConnection | None
    authorisation: PipedriveAuthorisation | None
    is_installed: bool
    is_closed: bool
    gate: str
    waiting_since: datetime | None = None

    @property
    def has_pipedrive(self) -> bool:
        """Whether this person's own Pipedrive grant works."""
        return (
            self.authorisation is not None and self.authorisation.state == AuthorisationState.ACTIVE
        )

    @property
    def has_statement(self) -> bool:
        """Whether an admin's word on the security of sign-in stands (M-2)."""
        return self.membership is not None and self.membership.company.is_security_stated

    @property
    def has_xero(self) -> bool:
        """Whether calls to Xero may be made."""
        return self.connection is not None and self.connection.is_usable

    @property
    def is_xero_next(self) -> bool:
        """Whether connecting Xero is the next thing to do."""
        return self.has_pipedrive and self.has_statement

    @property
    def needs_install(self) -> bool:
        """Whether the company is not installed in Pipedrive, rather than one person missing."""
        return not self.is_installed and (self.connection is None or self.gate == "uninstalled")

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to set up for this person."""
        return self.has_pipedrive and not self.gate

    @property
    def is_waiting_for_xero(self) -> bool:
        """Whether this person began Xero's consent and did not finish it."""
        return self.waiting_since is not None and not self.has_xero

    @property
    def lacks_payments(self) -> bool:
        """Whether the connection was made without the right to remove payments (R-27)."""
        return (
            self.connection is not None
            and self.has_xero
            and not gates.reaches_payments(self.connection.authorisation)
        )

    @property
    def has_unknown_role(self) -> bool:
        """Whether support may accept the role that keeps the connection shut (M-1)."""
        return self.connection is not None and gates.is_role_unknown(self.connection.role)


def read(
    membership: Membership | None, runtime: Runtime, *, waiting_since: datetime | None = None
) -> Setup:
    """Read how far a person and their company are; a stranger to every company has nothing."""
    if membership is None:
        return Setup(None, None, None, False, runtime.closed_to_new_installs, "no_connection")
    company = membership.company
    connection = queries.live_connection(company)
    authorisation = queries.pipedrive_authorisation(membership)
    return Setup(
        membership=membership,
        connection=connection,
        authorisation=authorisation,
        is_installed=authorisation is not None or queries.is_installed(company),
        is_closed=_is_closed(company, runtime),
        gate=gates.find_shut(company, connection),
        waiting_since=waiting_since,
    )


def _is_closed(company: Company, runtime: Runtime) -> bool:
    try:
        gates.check_open_for(company, runtime)
    except gates.Refused:
        return True
    return False
