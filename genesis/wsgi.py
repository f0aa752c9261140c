"""The entry point of an application server: `gunicorn genesis.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")

application = get_wsgi_application()
