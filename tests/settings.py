"""The product's settings with a throw-away home, a quick hasher and the database KEDANG_TEST_DB names."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_home = Path(tempfile.mkdtemp(prefix="kedang-test-"))
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["KEDANG_HOME"] = str(_home)
os.environ["SECRET_KEY"] = "a key for tests only, of a decent length"
ON_POSTGRES = os.environ.get("KEDANG_TEST_DB") == "postgres"
if not ON_POSTGRES:
    os.environ.pop("DATABASE_URL", None)

from kedang.project.settings import *  # noqa: E402, F403
from kedang.project.settings import CACHES, DATABASES, STORAGES  # noqa: E402

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATICFILES_DIRS = [("axe", Path(__file__).resolve().parents[1] / "node_modules" / "axe-core")]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
LOOKS_AT_ONCE = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

if not ON_POSTGRES:
    # a file, because the browser tests' server and the test share it from different threads
    DATABASES["default"]["TEST"] = {"NAME": str(_home / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
