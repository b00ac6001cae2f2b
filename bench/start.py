"""
Goal 17: what a web process costs at its start, against a bare project; and memory in use.

The bare project is what Django's and Celery's documentation for beginners lead to: Django's
contrib apps and middleware, a Celery app in the project's package with its configuration from the
settings, one app with one shared task. Both are measured until the first task has been handed to
an (in-memory) broker, in fresh processes, in turns, and without packages that only development
installs: structlog and kombu load some of them where they find them.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import psutil

from bench.results import Result
from invoices.journey.browser import Browser
from invoices.journey.steps import Journey
from invoices.journey.truth import Sandbox
from tests.live import LiveSite

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 21
MEGABYTE = 1024 * 1024
WEB_MEGABYTES = 130
WORKER_MEGABYTES = 110

_APPS = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")
BARE = {
    "bare/__init__.py": 'from .celery import app as celery_app\n__all__ = ("celery_app",)\n',
    "bare/celery.py": """
import os
from celery import Celery
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bare.settings")
app = Celery("bare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
""",
    "bare/settings.py": f"""
SECRET_KEY = "bare" * 20
INSTALLED_APPS = {[*(f"django.contrib.{name}" for name in _APPS), "shop"]}
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "bare.urls"
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}}]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
CELERY_BROKER_URL = "memory://localhost"
""",
    "bare/urls.py": """
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
""",
    "bare/wsgi.py": """
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bare.settings")
application = get_wsgi_application()
""",
    "shop/__init__.py": "",
    "shop/tasks.py": """
from celery import shared_task
@shared_task
def add(x, y):
    return x + y
""",
}
_HAND_OVER = {
    "bare": "from shop.tasks import add; add.delay(1, 2)",
    "invoicebridge": "from connections import doorbell; "
    'doorbell.ring_on_commit("invoices.tasks.sweep_operations")',
}
# CPU seconds rather than seconds: other processes of the machine weigh less on them.
PROGRAM = """
import importlib, json, sys, time
project, absent, hand_over = sys.argv[1], set(json.loads(sys.argv[2])), sys.argv[3]
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Absent())
began = time.process_time()
importlib.import_module(project + ".wsgi")
started = time.process_time() - began
exec(hand_over)
ready = time.process_time() - began
with open("/proc/self/statm") as told:
    pages = int(told.read().split()[1])
print(json.dumps([started, ready, pages * 4096 / 2**20, len(sys.modules)]))
"""


def measure() -> Iterator[Result]:
    """Measure the start, then a running product before and after the main job."""
    yield from measure_start()
    yield from measure_memory()


def measure_start() -> Iterator[Result]:
    """Compare fresh processes, in turns."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "var" / "static").mkdir(parents=True)
        for path, text in BARE.items():
            (directory / path).parent.mkdir(exist_ok=True)
            (directory / path).write_text(text, encoding="utf-8")
        absent = json.dumps(_list_development_modules())
        places = {"bare": directory, "invoicebridge": ROOT}
        found: dict[str, list[list[float]]] = {"bare": [], "invoicebridge": []}
        # The first of each writes what Python keeps of a compiled module.
        for turn in range(ROUNDS + 1):
            for project, place in places.items():
                figures = _start(project, place, absent, directory / "var")
                if turn:
                    found[project].append(figures)
    bare, ours = (
        [statistics.median(column) for column in zip(*found[project], strict=True)]
        for project in ("bare", "invoicebridge")
    )
    yield Result(
        "17 time",
        "start until a task is handed over, CPU / bare Django + Celery",
        # Of each turn, then the middle one: what else the machine does hits both of a turn.
        statistics.median(
            one[1] / other[1]
            for one, other in zip(found["invoicebridge"], found["bare"], strict=True)
        ),
        1.3,
        detail=f"{ours[1] * 1000:.0f} ms against {bare[1] * 1000:.0f} ms; until the application "
        f"stands {ours[0] * 1000:.0f} ms against {bare[0] * 1000:.0f} ms",
    )
    yield Result(
        "17 memory",
        "memory of a started process / bare Django + Celery",
        ours[2] / bare[2],
        1.25,
        detail=f"{ours[2]:.0f} MB against {bare[2]:.0f} MB, {ours[3]:.0f} modules against "
        f"{bare[3]:.0f}",
    )


def measure_memory() -> Iterator[Result]:
    """Run the product, read its processes' memory before and after the main job."""
    with tempfile.TemporaryDirectory() as name:
        site = LiveSite(Path(name), {})
        site.start()
        try:
            Browser().open(f"{site.url}/accounts/login/")
            after_login = _largest(site.pid, "gunicorn")
            Journey(site.url, Sandbox(site.xero), _tell_nobody).walk()
            after_work = _largest(site.pid, "gunicorn")
            worker = _largest(site.pid, "worker")
        finally:
            site.stop()
    yield Result(
        "17 web",
        "memory of a web process after the main job, MB",
        after_work,
        WEB_MEGABYTES,
        detail=f"{after_login:.0f} MB after the sign-in page",
    )
    yield Result(
        "17 worker", "memory of a worker's child after the main job, MB", worker, WORKER_MEGABYTES
    )


def _start(project: str, place: Path, absent: str, var: Path) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, project, absent, _HAND_OVER[project]],
        cwd=place,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": f"{project}.settings",
            "PYTHONPATH": "",
            # A module of a library is compiled once, when it is installed; so are all here.
            "PYTHONDONTWRITEBYTECODE": "",
            "IB_PROFILE": "demo",
            "IB_VAR_DIR": str(var),
            "LOG_LEVEL": "ERROR",
            "CELERY_BROKER_URL": "memory://localhost",
            "DATABASE_URL": f"sqlite:///{var / 'db.sqlite3'}",
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: list[float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _list_development_modules() -> list[str]:
    """Return the modules that are installed here and that requirements.txt does not bring."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    names = re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*?\])?==", text, re.MULTILINE)
    pinned = {_normal(name) for name in names}
    return [
        module
        for module, owners in packages_distributions().items()
        if not any(_normal(owner) in pinned for owner in owners)
    ]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _largest(runner_pid: int, word: str) -> float:
    """Return the megabytes of the largest process below the runner whose command has this word."""
    return max(
        each.memory_info().rss / MEGABYTE
        for each in psutil.Process(runner_pid).children(recursive=True)
        if word in each.cmdline()
    )


def _tell_nobody(_step: str, _seconds: float) -> None:
    """Take what a step of the main job took."""
