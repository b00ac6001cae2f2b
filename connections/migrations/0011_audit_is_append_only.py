"""
The database refuses to change or delete what the audit trail holds (reliability P-21).

Two doors exist, see `connections.audit.open_door`. A later migration that has SQLite make this
table anew has to make the triggers again: a test looks for them.
"""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION connections_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    door text := current_setting('invoicebridge.audit_door', true);
BEGIN
    IF TG_OP = 'DELETE' AND door = 'retention' AND OLD.at < now() - interval '13 months' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND door = 'erasure' AND NEW.reason = ''
        AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation';
END;
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON connections_auditevent
FOR EACH ROW EXECUTE FUNCTION connections_audit_is_append_only();
"""
SQLITE = (
    "CREATE TABLE connections_auditdoor (door text NOT NULL)",
    """
    CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON connections_auditevent
    WHEN NOT (
        EXISTS (SELECT 1 FROM connections_auditdoor WHERE door = 'retention')
        AND OLD.at < datetime('now', '-13 months')
    )
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
    """,
    """
    CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON connections_auditevent
    WHEN NOT (
        EXISTS (SELECT 1 FROM connections_auditdoor WHERE door = 'erasure')
        AND NEW.reason = ''
        AND OLD.id IS NEW.id AND OLD.company_id IS NEW.company_id
        AND OLD.actor_id IS NEW.actor_id AND OLD.event IS NEW.event
        AND OLD.subject IS NEW.subject AND OLD.before IS NEW.before
        AND OLD.after IS NEW.after AND OLD.correlation_id IS NEW.correlation_id
        AND OLD.at IS NEW.at
    )
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
    """,
)
POSTGRESQL_BACK = """
DROP TRIGGER audit_is_append_only ON connections_auditevent;
DROP FUNCTION connections_audit_is_append_only();
"""
SQLITE_BACK = (
    "DROP TRIGGER audit_is_never_deleted",
    "DROP TRIGGER audit_is_never_changed",
    "DROP TABLE connections_auditdoor",
)


def guard(apps, editor):
    run(editor, (POSTGRESQL,), SQLITE)


def unguard(apps, editor):
    run(editor, (POSTGRESQL_BACK,), SQLITE_BACK)


def run(editor, postgresql, sqlite):
    for statement in postgresql if editor.connection.vendor == "postgresql" else sqlite:
        # Without parameters, so that a percent sign or a dollar quote is left as it is.
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("connections", "0010_audit_of_presses")]
    operations = [migrations.RunPython(guard, unguard)]
