"""
Two pages for machines: is this process alive, and is the service doing its work (reliability T-3).

`live` asks nothing of anybody: a container that fails it should be started again. `ready` looks at
the database, the oldest work that is due, the oldest message in the queue and the heartbeats of the
background jobs: when it fails somebody should look, while the pages may well go on working.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from connections import dangers
from connections.models import Heartbeat
from invoicebridge import queue_age
from invoices import clock, queries

# Due work is swept every few seconds: after two minutes no worker is looking.
LONGEST_DUE = timedelta(minutes=2)
# A lost answer is made up for by the next call; at what fails for longer somebody looks (P-8).
LONGEST_UNRENEWED = timedelta(minutes=10)
# Leases go by the database's clock; tokens, limits of a minute and pages by ours (F-34).
LONGEST_SKEW = timedelta(seconds=5)
# A job is late after three of its periods (reliability P-19), but never sooner than this.
SHORTEST_LATE = timedelta(minutes=1)


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as this process serves requests."""
    return JsonResponse({"live": True})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when work is being done, else 503, with what was found as JSON."""
    now = timezone.now()
    try:
        due_at = queries.get_oldest_due_at(now)
        beats = {beat.name: beat.beat_at for beat in Heartbeat.objects.all()}
        unrenewed = dangers.count_unrenewed(now=now - LONGEST_UNRENEWED)
        skew = clock.database_now() - timezone.now()
    except DatabaseFailure:
        return JsonResponse({"ready": False, "problems": ["database"]}, status=503)
    problems = [f"heartbeat {name}" for name in list_late(beats, now=now)]
    if not beats:
        problems.append("no heartbeat yet")
    if due_at is not None and now - due_at > LONGEST_DUE:
        problems.append("work is due and not done")
    if abs(skew) > LONGEST_SKEW:
        problems.append("clock")
    if unrenewed:
        problems.append("grants are not renewed")
    try:
        waiting = queue_age.read()
    except queue_age.Unreachable:
        waiting = None
        problems.append("queue")
    age = None if waiting is None else waiting.oldest_seconds
    if age is not None and age > LONGEST_DUE.total_seconds():
        problems.append("messages wait")
    answer = {
        "ready": not problems,
        "problems": problems,
        "oldest_due_seconds": None if due_at is None else int((now - due_at).total_seconds()),
        "queue": {
            "messages": None if waiting is None else waiting.messages,
            "oldest_seconds": None if age is None else int(age),
        },
        "grants_not_renewed": unrenewed,
        "clock_seconds": round(skew.total_seconds(), 3),
        "heartbeat_seconds": {
            name: int((now - beat_at).total_seconds()) for name, beat_at in sorted(beats.items())
        },
    }
    if settings.TEST_MODE:
        answer["test_mode"] = {"crash_at": settings.CRASH_AT}
    return JsonResponse(answer, status=503 if problems else 200)


def list_late(beats: dict[str, datetime], *, now: datetime) -> Iterable[str]:
    """
    Return the names of scheduled jobs whose last sign of life is too old.

    A job that never ran is not late: some run once an hour.

    :param beats: the last sign of life of each job, aware
    """
    schedule: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
    for name, entry in sorted(schedule.items()):
        late = max(timedelta(seconds=entry["schedule"]) * 3, SHORTEST_LATE)
        if name in beats and now - beats[name] > late:
            yield name
