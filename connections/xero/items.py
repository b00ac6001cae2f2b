"""Items of an organisation, one at a time: read, created and changed (xero-api §7)."""

from connections.xero import reference_parsing, types
from connections.xero.calls import Caller

CREATE_ITEM_PATH_QUERY = "Items?summarizeErrors=true&unitdp=4"


class ItemCalls(Caller):
    """Each method makes one call."""

    def get_item(self, item: str) -> types.Item:
        """
        Return one item, by its id or by its code.

        :raises errors.NotFound: there is none
        :raises errors.ProviderError: no usable answer
        """
        return self.get_row(
            "get_item", "xero.get_item", "Items", reference_parsing.item, item, unitdp=4
        )

    def create_item(self, body: str, *, idempotency_key: str) -> types.Item:
        """
        Create one item by ``PUT Items``, which never touches an existing one.

        :param body: the exact text, as ``ItemFields.to_json`` made it
        :raises errors.Rejected: e.g. the code is taken
        :raises errors.ProviderError: see ``is_unsure_for_write``
        """
        return self.get_row(
            "create_items",
            "xero.create_item",
            "Items",
            reference_parsing.item,
            items=body,
            idempotency_key=idempotency_key,
            summarize_errors="true",
            unitdp=4,
        )

    def update_item(self, item_id: str, body: str, *, idempotency_key: str) -> types.Item:
        """
        Change one item by its id; fields left out of the body stay.

        :param body: the exact text, as ``ItemFields.to_json`` made it
        :raises errors.Rejected: e.g. the code is another item's
        :raises errors.ProviderError: see ``is_unsure_for_write``
        """
        return self.get_row(
            "update_item",
            "xero.update_item",
            "Items",
            reference_parsing.item,
            item_id,
            items=body,
            idempotency_key=idempotency_key,
            unitdp=4,
        )
