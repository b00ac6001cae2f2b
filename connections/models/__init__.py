"""Who we may talk to, and how: companies, people, authorisations, and what was said."""

from connections.models.authorisations import (
    PersonalXeroLink,
    PipedriveAuthorisation,
    XeroAuthorisation,
    XeroConnection,
)
from connections.models.people import Company, Membership, SecurityStatement, User
from connections.models.records import ApiCall, AuditEvent, Heartbeat
from connections.models.webhooks import PipedriveSubscription, WebhookEvent, WebhookRefusal

__all__ = [
    "ApiCall",
    "AuditEvent",
    "Company",
    "Heartbeat",
    "Membership",
    "PersonalXeroLink",
    "PipedriveAuthorisation",
    "PipedriveSubscription",
    "SecurityStatement",
    "User",
    "WebhookEvent",
    "WebhookRefusal",
    "XeroAuthorisation",
    "XeroConnection",
]
