"""The site as it is deployed, with one address more: an empty answer, the least that its middleware allows."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
settings.ROOT_URLCONF = __name__

# The addresses of the admin can be imported once this is there.
application = get_wsgi_application()

EMPTY = "/benchmark/empty/"
urlpatterns = [
    path(EMPTY.lstrip("/"), lambda request: HttpResponse("")),
    *import_module("genesis.urls").urlpatterns,
]
