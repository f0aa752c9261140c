#!/usr/bin/env python3
"""Run a Django command for this site: `python manage.py help` lists them."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import Error

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # The message says what to set; the way to it through the code says nothing.
        sys.exit(str(error))
    except Error as error:
        from partners.engines.outage import is_outage

        if not is_outage(error):
            raise
        sys.exit(f"The database cannot be used: {error}")
