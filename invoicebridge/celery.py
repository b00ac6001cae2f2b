"""The Celery application. Its settings are the CELERY_… names of invoicebridge.settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "invoicebridge.settings")
# A starting worker would load every page to check the addresses, and ignore what is found.
# `invoicebridge.prepare` runs the checks before any process starts, and stops at an error.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("invoicebridge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
