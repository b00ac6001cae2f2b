"""
Two pages for machines: is this process alive, and is the service doing its work (reliability T-3).

`live` asks nothing of anybody: a container that fails it should be started again. `ready` looks at
the database, the oldest work that is due and the heartbeats of the background jobs: when it fails
somebody should look, while the pages may well go on working.
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

from connections.models import Heartbeat
from invoices import queries

# Due work is swept every few seconds: after two minutes no worker is looking.
LONGEST_DUE = timedelta(minutes=2)
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
    except DatabaseFailure:
        return JsonResponse({"ready": False, "problems": ["database"]}, status=503)
    problems = [f"heartbeat {name}" for name in list_late(beats, now=now)]
    if not beats:
        problems.append("no heartbeat yet")
    if due_at is not None and now - due_at > LONGEST_DUE:
        problems.append("work is due and not done")
    answer = {
        "ready": not problems,
        "problems": problems,
        "oldest_due_seconds": None if due_at is None else int((now - due_at).total_seconds()),
        "heartbeat_seconds": {
            name: int((now - beat_at).total_seconds()) for name, beat_at in sorted(beats.items())
        },
    }
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
