"""The Celery application. Its settings are the CELERY_… names of invoicebridge.settings."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "invoicebridge.settings")
# A starting worker would load every page to check the addresses, and ignore what is found.
# `invoicebridge.prepare` runs the checks before any process starts, and stops at an error.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

# The address stays kombu's; its own way of putting a message is not safe beside a reader.
TRANSPORT_ALIASES["filesystem"] = "invoicebridge.file_queue:Transport"

app = Celery("invoicebridge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
