"""The entry the web server loads; every page is imported at once, so a broken one stops the start."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kedang.project.settings")

application = get_wsgi_application()
get_resolver().check()
