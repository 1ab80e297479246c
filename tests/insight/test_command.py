"""kedang insight rfm: the same figures for people and for programs."""

import json
from datetime import date, timedelta

import pytest

from kedang.engine.identity.models import Membership, Role
from kedang.insight.models import RfmRun
from kedang.project.cli import main

DAY = date(2026, 11, 18)


@pytest.fixture
def buyers(company):
    for name, days, amount in (("A", 1, "30.00"), ("B", 5, "10.00")):
        company.order(company.customer(name, owner=company.li), DAY - timedelta(days=days), amount)
    company.customer("C", owner=company.li)
    Membership.objects.create(user=company.wang, role=Role.objects.get(key="administrator"))
    Membership.objects.create(user=company.li, role=Role.objects.get(key="sales_rep"))
    return company


def told(capsys, *words):
    code = main(["insight", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_it_answers_programs_with_one_document(buyers, capsys):
    code, answer = told(capsys, "rfm", "--as-of", "2026-11-18")
    assert code == 0
    assert answer["thresholds"] == {
        "recency": "3.000000000",
        "frequency": "1.000000000",
        "monetary": "20.00000000000",
    }
    assert answer["as_of"] == "2026-11-18"
    assert answer["counts"]["important_value"] == 1
    assert answer["counts"]["general_keep"] == 1
    assert answer["counts"]["none"] == 1
    assert answer["types"][0] == {
        "type": "important_value", "bits": "111", "customers": 1, "monetary": "30.00"
    }  # fmt: skip


def test_it_answers_people_with_a_table(buyers, capsys):
    assert main(["insight", "rfm"]) == 0
    said = capsys.readouterr().out
    assert "important_value" in said
    assert "30.00" in said


def test_today_is_the_day_unless_another_is_named(buyers, capsys):
    told(capsys, "rfm")
    assert RfmRun.objects.get().as_of == DAY


def test_typed_thresholds_and_medians_are_taken(buyers, capsys):
    _, typed = told(capsys, "rfm", "--thresholds", "2", "1", "5")
    assert (typed["method"], typed["thresholds"]["monetary"]) == ("typed", "5")
    assert typed["counts"]["important_keep"] == 1
    assert told(capsys, "rfm", "--median")[1]["method"] == "median"


def test_the_one_who_asks_sees_only_their_own_counts(buyers, capsys):
    buyers.order(buyers.customer("D", owner=buyers.wang, unit=buyers.south), DAY, "1.00")
    code, answer = told(capsys, "rfm", "--as", "li")
    assert code == 0
    assert answer["customers"] == 3


def test_wrong_words_are_wrong_use(buyers, capsys):
    for words in (["rfm", "--as-of", "soon"], ["rfm", "--thresholds", "1", "2", "x"], ["nothing"], []):
        with pytest.raises(SystemExit) as ended:
            main(["insight", *words])
        assert ended.value.code == 2
