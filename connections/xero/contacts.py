"""Contacts of an organisation: found, read, created and changed (xero-api §6)."""

from collections.abc import Iterable

from connections.xero import parsing, types
from connections.xero.calls import Caller, in_chunks

CREATE_CONTACT_PATH_QUERY = "Contacts?summarizeErrors=true"


class ContactCalls(Caller):
    """Each method makes one call unless it says otherwise."""

    def search_contacts(self, term: str, *, limit: int = 20) -> tuple[types.Contact, ...]:
        """
        Return active contacts whose name, number or e-mail holds the term; without addresses.

        :raises errors.ProviderError: no usable answer
        """
        return self.list_rows(
            "get_contacts",
            "xero.search_contacts",
            "Contacts",
            parsing.contact,
            search_term=term,
            page=1,
            page_size=limit,
            summary_only="true",
        )

    def list_contacts_by(
        self,
        *,
        name: str | None = None,
        email: str | None = None,
        tax_number: str | None = None,
        ids: Iterable[str] | None = None,
        include_archived: bool = False,
    ) -> tuple[types.Contact, ...]:
        """
        Return the contacts that have exactly this name, e-mail or tax number, or these ids.

        Give one of the four. Xero compares text without regard to case. How quotes inside a value
        are written in its filter language is not documented (xero-api §6): a name or e-mail that
        holds one is searched for and compared here; a tax number that holds one matches nothing.

        :raises errors.ProviderError: no usable answer
        """
        operation = "xero.list_contacts_by"
        archived = {"include_archived": "true"} if include_archived else {}
        if ids is not None:
            return tuple(
                contact
                for chunk in in_chunks(ids)
                for contact in self.list_rows(
                    "get_contacts",
                    operation,
                    "Contacts",
                    parsing.contact,
                    i_ds=chunk,
                    page=1,  # unpaged, Xero does not say what a contact was merged into
                    **archived,
                )
            )
        given = {"Name": name, "EmailAddress": email, "TaxNumber": tax_number}
        field, value = next((key, text) for key, text in given.items() if text is not None)
        if '"' in value or "\\" in value:
            if field == "TaxNumber":
                return ()
            return self._search_exactly(field, value, **archived)
        return self.list_rows(
            "get_contacts",
            operation,
            "Contacts",
            parsing.contact,
            page=1,
            where=f'{field}=="{value}"',
            **archived,
        )

    def list_contacts_matching(
        self, *, name: str = "", email: str = "", tax_number: str = ""
    ) -> tuple[types.Contact, ...]:
        """
        Return contacts that have exactly this name, e-mail or tax number, archived ones included.

        One call for all three: who may be meant is asked for while a person waits. A value with
        a quote or backslash is not asked for, as Xero does not say how to write one (xero-api §6).

        :raises errors.ProviderError: no usable answer
        """
        given = {"Name": name, "EmailAddress": email, "TaxNumber": tax_number}
        tests = [
            f'{field}=="{value}"'
            for field, value in given.items()
            if value and '"' not in value and "\\" not in value
        ]
        if not tests:
            return ()
        return self.list_rows(
            "get_contacts",
            "xero.list_contacts_matching",
            "Contacts",
            parsing.contact,
            page=1,
            where=" OR ".join(tests),
            include_archived="true",
        )

    def _search_exactly(self, field: str, value: str, **archived: str) -> tuple[types.Contact, ...]:
        rows = self.list_rows(
            "get_contacts",
            "xero.list_contacts_by",
            "Contacts",
            lambda row: (parsing.read_text(row, field), parsing.contact(row)),
            page=1,
            search_term=value,
            **archived,
        )
        return tuple(contact for said, contact in rows if said.casefold() == value.casefold())

    def get_contact(self, contact_id: str) -> types.Contact:
        """
        Return one contact with its addresses; a merged one names whom it became.

        :raises errors.NotFound: there is none
        :raises errors.ProviderError: no usable answer
        """
        return self.get_row(
            "get_contact", "xero.get_contact", "Contacts", parsing.contact, contact_id
        )

    def create_contact(self, body: str, *, idempotency_key: str) -> types.Contact:
        """
        Create one contact by ``PUT Contacts``, which never touches an existing one.

        :param body: the exact text, as ``NewContact.to_json`` made it
        :raises errors.Rejected: e.g. the name or contact number is taken
        :raises errors.ProviderError: see ``is_unsure_for_write``
        """
        return self.get_row(
            "create_contacts",
            "xero.create_contact",
            "Contacts",
            parsing.contact,
            contacts=body,
            idempotency_key=idempotency_key,
            summarize_errors="true",
        )

    def update_contact(self, contact_id: str, body: str, *, idempotency_key: str) -> types.Contact:
        """
        Change one contact by its id; fields left out of the body stay.

        :param body: the exact text, as ``ContactChange.to_json`` made it
        :raises errors.Rejected: e.g. it is archived
        :raises errors.ProviderError: see ``is_unsure_for_write``
        """
        return self.get_row(
            "update_contact",
            "xero.update_contact",
            "Contacts",
            parsing.contact,
            contact_id,
            contacts=body,
            idempotency_key=idempotency_key,
        )
