"""Lists: only what one may see, only what is declared, and pages that lose nothing."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.calling import give
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.actions.perform import perform
from kedang.engine.records.types import RECORDS
from kedang.engine.search import find
from kedang.engine.search.documents import documents_of
from kedang.engine.search.index import put

CUSTOMERS = RECORDS["customers.customer"]


def text(answer):
    return answer.content.decode()


def names(answer):
    return re.findall(r'data-open href="[^"]+">([^<]+)</a>', text(answer))


def fill(world, count):
    rows = [
        Row({"name": f"客户{number:03}", "type_key": "other", "phone": "02083330042", "country": "CN",
             "owner": world.li.pk, "next_step_on": f"2026-12-{number % 9 + 1:02}" if number % 3 else None})
        for number in range(count)
    ]  # fmt: skip
    assert not [outcome.problems for outcome in batch_save(world.boss, CUSTOMERS, rows) if outcome.problems]


def test_a_rep_sees_the_own_files_and_no_others(world, sign_in):
    answer = sign_in(world.li, "sales_rep").get("/customers")
    assert answer.status_code == 200
    assert names(answer) == ["北京红光一酒业有限公司"]
    assert "红光三" not in text(answer)


def test_a_stranger_is_sent_to_the_sign_in_page(client, world):
    answer = client.get("/customers")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(
    "query",
    ["bogus=1", "credit_limit=1", "owner__password=x", "sort=credit_limit", "sort=bogus", "tab=everything",
     "size=100000", "after=e30", "name_from=a", "next_step_on_from=soon", "owner=me&owner__name=x"],
)  # fmt: skip
def test_what_a_list_does_not_declare_is_refused(world, sign_in, query):
    assert sign_in(world.li, "sales_rep").get(f"/customers?{query}").status_code == 400


def test_a_filter_stands_in_the_address_and_in_a_chip(world, sign_in):
    answer = sign_in(world.chief, "general_manager").get("/customers?level_key=gold&owner=me")
    assert answer.status_code == 200
    assert "Gold" in text(answer)
    assert text(answer).count('class="chip"') == 2


def test_an_empty_list_says_that_conditions_hide_the_rows(world, sign_in):
    answer = sign_in(world.li, "sales_rep").get("/customers?q=nobody-has-this-name")
    assert "Nothing fits these conditions" in text(answer)
    assert "Try fewer words" in text(answer)


def test_who_types_one_character_is_told_that_two_are_needed(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    assert "type two or more" in text(client.get("/customers?q=红"))
    assert world.records["customers.customer"]["li"].name in text(client.get("/customers?q=红光"))


def test_payloads_of_the_address_come_back_as_text(world, sign_in):
    answer = sign_in(world.li, "sales_rep").get("/customers", {"q": '"><script>alert(1)</script>{{7*7}}'})
    assert "<script>alert" not in text(answer)
    assert "&lt;script&gt;alert(1)" in text(answer)
    assert "{{7*7}}" in text(answer)


@pytest.mark.parametrize("sort", ["", "number", "-number", "next_step_on", "-next_step_on", "-changed_at"])
def test_pages_by_key_show_every_row_once_in_both_directions(world, sign_in, sort):
    fill(world, 47)
    client = sign_in(world.li, "sales_rep")
    there, back, query = [], [], f"?size=20&sort={sort}"
    while query:
        answer = client.get(f"/customers{query}")
        there.append(names(answer))
        following = re.search(r'href="(\?[^"]+)" rel="next"', text(answer))
        previous = re.search(r'href="(\?[^"]+)" rel="prev"', text(answer))
        query = following[1].replace("&amp;", "&") if following else ""
    assert [len(page) for page in there] == [20, 20, 8]
    assert len({name for page in there for name in page}) == 48
    while previous:
        answer = client.get(f"/customers{previous[1].replace('&amp;', '&')}")
        back.insert(0, names(answer))
        previous = re.search(r'href="(\?[^"]+)" rel="prev"', text(answer))
    assert back == there[:2]


def test_a_list_of_what_happened_begins_with_the_latest_day_until_somebody_chooses(world, sign_in):
    client = sign_in(give(world.chief, "general_manager"))
    card = world.records["customers.customer"]["li"]
    for on, purpose in (
        ("2026-11-09", "九日的事"),
        ("2026-11-20", "二十日的事"),
        ("2026-11-12", "十二日的事"),
    ):
        perform(world.boss, "engagement.visit.create",
                inputs={"customer": card.pk, "planned_on": on, "purpose": purpose})  # fmt: skip

    def shown(query=""):
        page = client.get("/visits" + query).content.decode()
        return sorted(("九日的事", "二十日的事", "十二日的事"), key=page.index)

    assert shown() == ["二十日的事", "十二日的事", "九日的事"]
    assert shown("?sort=") == ["十二日的事", "二十日的事", "九日的事"], "newest first, as it was asked for"
    client.cookies["kedang_sort_visits"] = "planned_on"
    assert shown() == ["九日的事", "十二日的事", "二十日的事"]


@pytest.mark.django_db
def test_a_word_of_very_many_files_is_paged_like_any_other(world, sign_in, monkeypatch):
    fill(world, 45)
    for row in CUSTOMERS.model.objects.unscoped(because="documents").filter(name__startswith="客户"):
        put(documents_of(CUSTOMERS, [row]))
    client = sign_in(world.li, "sales_rep")

    def walk():
        address, found, heads = "/customers?q=客户&size=20", [], []
        while address:
            answer = client.get(address)
            found += names(answer)
            heads.append("1000+" in text(answer))
            further = re.search(r'href="(\?[^"]+)" rel="next"', text(answer))
            address = "/customers" + further[1].replace("&amp;", "&") if further else ""
        return found, heads

    few, plain = walk()
    monkeypatch.setattr(find, "LISTED", 30)
    many, told = walk()
    assert many == few == [f"客户{number:03}" for number in reversed(range(45))]
    assert (plain, told) == ([False] * 3, [True] * 3)


def test_a_list_asks_as_many_questions_for_ten_rows_as_for_two_hundred(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    counts = []
    for more in (10, 190):
        rows = [
            Row({"name": f"第{more}批{number}", "type_key": "individual", "owner": world.li.pk})
            for number in range(more)
        ]
        batch_save(world.boss, CUSTOMERS, rows)
        client.get("/customers?size=100")
        with CaptureQueriesContext(connection) as asked:
            client.get("/customers?size=100")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 15


def test_an_export_holds_the_view_and_nothing_hidden(world, sign_in):
    client = sign_in(world.chief, "general_manager")
    answer = client.get("/customers/export?q=红光一")
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert body.count("酒业有限公司") == 1
    assert 'attachment; filename="customers-' in answer["Content-Disposition"]
