"""Who we may talk to, and how: companies, people, authorisations, and what was said."""

from connections.models.authorisations import (
    CallPlace,
    PersonalXeroLink,
    PipedriveAuthorisation,
    XeroAuthorisation,
    XeroConnection,
)
from connections.models.frames import FrameSession
from connections.models.native import NativeRegistration
from connections.models.people import Company, Membership, SecurityStatement, User
from connections.models.records import (
    ApiCall,
    AuditEvent,
    ErasureRecord,
    Heartbeat,
    UnknownRefusal,
    VendorState,
)
from connections.models.signing_in import (
    BrowserSession,
    Invitation,
    SignOn,
    SignOnIdentity,
)
from connections.models.warnings import ConnectionWarning
from connections.models.webhooks import PipedriveSubscription, WebhookEvent, WebhookRefusal

__all__ = [
    "ApiCall",
    "AuditEvent",
    "BrowserSession",
    "CallPlace",
    "Company",
    "ConnectionWarning",
    "ErasureRecord",
    "FrameSession",
    "Heartbeat",
    "Invitation",
    "Membership",
    "NativeRegistration",
    "PersonalXeroLink",
    "PipedriveAuthorisation",
    "PipedriveSubscription",
    "SecurityStatement",
    "SignOn",
    "SignOnIdentity",
    "UnknownRefusal",
    "User",
    "VendorState",
    "WebhookEvent",
    "WebhookRefusal",
    "XeroAuthorisation",
    "XeroConnection",
]
