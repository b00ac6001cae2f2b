"""The entry point of the web server: `gunicorn invoicebridge.wsgi`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "invoicebridge.settings")

# What is loaded here lives as long as the process: no collection need ever look at it.
gc.disable()
application = get_wsgi_application()
gc.freeze()
gc.enable()
