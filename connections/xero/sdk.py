"""
xero-python with its HTTP layer replaced (xero-api §13, stack §5).

The only module that imports xero_python (110 ms, 5 MB): ``access`` loads it when Xero is first
called. The SDK gives addresses, parameters and headers; sending, time-outs, errors and JSON are
ours, because as shipped it has no time-out, repeats a PUT four times, sleeps through a 429 and
turns Decimals into floats. It never sees a refresh token, so it cannot renew one unlocked.
"""

from contextvars import ContextVar
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from xero_python import rest
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient

from connections import http
from connections.secrets import Secret


class _Call(NamedTuple):
    """What of a call belongs to its tenant and not to the SDK's client, which all calls share."""

    transport: http.Transport
    access_token: Secret
    operation: str


_call: ContextVar[_Call] = ContextVar("call")


class _Rest(rest.RESTClientObject):
    """The SDK's REST client over our transport; a 2xx answer comes back parsed."""

    def __init__(self) -> None:
        """Leave out the parent's: it would build a connection pool of its own."""

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
        call = _call.get()
        return call.transport.send(
            method,
            f"{url}?{urlencode(query_params)}" if query_params else url,
            operation=call.operation,
            headers=sent,
            body=None if body is None else body.encode(),
            expects="pdf" if sent.get("Accept") == "application/pdf" else "json",
        )


class _Client(ApiClient):
    """
    The SDK's client without what makes its own unfit for several threads: it keeps neither a
    token nor the last answer (xero-api §13.11).
    """

    def __init__(self) -> None:
        super().__init__()
        self.rest_client = _Rest()
        self.user_agent = http.USER_AGENT

    @property
    def last_response(self) -> None:
        """Nothing of one tenant's answer stays where another's call passes."""

    @last_response.setter
    def last_response(self, answer: object) -> None:
        """Drop it."""

    def update_params_for_auth(self, headers: Any, querys: Any, auth_settings: Any) -> None:
        headers["Authorization"] = f"Bearer {_call.get().access_token.reveal()}"


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
        self._api = _api_at(api_url)
        self._transport = transport
        self._tenant_id = tenant_id
        self._access_token = access_token

    def call(self, method: str, *arguments: str, operation: str, **options: Any) -> http.Answer:
        """
        Call one method of the SDK once.

        :param method: the SDK's name, e.g. "get_invoices"
        :param operation: what this is for, e.g. "xero.list_invoices_changed"
        :param options: the SDK's keyword parameters; booleans as "true", a body as exact text
        :raises errors.ProviderError: no usable answer
        """
        token = _call.set(_Call(self._transport, self._access_token, operation))
        try:
            answer: http.Answer = getattr(self._api, method)(
                self._tenant_id, *arguments, _preload_content=False, **options
            )
        finally:
            _call.reset(token)
        return answer


@lru_cache(maxsize=4)
def _api_at(api_url: str) -> AccountingApi:
    """Return the one that all tenants' calls share: to make one costs a tenth of a creation."""
    return AccountingApi(_Client(), base_url=f"{api_url.rstrip('/')}/api.xro/2.0")


def build(
    transport: http.Transport, *, api_url: str, tenant_id: str, access_token: Secret
) -> Accounting:
    """Return the Accounting API of one tenant, for ``client.XeroClient``."""
    return Accounting(transport, api_url=api_url, tenant_id=tenant_id, access_token=access_token)
