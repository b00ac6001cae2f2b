"""What the commands about one person's data share."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connections.models import Company, User
from invoices import privacy


class PersonCommand(BaseCommand):
    """A command that finds a person by e-mail address, in a company or everywhere."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whom it is about, where to look, and on whose word."""
        parser.add_argument("email", help="the person's email address")
        parser.add_argument("--name", action="append", default=[], help="a further name of theirs")
        parser.add_argument("--company", type=int, help="Pipedrive company id; else everywhere")
        parser.add_argument("--by", required=True, help="email address of who of our staff asks")
        parser.add_argument("--reason", required=True, help="such as the number of the request")

    def find(self, options: dict[str, Any]) -> tuple[privacy.Person, Company | None, User]:
        """
        Return the person, the company to look in, and who of our staff asks.

        :raises CommandError: no such company, or nobody of our staff
        """
        by = User.objects.filter(email__iexact=options["by"], is_staff=True, is_active=True).first()
        if by is None:
            raise CommandError("--by names nobody of our staff.")
        company = None
        if options["company"] is not None:
            company = Company.objects.filter(pipedrive_company_id=options["company"]).first()
            if company is None:
                raise CommandError("There is no such company.")
        person = privacy.find_person(options["email"], names=options["name"], company=company)
        return person, company, by
