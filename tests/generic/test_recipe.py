"""The recipe for a record type, followed word by word in an application that is thrown away."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "docs" / "recipes" / "add-a-record-type.md"
BLOCK = re.compile(r"^`([\w/.]+)`:\n\n```python\n(.*?)^```$", re.M | re.S)
SETTINGS = """
from settings import *
from settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "gifts.apps.GiftsConfig"]
DATABASES["default"]["TEST"] = {"NAME": ":memory:"}
"""
STORY = """
import django

django.setup()

from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment
from django.db import connection

call_command("makemigrations", "gifts", verbosity=0)
assert call_command("makemigrations", "gifts", check=True, dry_run=True, verbosity=0) is None
setup_test_environment()
connection.creation.create_test_db(verbosity=0)

from kedang.engine.identity import tokens
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, Role
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from kedang.kernel import ids
from world import VERBS, build
from gifts.models import Gift

company = build()
role = Role.objects.create(key="visitor", label={"zh_hans": "访客"})
for key in ("customers.customer", "gifts.gift"):
    for verb in VERBS:
        role.grants.create(record=key, action=verb, span="follow" if key == "gifts.gift" else "own")
role.limits.create(key="export_rows", value=100)
for user in (company.li, company.wang):
    Membership.objects.create(user=user, role=role)
li, wang = Client(), Client()
li.force_login(company.li)
wang.force_login(company.wang)
customers = company.records["customers.customer"]
mine, theirs = ids.show(customers["li"].pk), ids.show(customers["wang"].pk)

form = li.get("/gifts/new").content.decode()
assert 'name="purpose"' in form and 'name="cost"' not in form
sent = {"customer": mine, "given_on": "2026-11-03", "purpose": "看新泵", "result": "满意"}
filed = li.post("/gifts/new", sent)
assert filed.status_code == 302, filed.content.decode()
gift = Gift.objects.unscoped(because="test").get()
shown = ids.show(gift.pk)
assert filed["Location"] == f"/gifts/{shown}"
assert li.post("/gifts/new", sent | {"customer": theirs}).status_code == 422
assert li.post("/gifts/new", sent | {"purpose": ""}).status_code == 422

assert "看新泵" in li.get("/gifts").content.decode()
assert "看新泵" not in wang.get("/gifts").content.decode()
assert "满意" in li.get(f"/gifts/{shown}").content.decode()
assert wang.get(f"/gifts/{shown}").status_code == 404
assert "看新泵" in li.get(f"/customers/{mine}/line").content.decode()
assert li.get("/gifts?given_on_from=2026-11-01").status_code == 200
assert li.get("/gifts?cost=1").status_code == 400
page = f"/gifts/{shown}/edit"
assert li.post(page, {"result": "很满意", "version": "1"}).status_code == 302
history = li.get(f"/gifts/{shown}/history").content.decode()
assert "很满意" in history and "满意" in history
exported = b"".join(li.get("/gifts/export").streaming_content).decode()
assert "看新泵" in exported

named = {"Authorization": "Bearer " + tokens.issue(company.li, "test")}
listed = li.get("/api/v1/gifts", headers=named).json()["items"]
assert [one["result"] for one in listed] == ["很满意"] and "cost" not in listed[0]
more = {"customer": mine, "given_on": "2026-11-04", "purpose": "送样品"}
made = li.post("/api/v1/gifts", more, content_type="application/json", headers=named)
assert made.status_code == 201, made.content
api = li.get("/api/v1/openapi.json").json()
assert "/api/v1/gifts/{id}/history" in api["paths"]
assert verify().faults == []
print("FOLLOWED")
"""


@pytest.fixture
def followed(tmp_path: Path) -> Path:
    blocks = dict(BLOCK.findall(RECIPE.read_text(encoding="utf-8")))
    assert set(blocks) == {"gifts/models.py", "gifts/record_types.py", "gifts/apps.py"}
    for name, text in blocks.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "gifts" / "__init__.py").touch()
    (tmp_path / "gifts" / "migrations").mkdir()
    (tmp_path / "gifts" / "migrations" / "__init__.py").touch()
    (tmp_path / "recipe_settings.py").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "story.py").write_text(STORY, encoding="utf-8")
    return tmp_path


def test_whoever_follows_the_recipe_has_list_form_api_export_and_history(followed: Path) -> None:
    paths = os.pathsep.join(map(str, (followed, ROOT / "tests", ROOT / "src")))
    env = os.environ | {
        "PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "recipe_settings", "KEDANG_TEST_DB": "sqlite",
        "PYTHONDONTWRITEBYTECODE": "1", "KEDANG_LOG": "ERROR",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "story.py"], cwd=followed, env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip().endswith("FOLLOWED"), done.stderr[-4000:] + done.stdout[-500:]


def test_the_recipe_names_only_what_there_is() -> None:
    text = RECIPE.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:tests|src|docs)/[\w/.-]+)`", text):
        assert (ROOT / path).exists(), path
