"""The entry point of the web server: `gunicorn invoicebridge.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "invoicebridge.settings")

application = get_wsgi_application()
