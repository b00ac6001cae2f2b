"""
What the application's own role in PostgreSQL may do: read and write rows, and nothing else (S-32).

Tables, triggers and functions belong to another role, which runs the migrations. So whoever takes
the application over changes and deletes nothing in the audit trail: that takes the trigger's
owner.
"""

from __future__ import annotations

from typing import Final

from django.db import connection
from psycopg import sql

_SCHEMA: Final = sql.Identifier("public")
# For tables that later migrations make as well, as long as the same owner makes them.
_GRANTS: Final = (
    "REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC",
    "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
    ),
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
)
_TOO_MUCH: Final = """
SELECT role.rolsuper OR role.rolcreaterole OR role.rolbypassrls OR role.rolreplication
    OR EXISTS (SELECT 1 FROM pg_class WHERE relowner = role.oid)
    OR EXISTS (SELECT 1 FROM pg_auth_members WHERE member = role.oid)
FROM pg_roles AS role WHERE role.rolname = %s
"""


class NotPossible(Exception):
    """Nothing was granted; the message says why."""


def grant(role: str) -> None:
    """
    Let a role work with the rows of every table of ours, and of those that migrations add.

    Run as the owner of the tables. What the role had on them before is taken away first.

    :raises NotPossible: this is not PostgreSQL, there is no such role, or it has more rights than
        an application's may
    """
    if connection.vendor != "postgresql":
        raise NotPossible("Only PostgreSQL has roles.")
    with connection.cursor() as cursor:
        cursor.execute(_TOO_MUCH, [role])
        found = cursor.fetchone()
        if found is None:
            raise NotPossible(f"There is no role {role}. Make it: CREATE ROLE {role} LOGIN ...")
        if found[0]:
            raise NotPossible(
                f"{role} owns something, belongs to another role, or may do more than an "
                "application needs. Take a role of its own."
            )
        for each in _GRANTS:
            statement = sql.SQL(each).format(schema=_SCHEMA, role=sql.Identifier(role))
            cursor.execute(statement.as_string(cursor.connection))
