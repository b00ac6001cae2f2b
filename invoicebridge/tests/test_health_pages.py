"""What a load balancer and whoever is on call rely on."""

import json
from datetime import datetime, timedelta
from typing import Any, NoReturn

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from connections.models import Heartbeat
from invoicebridge import health

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


@pytest.mark.parametrize("view", [health.live, health.ready])
def test_health_pages_are_only_read(rf: RequestFactory, view: Any) -> None:
    assert view(rf.post("/")).status_code == 405


def test_a_job_is_late_after_three_periods_and_never_within_a_minute() -> None:
    schedule: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
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
