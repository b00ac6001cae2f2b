"""The Celery application. Its settings are the CELERY_… names of invoicebridge.settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "invoicebridge.settings")

app = Celery("invoicebridge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
