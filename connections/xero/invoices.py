"""Sales invoices of an organisation: created, read, followed (xero-api §4, §5)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from connections import errors, http
from connections.xero import parsing, types
from connections.xero.calls import Caller, changed_since, in_chunks, read_rows

CREATE_INVOICE_PATH_QUERY = "Invoices?summarizeErrors=true&unitdp=4"
PAGE_SIZE = 1000
LOOK_PAGE_SIZE = 200


class InvoiceCalls(Caller):
    """Each method makes one call unless it says otherwise."""

    def create_invoice(self, body: str, *, idempotency_key: str) -> types.Invoice:
        """
        Create one sales invoice; the same key and body again within six minutes is safe (§9).

        Goes to ``CREATE_INVOICE_PATH_QUERY`` by PUT, which never overwrites.

        :param body: the exact text, as ``NewInvoice.to_json`` made it
        :raises errors.Rejected: Xero read it and refused it, with its messages
        :raises errors.ProviderError: see ``is_unsure_for_write``
        """
        return self.get_row(
            "create_invoices",
            "xero.create_invoice",
            "Invoices",
            parsing.invoice,
            invoices=body,
            idempotency_key=idempotency_key,
            summarize_errors="true",
            unitdp=4,
        )

    def get_invoice(self, invoice_id: str) -> types.Invoice:
        """
        Return one invoice whole; deleted and voided ones are found as well.

        :raises errors.NotFound: there is none
        :raises errors.ProviderError: no usable answer
        """
        return self.get_row(
            "get_invoice", "xero.get_invoice", "Invoices", parsing.invoice, invoice_id, unitdp=4
        )

    def list_invoices_changed(
        self,
        *,
        since: datetime | None,
        page: int = 1,
        page_size: int = PAGE_SIZE,
        summary_only: bool = True,
    ) -> types.InvoicePage:
        """
        Return one page of sales invoices changed since, the longest unchanged first (§5).

        :param since: aware, to the second and inclusive; None for all there are
        :param summary_only: leave out lines and payments at Xero already: bytes are money
        :raises errors.ProviderError: no usable answer
        """
        operation = "xero.list_invoices_changed"
        answer = self._accounting.call(
            "get_invoices",
            operation=operation,
            where='Type=="ACCREC"',
            order="UpdatedDateUTC ASC",
            page=page,
            page_size=page_size,
            **({"summary_only": "true"} if summary_only else {}),
            **changed_since(since),
        )
        rows = read_rows(answer, operation, "Invoices", parsing.summary)
        count, pages = _pagination(answer)
        is_last = page >= pages if pages is not None else len(rows) < page_size
        return types.InvoicePage(rows=rows, page=page, is_last=is_last, item_count=count)

    def list_invoices_of_contacts(
        self, contact_ids: Sequence[str], *, page: int = 1, page_size: int = PAGE_SIZE
    ) -> types.InvoicePage:
        """
        Return one page of the sales invoices of these contacts, of whatever status and age (§5).

        The order is by id: what is made or changed meanwhile moves no invoice to a page that was
        read already.

        :param contact_ids: at most ``IDS_PER_CALL``
        :raises errors.ProviderError: no usable answer
        """
        operation = "xero.list_invoices_of_contacts"
        answer = self._accounting.call(
            "get_invoices",
            operation=operation,
            contact_i_ds=list(contact_ids),
            where='Type=="ACCREC"',
            order="InvoiceID ASC",
            page=page,
            page_size=page_size,
            summary_only="true",
        )
        rows = read_rows(answer, operation, "Invoices", parsing.summary)
        count, pages = _pagination(answer)
        is_last = page >= pages if pages is not None else len(rows) < page_size
        return types.InvoicePage(rows=rows, page=page, is_last=is_last, item_count=count)

    def list_own_invoices_changed(self, *, since: datetime) -> tuple[types.Invoice, ...]:
        """
        Return every invoice this app made that changed since, of whatever status: the look.

        Reads all pages (one call each), or raises: what it does not return is not there. The
        order is by id, because by update time an invoice changed meanwhile would shift its
        neighbours to a page that was read already.

        :param since: aware, to the second and inclusive
        :raises errors.ProviderError: a page is missing or cannot be read
        """
        operation = "xero.list_own_invoices_changed"
        found: dict[str, types.Invoice] = {}
        page = 1
        while True:
            answer = self._accounting.call(
                "get_invoices",
                operation=operation,
                order="InvoiceID ASC",
                created_by_my_app="true",
                page=page,
                page_size=LOOK_PAGE_SIZE,
                unitdp=4,
                **changed_since(since),
            )
            rows = read_rows(answer, operation, "Invoices", parsing.invoice)
            fresh = {row.invoice_id: row for row in rows if row.invoice_id not in found}
            _, pages = _pagination(answer)
            if rows and not fresh:
                raise errors.UnexpectedAnswer(
                    vendor="xero", operation=operation, detail="a page came twice"
                )
            found |= fresh
            if not rows or (pages is not None and page >= pages):
                return tuple(found.values())
            page += 1

    def list_invoices_by_ids(self, ids: Iterable[str]) -> tuple[types.Invoice, ...]:
        """
        Return these invoices whole, missing ones skipped; one call for each 40.

        :raises errors.ProviderError: no usable answer
        """
        return tuple(
            invoice
            for chunk in in_chunks(ids)
            for invoice in self.list_rows(
                "get_invoices",
                "xero.list_invoices_by_ids",
                "Invoices",
                parsing.invoice,
                i_ds=chunk,
                unitdp=4,
            )
        )


def _pagination(answer: http.Answer) -> tuple[int | None, int | None]:
    """Return how many invoices and how many pages there are, where Xero says."""
    if answer.status == 304:
        return 0, 0
    told = answer.payload.get("pagination")
    if not isinstance(told, dict):
        return None, None
    count, pages = told.get("itemCount"), told.get("pageCount")
    return (
        count if isinstance(count, int) else None,
        pages if isinstance(pages, int) else None,
    )
