"""
The Accounting API of one tenant: types in, types out; no retry, no database (xero-api §3-§7).

Loads no SDK: the caller makes the accounting object by ``sdk.build``.
"""

from connections.xero.contacts import ContactCalls
from connections.xero.invoices import InvoiceCalls
from connections.xero.items import ItemCalls
from connections.xero.lifecycle import LifecycleCalls
from connections.xero.organisation import OrganisationCalls


class XeroClient(OrganisationCalls, ContactCalls, ItemCalls, InvoiceCalls, LifecycleCalls):
    """
    One tenant with one fresh access token. Cheap: make one for each job.

    Every method raises ``errors.ProviderError`` when there is no usable answer.
    """
