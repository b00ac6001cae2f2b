"""What a load balancer and whoever is on call rely on."""

import json
import os
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.conf import settings as product
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from connections.models import Heartbeat, XeroAuthorisation
from invoicebridge import health
from invoices import clock

NOON = datetime.fromisoformat("2026-11-23T12:00:00+00:00")


def test_a_live_process_says_so_without_the_database(rf: RequestFactory) -> None:
    answer = health.live(rf.get("/live"))

    assert answer.status_code == 200
    assert body_of(answer) == {"live": True}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_service_whose_jobs_ran_lately_is_ready(rf: RequestFactory) -> None:
    beat("sweep", seconds=3)

    answer = health.ready(rf.get("/ready"))

    assert answer.status_code == 200
    body = body_of(answer)
    assert body["ready"] is True
    assert body["problems"] == []
    assert body["oldest_due_seconds"] is None
    assert 3 <= body["heartbeat_seconds"]["sweep"] < 10


@pytest.mark.django_db
def test_a_service_whose_jobs_stopped_is_not_ready(rf: RequestFactory) -> None:
    beat("sweep", seconds=120)

    answer = health.ready(rf.get("/ready"))

    assert answer.status_code == 503
    assert body_of(answer)["problems"] == ["heartbeat sweep"]


@pytest.mark.django_db
def test_a_service_whose_jobs_never_ran_is_not_ready(rf: RequestFactory) -> None:
    answer = health.ready(rf.get("/ready"))

    assert answer.status_code == 503
    assert body_of(answer)["problems"] == ["no heartbeat yet"]


@pytest.mark.django_db
def test_a_service_without_its_database_is_not_ready(rf: RequestFactory) -> None:
    def refuse(*_arguments: object) -> NoReturn:
        raise OperationalError("the server closed the connection unexpectedly")

    with connection.execute_wrapper(refuse):
        answer = health.ready(rf.get("/ready"))

    assert answer.status_code == 503
    assert body_of(answer) == {"ready": False, "problems": ["database"]}


@pytest.mark.django_db
def test_a_service_whose_messages_wait_is_not_ready(
    rf: RequestFactory, settings: Any, tmp_path: Path
) -> None:
    beat("sweep", seconds=3)
    settings.CELERY_BROKER_URL = "filesystem://localhost//"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path)}
    message = tmp_path / "1.msg"
    message.touch()
    assert health.ready(rf.get("/ready")).status_code == 200
    os.utime(message, (0, timezone.now().timestamp() - 130))

    answer = health.ready(rf.get("/ready"))

    assert answer.status_code == 503
    body = body_of(answer)
    assert body["problems"] == ["messages wait"]
    assert body["queue"]["messages"] == 1
    assert 130 <= body["queue"]["oldest_seconds"] < 140


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "is_ready"), [(0, True), (4, True), (-86_400, False), (6, False)]
)
def test_a_machine_whose_clock_is_wrong_is_not_ready(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch, seconds: int, is_ready: bool
) -> None:
    beat("sweep", seconds=3)
    ours = timezone.now()
    monkeypatch.setattr(clock, "database_now", lambda: ours + timedelta(seconds=seconds))

    answer = health.ready(rf.get("/ready"))

    assert body_of(answer)["problems"] == ([] if is_ready else ["clock"])
    assert abs(body_of(answer)["clock_seconds"] - seconds) < 1
    assert answer.status_code == (200 if is_ready else 503)


@pytest.mark.django_db
def test_a_service_that_renews_no_grants_is_not_ready(rf: RequestFactory) -> None:
    beat("sweep", seconds=3)
    now = timezone.now()
    grant = XeroAuthorisation.objects.create(
        xero_user_id=uuid.uuid4(),
        issued_at=now,
        access_expires_at=now,
        renewal_failing_since=now - timedelta(minutes=9),
    )
    assert health.ready(rf.get("/ready")).status_code == 200
    grant.renewal_failing_since = now - timedelta(minutes=11)
    grant.save()

    answer = health.ready(rf.get("/ready"))

    assert answer.status_code == 503
    assert body_of(answer)["problems"] == ["grants are not renewed"]
    assert body_of(answer)["grants_not_renewed"] == 1


@pytest.mark.django_db
def test_a_service_that_may_be_broken_on_purpose_says_so(rf: RequestFactory, settings: Any) -> None:
    beat("sweep", seconds=3)
    assert "test_mode" not in body_of(health.ready(rf.get("/ready")))

    settings.TEST_MODE, settings.CRASH_AT = True, "before_refresh"

    told = body_of(health.ready(rf.get("/ready")))
    assert told["test_mode"] == {"crash_at": "before_refresh"}


@pytest.mark.parametrize("view", [health.live, health.ready])
def test_health_pages_are_only_read(rf: RequestFactory, view: Any) -> None:
    assert view(rf.post("/")).status_code == 405


def test_a_job_is_late_after_three_periods_and_never_within_a_minute() -> None:
    schedule: dict[str, dict[str, Any]] = product.CELERY_BEAT_SCHEDULE
    periods = {name: float(entry["schedule"]) for name, entry in schedule.items()}
    slow = max(periods, key=lambda name: periods[name])
    fast = min(periods, key=lambda name: periods[name])
    beats = {
        slow: NOON - timedelta(seconds=periods[slow] * 3 - 1),
        fast: NOON - timedelta(seconds=61),
        "no job of ours": NOON - timedelta(days=9),
    }

    assert periods[slow] * 3 > 60 > periods[fast] * 3
    assert list(health.list_late(beats, now=NOON)) == [fast]
    assert list(health.list_late(beats, now=NOON + timedelta(seconds=2))) == sorted([fast, slow])


def beat(name: str, *, seconds: int) -> None:
    Heartbeat.objects.create(name=name, beat_at=timezone.now() - timedelta(seconds=seconds))


def body_of(answer: HttpResponse) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.content)
    return body
