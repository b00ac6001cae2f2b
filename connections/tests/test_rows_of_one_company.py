"""The database itself keeps each customer row with rows of its own company (P-10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import ForeignKey, UniqueConstraint
from django.utils import timezone

from connections.models import Company, FrameSession, Membership, User
from connections.scoping import CustomerRow, SameCompany

pytestmark = pytest.mark.django_db
Key = ForeignKey[Any, Any]


def list_keys() -> list[tuple[type[CustomerRow], Key]]:
    """Return every foreign key from a customer row to another."""
    return [
        (model, field)
        for model in apps.get_models()
        if issubclass(model, CustomerRow)
        for field in model._meta.local_concrete_fields
        if isinstance(field, ForeignKey) and issubclass(field.related_model, CustomerRow)
    ]


KEYS = list_keys()
NAMES = [f"{model.__name__}.{field.name}" for model, field in KEYS]


@pytest.fixture
def members() -> tuple[Membership, Membership]:
    """A member of each of two companies."""
    made = []
    for number, name in ((1, "Ours"), (2, "Theirs")):
        company = Company.objects.create(pipedrive_company_id=number, name=name)
        user = User.objects.create_user(f"somebody@{name.lower()}.example")
        made.append(Membership.objects.create(company=company, user=user))
    return made[0], made[1]


def open_frame(company: Company, membership: Membership) -> FrameSession:
    now = timezone.now()
    return FrameSession(
        company=company,
        membership=membership,
        token_hash="0" * 64,
        created_at=now,
        last_used_at=now,
        expires_at=now + timedelta(minutes=15),
    )


def test_there_are_keys_to_hold() -> None:
    assert len(KEYS) > 20


@pytest.mark.parametrize(("model", "field"), KEYS, ids=NAMES)
def test_every_key_to_a_customer_row_says_that_it_stays_in_the_company(
    model: type[CustomerRow], field: Key
) -> None:
    target = field.related_model
    told = [each.field for each in model._meta.constraints if isinstance(each, SameCompany)]
    keys = [each.fields for each in target._meta.constraints if isinstance(each, UniqueConstraint)]

    assert field.name in told, (
        f'{model.__name__}.Meta.constraints lacks SameCompany("{field.name}", '
        f'name="{model._meta.model_name}_own_{field.name}")'
    )
    assert ("company", "id") in keys, (
        f"{target.__name__}.Meta.constraints lacks "
        f'one_per_company("{target._meta.model_name}_of_company")'
    )


@pytest.mark.parametrize(("model", "field"), KEYS, ids=NAMES)
def test_the_database_has_the_constraint(model: type[CustomerRow], field: Key) -> None:
    meta, target = model._meta, field.related_model._meta

    found = list_composite_keys(meta.db_table)

    assert (
        ("company_id", field.column),
        target.db_table,
        ("company_id", target.pk.column),
    ) in found


def test_a_row_that_leads_to_another_company_is_not_stored(
    members: tuple[Membership, Membership],
) -> None:
    ours, theirs = members
    open_frame(ours.company, ours).save()

    FrameSession.objects.across_companies().update(membership=theirs)

    with pytest.raises(IntegrityError):
        connection.check_constraints()
    transaction.set_rollback(True)


def test_a_row_does_not_leave_its_company_alone(members: tuple[Membership, Membership]) -> None:
    ours, theirs = members
    open_frame(ours.company, ours).save()

    Membership.objects.across_companies().filter(pk=ours.pk).update(company=theirs.company)

    with pytest.raises(IntegrityError):
        connection.check_constraints()
    transaction.set_rollback(True)


def test_a_form_would_say_it_in_words(members: tuple[Membership, Membership]) -> None:
    ours, theirs = members

    with pytest.raises(ValidationError) as refused:
        open_frame(ours.company, theirs).validate_constraints()

    assert refused.value.message_dict == {"__all__": ["This belongs to another company."]}
    open_frame(ours.company, ours).validate_constraints()


def list_composite_keys(table: str) -> set[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """Return (own columns, table, its columns) of the foreign keys of several columns."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                """
                SELECT
                    (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.conkey)
                        WITH ORDINALITY AS k (num, n)
                        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num),
                    c.confrelid::regclass::text,
                    (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.confkey)
                        WITH ORDINALITY AS k (num, n)
                        JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num)
                FROM pg_constraint c
                WHERE c.contype = 'f' AND c.convalidated AND c.conrelid = %s::regclass
                """,
                [table],
            )
            found = {(tuple(own), name, tuple(theirs)) for own, name, theirs in cursor.fetchall()}
        else:
            cursor.execute(f'PRAGMA foreign_key_list("{table}")')
            keys: dict[tuple[int, str], list[tuple[str, str]]] = {}
            for number, _seq, name, own, theirs, *_rest in cursor.fetchall():
                keys.setdefault((number, name), []).append((own, theirs))
            found = {
                (tuple(own for own, _ in pairs), name, tuple(theirs for _, theirs in pairs))
                for (_number, name), pairs in keys.items()
            }
    return {each for each in found if len(each[0]) > 1}
