"""Who we may talk to, and how: companies, people, authorisations, and what was said."""

from connections.models.authorisations import (
    PipedriveAuthorisation,
    XeroAuthorisation,
    XeroConnection,
)
from connections.models.people import Company, Membership, User
from connections.models.records import ApiCall, AuditEvent, Heartbeat

__all__ = [
    "ApiCall",
    "AuditEvent",
    "Company",
    "Heartbeat",
    "Membership",
    "PipedriveAuthorisation",
    "User",
    "XeroAuthorisation",
    "XeroConnection",
]
