"""What is done to an invoice that exists: its status, its mail, its PDF (xero-api §4.6, §4.7)."""

from connections import errors
from connections.xero import parsing, types
from connections.xero.calls import Caller

EMPTY_BODY = "{}"
PDF_TYPE = "application/pdf"
_PDF_START = b"%PDF-"
# A page with a line of text takes several hundred bytes: what is shorter holds nothing.
_SHORTEST_PDF = 64


class LifecycleCalls(Caller):
    """Each method makes one call."""

    def set_invoice_status(
        self, invoice_id: str, body: str, *, idempotency_key: str
    ) -> types.Invoice:
        """
        Move one invoice to another status; the same key and body again is safe (§9).

        :param body: the exact text, as ``StatusChange.to_json`` made it
        :return: the invoice as Xero answered it
        :raises errors.NotFound: there is none
        :raises errors.Rejected: Xero refused the move, with its messages (§4.5)
        :raises errors.ProviderError: see ``is_unsure_for_write``
        """
        return self.get_row(
            "update_invoice",
            "xero.set_invoice_status",
            "Invoices",
            parsing.invoice,
            invoice_id,
            invoices=body,
            unitdp=4,
            idempotency_key=idempotency_key,
        )

    def email_invoice(self, invoice_id: str, *, idempotency_key: str) -> None:
        """
        Have Xero mail an invoice to its contact and to the contact's persons for invoices (§4.7).

        :raises errors.Rejected: no address, wrong status, no right, or the day's mails are used up
        :raises errors.ProviderError: see ``is_unsure_for_write``
        """
        operation = "xero.email_invoice"
        answer = self._accounting.call(
            "email_invoice",
            invoice_id,
            operation=operation,
            request_empty=EMPTY_BODY,
            idempotency_key=idempotency_key,
        )
        if answer.status != 204:
            raise errors.UnexpectedAnswer(
                vendor="xero", operation=operation, status=answer.status, detail="not the 204 of it"
            )

    def get_invoice_pdf(self, invoice_id: str) -> bytes:
        """
        Return an invoice as Xero prints it; at most the transport's 10 MB (S-25).

        :raises errors.NotFound: there is none
        :raises errors.UnexpectedAnswer: what came is no PDF, or an empty one (R-28)
        :raises errors.ProviderError: no usable answer
        """
        operation = "xero.get_invoice_pdf"
        answer = self._accounting.call("get_invoice_as_pdf", invoice_id, operation=operation)
        content = answer.payload
        is_pdf = isinstance(content, bytes) and content.startswith(_PDF_START)
        if not is_pdf or len(content) < _SHORTEST_PDF:
            raise errors.UnexpectedAnswer(
                vendor="xero", operation=operation, status=answer.status, detail="not a PDF"
            )
        return bytes(content)

    def get_online_url(self, invoice_id: str) -> str:
        """
        Return the address at which anybody who has it sees the invoice; a secret of its customer.

        :raises errors.NotFound: there is none, as for a draft
        :raises errors.ProviderError: no usable answer
        """
        return self.get_row(
            "get_online_invoice",
            "xero.get_online_url",
            "OnlineInvoices",
            lambda row: str(row["OnlineInvoiceUrl"]),
            invoice_id,
        )

    def list_history(self, invoice_id: str) -> tuple[types.HistoryRecord, ...]:
        """
        Return the history of an invoice in Xero's order, notes of people included (§4.7).

        :raises errors.ProviderError: no usable answer
        """
        return self.list_rows(
            "get_invoice_history",
            "xero.list_history",
            "HistoryRecords",
            parsing.history_record,
            invoice_id,
        )

    def get_payment(self, payment_id: str) -> types.PaymentRecord:
        """
        Return one payment; needs a scope for payments (§2.6).

        :raises errors.NotFound: there is none
        :raises errors.ProviderError: no usable answer
        """
        return self.get_row(
            "get_payment", "xero.get_payment", "Payments", parsing.payment_record, payment_id
        )

    def delete_payment(
        self, payment_id: str, body: str, *, idempotency_key: str
    ) -> types.PaymentRecord:
        """
        Remove one payment; its invoice awaits payment again (§4.6).

        :param body: ``drafts.REMOVE_PAYMENT``: Xero takes nothing more
        :raises errors.Rejected: Xero refused it, with its messages
        :raises errors.ProviderError: see ``is_unsure_for_write``
        """
        return self.get_row(
            "delete_payment",
            "xero.delete_payment",
            "Payments",
            parsing.payment_record,
            payment_id,
            payment_delete=body,
            idempotency_key=idempotency_key,
        )
