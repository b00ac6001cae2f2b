"""The WSGI application: Django inside, the wire that can misbehave around it."""

import os

from django.core.wsgi import get_wsgi_application

from sandbox.core.wire import Wire

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox.settings")

application = Wire(get_wsgi_application())
