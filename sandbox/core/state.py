"""Makes, seeds and resets the state file."""

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction

from sandbox.core import clock, faults, signing, switches, traffic, vendors
from sandbox.core.models import StoredValue

_SEEDED_ON = "seeded_on"


def prepare(*, fresh: bool) -> None:
    """
    Make the state file ready to serve from: keep an existing one, else create and seed it.

    A file made by an older version of the tables cannot be read any more and is made anew.
    """
    path = Path(settings.SANDBOX_STATE)
    path.parent.mkdir(parents=True, exist_ok=True)
    if fresh or not path.exists() or _read_fingerprint(path) != _fingerprint():
        _delete_files(path)
        call_command("migrate", run_syncdb=True, verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA user_version = {_fingerprint()}")
        _seed()
    connections.close_all()


def reset() -> None:
    """Put everything back to the seed: rows, clock, switches, faults, traffic."""
    today = _read_seed_day()
    clock.forget()
    if today == _real_today() and _snapshot().exists():
        connection.ensure_connection()
        with closing(sqlite3.connect(_snapshot())) as source:
            source.backup(connection.connection)
    else:
        _empty()
        _seed()
    faults.clear()
    traffic.clear()
    forget()


def forget() -> None:
    """Drop everything kept in memory about the stored rows."""
    clock.forget()
    switches.forget()
    signing.forget()
    for module in vendors.list_modules("control"):
        if hasattr(module, "forget"):
            module.forget()


def _seed() -> None:
    forget()
    with transaction.atomic():
        signing.ensure_key()
        for module in vendors.list_modules("seed"):
            module.seed()
        StoredValue.objects.update_or_create(key=_SEEDED_ON, defaults={"value": _real_today()})
    _snapshot().unlink(missing_ok=True)
    with closing(sqlite3.connect(_snapshot())) as target:
        connection.connection.backup(target)


def _empty() -> None:
    with transaction.atomic():
        for model in reversed(apps.get_models()):
            rows = model._default_manager.all()
            if model is StoredValue:
                rows = rows.exclude(key="signing_key")
            rows._raw_delete(using="default")


def _snapshot() -> Path:
    return Path(f"{settings.SANDBOX_STATE}.seed")


def _real_today() -> str:
    clock_offset = StoredValue.objects.filter(key="clock_offset_seconds")
    clock_offset.delete()
    clock.forget()
    return clock.today().isoformat()


def _read_seed_day() -> str | None:
    return StoredValue.objects.filter(key=_SEEDED_ON).values_list("value", flat=True).first()


def _fingerprint() -> int:
    """Return a number that changes with the tables (positive, 31 bits, for user_version)."""
    editor = connection.schema_editor(collect_sql=True, atomic=False)
    with editor:
        for model in apps.get_models():
            editor.create_model(model)
    return zlib.crc32("\n".join(editor.collected_sql).encode()) & 0x7FFFFFFF


def _read_fingerprint(path: Path) -> int:
    try:
        with closing(sqlite3.connect(path)) as database:
            return database.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError:
        return 0


def _delete_files(path: Path) -> None:
    connections.close_all()
    for suffix in ("", "-wal", "-shm", ".seed"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
