#!/usr/bin/env python
"""Django's command line for the product."""

import os
import sys

from django.core.management import execute_from_command_line

from invoicebridge import beside

if __name__ == "__main__":
    beside.join(os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "invoicebridge.settings")
    execute_from_command_line(sys.argv)
