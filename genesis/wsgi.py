"""The entry point of an application server: `gunicorn genesis.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
# What visitors ask for takes no statement so long: PostgreSQL ends it, and a page says so. Commands take their time.
os.environ.setdefault("PGOPTIONS", "-c statement_timeout=30s")

application = get_wsgi_application()
