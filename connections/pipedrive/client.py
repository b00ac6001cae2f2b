"""
Pipedrive's API with one user's grant: types in, types out; no retry, no database.

Addresses and shapes: pipedrive-api §0-§3. What the user may not see is ``NotFound``, the same as
what does not exist.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlencode

from connections import errors, http
from connections.pipedrive import parsing, types
from connections.secrets import Secret

MAX_LIMIT = 500
IDS_PER_CALL = 100

Row = TypeVar("Row")
Sort = Literal["id", "add_time", "update_time"]

_FIELDS_OF: dict[types.Entity, str] = {
    "deal": "dealFields",
    "person": "personFields",
    "organization": "organizationFields",
    "product": "productFields",
}


class PipedriveClient:
    """
    One user of one company, with one fresh access token. Cheap: make one for each job.

    Every method makes one call unless it says otherwise, and raises ``errors.ProviderError`` when
    there is no usable answer.
    """

    def __init__(self, transport: http.Transport, api_domain: str, access_token: Secret) -> None:
        """
        :param transport: made with ``PipedriveDialect`` and the allow-list of API hosts
        :param api_domain: from the token answer, e.g. https://acme.pipedrive.com
        :raises errors.HostNotAllowed: the domain is not on the allow-list (S-16)
        """
        transport.check_origin(api_domain, operation="pipedrive.connect")
        self._transport = transport
        self._root = api_domain.rstrip("/")
        self._access_token = access_token

    def get_me(self) -> types.Me:
        """Return the user whose grant is used, with the company."""
        return self._get("pipedrive.get_me", "v1/users/me", parsing.me)

    def list_users(self) -> tuple[types.User, ...]:
        """Return the people of the company."""
        return self._list("pipedrive.list_users", "v1/users", parsing.user)

    def list_currencies(self) -> tuple[types.Currency, ...]:
        """Return the currencies of the company, custom ones included."""
        return self._list("pipedrive.list_currencies", "v1/currencies", parsing.currency)

    def list_deals(
        self,
        *,
        status: str | None = None,
        owner_id: int | None = None,
        updated_since: datetime | None = None,
        cursor: str | None = None,
        limit: int = 50,
        sort: Sort = "update_time",
        descending: bool = True,
    ) -> types.Page[types.Deal]:
        """
        Return one page of the deals this user sees; archived ones are never in it.

        :param status: "open", "won" or "lost", or a comma list of them; "deleted" alone
        :param updated_since: aware; Pipedrive takes whole seconds
        :param limit: at most 500
        """
        return self._page(
            "pipedrive.list_deals",
            "v2/deals",
            parsing.deal,
            status=status,
            owner_id=owner_id,
            updated_since=updated_since and _whole_seconds(updated_since),
            cursor=cursor,
            limit=limit,
            sort_by=sort,
            sort_direction="desc" if descending else "asc",
        )

    def search_deals(self, term: str, *, limit: int = 20) -> tuple[types.FoundDeal, ...]:
        """
        Return deals whose title, notes or custom fields hold the term, the best first.

        :param term: two characters or more
        """
        operation = "pipedrive.search_deals"
        payload = self._ask(operation, "v2/deals/search", term=term, limit=limit)
        return self._read(operation, lambda: _rows(payload["data"]["items"], parsing.found_deal))

    def get_deal(self, deal_id: int) -> types.Deal:
        """
        Return one deal, archived and deleted ones included.

        :raises errors.NotFound: there is none that this user sees
        """
        return self._get("pipedrive.get_deal", f"v2/deals/{deal_id:d}", parsing.deal)

    def list_deal_products(self, deal_id: int) -> tuple[types.DealProduct, ...]:
        """
        Return all lines of a deal in their order, disabled ones included; one call a 500.

        :raises errors.NotFound: there is no such deal that this user sees
        """
        lines = self._all(
            "pipedrive.list_deal_products",
            f"v2/deals/{deal_id:d}/products",
            parsing.deal_product,
        )
        return tuple(sorted(lines, key=lambda line: (line.order_nr, line.id)))

    def list_deal_discounts(self, deal_id: int) -> tuple[types.DealDiscount, ...]:
        """
        Return the discounts on the whole deal, as Pipedrive orders them.

        :raises errors.NotFound: there is no such deal that this user sees
        """
        return self._list(
            "pipedrive.list_deal_discounts",
            f"v2/deals/{deal_id:d}/discounts",
            parsing.deal_discount,
        )

    def get_organization(self, organization_id: int) -> types.Organization:
        """
        Return one organization.

        :raises errors.NotFound: there is none that this user sees
        """
        return self._get(
            "pipedrive.get_organization",
            f"v2/organizations/{organization_id:d}",
            parsing.organization,
        )

    def get_person(self, person_id: int) -> types.Person:
        """
        Return one person.

        :raises errors.NotFound: there is none that this user sees
        """
        return self._get("pipedrive.get_person", f"v2/persons/{person_id:d}", parsing.person)

    def get_product(self, product_id: int) -> types.Product:
        """
        Return one product of the catalogue.

        :raises errors.NotFound: there is none that this user sees, or it was deleted
        """
        return self._get("pipedrive.get_product", f"v2/products/{product_id:d}", parsing.product)

    def list_organizations(self, ids: Iterable[int]) -> tuple[types.Organization, ...]:
        """Return these organizations, hidden ones skipped; one call for each 100."""
        return self._by_ids(
            "pipedrive.list_organizations", "v2/organizations", parsing.organization, ids
        )

    def list_persons(self, ids: Iterable[int]) -> tuple[types.Person, ...]:
        """Return these persons, hidden ones skipped; one call for each 100."""
        return self._by_ids("pipedrive.list_persons", "v2/persons", parsing.person, ids)

    def list_products(self, ids: Iterable[int]) -> tuple[types.Product, ...]:
        """Return these products, deleted and hidden ones skipped; one call for each 100."""
        return self._by_ids("pipedrive.list_products", "v2/products", parsing.product, ids)

    def list_fields(self, entity: types.Entity) -> tuple[types.Field, ...]:
        """Return all fields of an entity, custom ones included; one call a 500."""
        return self._all("pipedrive.list_fields", f"v2/{_FIELDS_OF[entity]}", parsing.field)

    def list_webhooks(self) -> tuple[types.Webhook, ...]:
        """Return the webhooks that this app made (pipedrive-api §6.1)."""
        return self._list("pipedrive.list_webhooks", "v1/webhooks", parsing.webhook)

    def create_webhook(
        self, event_object: str, *, url: str, user: str, password: Secret, name: str
    ) -> types.Webhook:
        """
        Have Pipedrive tell of every change of one kind of record, with HTTP Basic.

        :raises errors.Rejected: e.g. the address does not answer, or there are too many
        """
        operation = "pipedrive.create_webhook"
        asked = {
            "subscription_url": url,
            "event_action": "*",
            "event_object": event_object,
            "name": name,
            "version": "2.0",
            "http_auth_user": user,
            "http_auth_password": password.reveal(),
        }
        payload = self._send("POST", operation, "v1/webhooks", json.dumps(asked).encode())
        return self._read(operation, lambda: parsing.webhook(payload["data"]))

    def delete_webhook(self, webhook_id: int) -> None:
        """
        Have Pipedrive tell no more.

        :raises errors.NotFound: there is no such webhook of this app
        """
        self._send("DELETE", "pipedrive.delete_webhook", f"v1/webhooks/{webhook_id:d}")

    def register_invoice_provider(
        self, *, link_id: str, organisation_id: str, client_id: str
    ) -> str:
        """
        Tell Pipedrive under which link we are the company's invoicing provider.

        :param organisation_id: the books behind it, as `getProviderAccount` names them
        :return: the page to send the person to, where Pipedrive says how it went; "" for none
        :raises errors.Forbidden: Pipedrive has not granted this to the app or the user
        """
        operation = "pipedrive.register_invoice_provider"
        asked = {
            "data": {
                "linkId": link_id,
                "orgId": organisation_id,
                "marketplaceClientId": client_id,
            }
        }
        payload = self._send(
            "POST", operation, "v1/invoice/user/provider", json.dumps(asked).encode()
        )
        return self._read(
            operation,
            lambda: str(
                (payload.get("data") or {}).get("redirectUrl") or payload.get("redirectUrl") or ""
            ),
        )

    def _get(self, operation: str, path: str, read: Callable[[parsing.Json], Row]) -> Row:
        payload = self._ask(operation, path)
        return self._read(operation, lambda: read(payload["data"]))

    def _list(
        self, operation: str, path: str, read: Callable[[parsing.Json], Row]
    ) -> tuple[Row, ...]:
        payload = self._ask(operation, path)
        # The first version of the API says null for an empty list.
        return self._read(operation, lambda: _rows(payload["data"] or (), read))

    def _by_ids(
        self,
        operation: str,
        path: str,
        read: Callable[[parsing.Json], Row],
        ids: Iterable[int],
    ) -> tuple[Row, ...]:
        wanted = list(dict.fromkeys(ids))
        found: list[Row] = []
        for start in range(0, len(wanted), IDS_PER_CALL):
            chunk = ",".join(str(each) for each in wanted[start : start + IDS_PER_CALL])
            found += self._page(operation, path, read, ids=chunk, limit=IDS_PER_CALL).rows
        return tuple(found)

    def _page(
        self, operation: str, path: str, read: Callable[[parsing.Json], Row], **query: Any
    ) -> types.Page[Row]:
        payload = self._ask(operation, path, **query)
        return self._read(
            operation,
            lambda: types.Page(
                _rows(payload["data"] or (), read),
                (payload.get("additional_data") or {}).get("next_cursor") or None,
            ),
        )

    def _all(
        self, operation: str, path: str, read: Callable[[parsing.Json], Row]
    ) -> tuple[Row, ...]:
        found: list[Row] = []
        seen: set[str] = set()
        cursor: str | None = None
        while True:
            page = self._page(operation, path, read, limit=MAX_LIMIT, cursor=cursor)
            found += page.rows
            cursor = page.next_cursor
            if cursor is None:
                return tuple(found)
            if cursor in seen:
                raise errors.UnexpectedAnswer(
                    vendor="pipedrive", operation=operation, detail="a page came twice"
                )
            seen.add(cursor)

    def _ask(self, operation: str, path: str, **query: Any) -> parsing.Json:
        given = {name: value for name, value in query.items() if value is not None}
        return self._send("GET", operation, path, query=given)

    def _send(
        self,
        method: str,
        operation: str,
        path: str,
        body: bytes | None = None,
        *,
        query: Mapping[str, Any] | None = None,
    ) -> parsing.Json:
        address = f"{self._root}/api/{quote(path)}"
        headers = {
            "Authorization": f"Bearer {self._access_token.reveal()}",
            "Accept": "application/json",
        }
        answer = self._transport.send(
            method,
            f"{address}?{urlencode(query)}" if query else address,
            operation=operation,
            headers=headers | ({"Content-Type": "application/json"} if body else {}),
            body=body,
        )
        payload: parsing.Json = answer.payload
        return payload

    def _read(self, operation: str, read: Callable[[], Row]) -> Row:
        try:
            return read()
        except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as exc:
            raise errors.UnexpectedAnswer(
                vendor="pipedrive",
                operation=operation,
                detail=f"cannot be read: {type(exc).__name__}",
            ) from None


def _rows(rows: Iterable[parsing.Json], read: Callable[[parsing.Json], Row]) -> tuple[Row, ...]:
    return tuple(read(row) for row in rows)


def _whole_seconds(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
