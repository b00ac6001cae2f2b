"""Which tenants a grant reaches (xero-api §2.4). Asked before any tenant is chosen."""

from typing import Any
from urllib.parse import quote, urlencode

from connections import errors, http
from connections.secrets import Secret
from connections.xero import reference_parsing, types


class TenantsClient:
    """``/connections`` of one grant; no tenant header, no tenant's quota."""

    def __init__(self, transport: http.Transport, *, api_url: str, access_token: Secret) -> None:
        """
        :param transport: made with ``XeroDialect``
        :param api_url: e.g. https://api.xero.com
        """
        self._transport = transport
        self._url = f"{api_url.rstrip('/')}/connections"
        self._access_token = access_token

    def list_connections(self, *, auth_event_id: str = "") -> tuple[types.Connection, ...]:
        """
        Return the tenants of every type; only ORGANISATION ones hold invoices.

        :param auth_event_id: only those of this consent; a tenant linked before keeps its old
            event, so an empty answer means: ask again without
        :raises errors.ProviderError: no usable answer
        """
        query = f"?{urlencode({'authEventId': auth_event_id})}" if auth_event_id else ""
        operation = "xero.list_connections"
        rows: Any = self._transport.send(
            "GET", self._url + query, operation=operation, headers=self._headers()
        ).payload
        if not isinstance(rows, list):
            raise errors.UnexpectedAnswer(vendor="xero", operation=operation, detail="not a list")
        try:
            return tuple(reference_parsing.connection(row) for row in rows)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise errors.UnexpectedAnswer(
                vendor="xero", operation=operation, detail=f"cannot be read: {type(exc).__name__}"
            ) from None

    def delete_connection(self, connection_id: str) -> None:
        """
        Drop one tenant from the grant; it counts as done when it was gone already.

        :param connection_id: ``Connection.id``, not the tenant's id (that would be refused)
        :raises errors.ProviderError: Xero did not confirm it
        """
        try:
            self._transport.send(
                "DELETE",
                f"{self._url}/{quote(connection_id, safe='')}",
                operation="xero.delete_connection",
                headers=self._headers(),
                expects="nothing",
            )
        except errors.NotFound:
            return

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._access_token.reveal()}",
            "Accept": "application/json",
        }
