"""
xero-python with its HTTP layer replaced (xero-api §13, stack §5).

The only module that imports xero_python (110 ms, 5 MB): ``access`` loads it when Xero is first
called. The SDK gives addresses, parameters and headers; sending, time-outs, errors and JSON are
ours, because as shipped it has no time-out, repeats a PUT four times, sleeps through a 429 and
turns Decimals into floats. It never sees a refresh token, so it cannot renew one unlocked.
"""

from contextvars import ContextVar
from typing import Any
from urllib.parse import urlencode

from xero_python import rest
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient

from connections import http
from connections.secrets import Secret

_operation: ContextVar[str] = ContextVar("operation")


class _Rest(rest.RESTClientObject):
    """The SDK's REST client over our transport; a 2xx answer comes back parsed."""

    def __init__(self, transport: http.Transport) -> None:
        # The parent's constructor would build a connection pool of its own.
        self._transport = transport

    def request(
        self,
        method: str,
        url: str,
        query_params: Any = None,
        headers: dict[str, str] | None = None,
        body: str | None = None,
        post_params: Any = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
    ) -> http.Answer:
        sent = dict(headers or {})
        if body is None:
            sent.pop("Content-Type", None)
        return self._transport.send(
            method,
            f"{url}?{urlencode(query_params)}" if query_params else url,
            operation=_operation.get(),
            headers=sent,
            body=None if body is None else body.encode(),
            expects="pdf" if sent.get("Accept") == "application/pdf" else "json",
        )


class _Client(ApiClient):
    """The SDK's client with one fixed access token."""

    def __init__(self, transport: http.Transport, access_token: Secret) -> None:
        super().__init__()
        self.rest_client = _Rest(transport)
        self.user_agent = http.USER_AGENT
        self._access_token = access_token

    def update_params_for_auth(self, headers: Any, querys: Any, auth_settings: Any) -> None:
        headers["Authorization"] = f"Bearer {self._access_token.reveal()}"


class Accounting:
    """The Accounting API of one tenant, its answers as JSON with Decimals."""

    def __init__(
        self, transport: http.Transport, *, api_url: str, tenant_id: str, access_token: Secret
    ) -> None:
        """
        :param transport: made with ``XeroDialect``
        :param api_url: e.g. https://api.xero.com, without the path of the API
        :param access_token: a fresh one; nothing here renews it
        """
        self._api = AccountingApi(
            _Client(transport, access_token), base_url=f"{api_url.rstrip('/')}/api.xro/2.0"
        )
        self._tenant_id = tenant_id

    def call(self, method: str, *arguments: str, operation: str, **options: Any) -> http.Answer:
        """
        Call one method of the SDK once.

        :param method: the SDK's name, e.g. "get_invoices"
        :param operation: what this is for, e.g. "xero.list_invoices_changed"
        :param options: the SDK's keyword parameters; booleans as "true", a body as exact text
        :raises errors.ProviderError: no usable answer
        """
        token = _operation.set(operation)
        try:
            answer: http.Answer = getattr(self._api, method)(
                self._tenant_id, *arguments, _preload_content=False, **options
            )
        finally:
            _operation.reset(token)
        return answer


def build(
    transport: http.Transport, *, api_url: str, tenant_id: str, access_token: Secret
) -> Accounting:
    """Return the Accounting API of one tenant, for ``client.XeroClient``."""
    return Accounting(transport, api_url=api_url, tenant_id=tenant_id, access_token=access_token)
