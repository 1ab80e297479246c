"""Packs on the command line: read the plan, then install."""

import json

import pytest

from kedang.engine.identity.models import Pool, Role
from kedang.engine.identity.stamps import bump
from kedang.engine.packs.models import InstalledPack
from kedang.project import cli

pytestmark = pytest.mark.django_db


def answer(capsys, *words):
    code = cli.main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_general_pack_comes_with_every_version(capsys):
    code, found = answer(capsys, "pack", "list")
    assert code == 0
    assert "general" in found["packs"]


def test_a_plan_changes_nothing(capsys):
    assert answer(capsys, "pack", "plan", "general")[0] == 0
    assert not Role.objects.exists()


def test_installing_brings_the_roles_and_a_second_time_changes_nothing(capsys):
    assert answer(capsys, "pack", "install", "general")[1]["changes"]
    assert Role.objects.filter(key="administrator").exists()
    assert answer(capsys, "pack", "install", "general")[1]["changes"] == []


def test_an_unknown_pack_is_refused_with_its_name(capsys):
    code, refused = answer(capsys, "pack", "install", "no-such-pack")
    assert (code, refused["code"]) == (1, "pack")
    assert "no-such-pack" in refused["detail"]


def test_a_plan_names_the_pools_that_keep_their_own_rule(capsys):
    cli.main(["pack", "install", "general"])
    Pool.objects.create(name="华南公海", rule={"key": "standard"})
    row = InstalledPack.objects.get()
    row.content["pool_rule"][0]["warn_days"] = [5]
    row.save()
    bump("packs")
    capsys.readouterr()
    cli.main(["pack", "plan", "general"])
    said = capsys.readouterr().out
    assert "pool_rule standard" in said
    assert "华南公海" in said
