"""The entry point of an application server: `gunicorn genesis.wsgi`."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
# What visitors ask for takes no statement so long: PostgreSQL ends it, and a page says so. Commands take their time.
os.environ.setdefault("PGOPTIONS", "-c statement_timeout=30s")

application = get_wsgi_application()

# Asking for one address brings in all views. What was imported stays: to look through it for garbage again and again
# takes a tenth of the time of a page.
reverse("overview")
gc.collect()
gc.freeze()
