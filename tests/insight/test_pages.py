"""RFM on screens: the grid within the reader's reach, why a customer is what it is, and how fresh it is."""

from datetime import date, timedelta

import pytest
from django.test import RequestFactory
from django.utils import translation

from kedang.engine.identity.models import Membership, Role
from kedang.insight import parts, runs, selectors, views
from kedang.insight.models import RfmRun
from kedang.insight.runs import run_rfm
from kedang.insight.wording import LABELS, why
from kedang.kernel import clock

DAY = date(2026, 11, 18)


@pytest.fixture
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def buyers(company):
    for name, owner, days, amounts in (
        ("Alpha", company.li, 5, ["900.00", "0.00"]),
        ("Beta", company.li, 90, ["10.00"]),
        ("Gamma", company.wang, 100, ["800.00", "1.00"]),
    ):
        customer = company.customer(name, owner=owner, unit=owner.unit)
        for amount in amounts:
            company.order(customer, DAY - timedelta(days=days), amount)
    company.customer("Never", owner=company.li)
    for user in (company.li, company.wang):
        Membership.objects.create(user=user, role=Role.objects.get(key="sales_rep"))
    return company


@pytest.fixture
def signed(client, buyers):
    """Sign in as somebody and speak English."""

    def sign_in(user):
        user.language = "en"
        user.save()
        client.force_login(user)
        client.cookies["kedang_language"] = "en"
        return client

    return sign_in


def test_the_customer_page_says_why_in_three_sentences(buyers, english):
    run_rfm(DAY)
    score = selectors.score_of(buyers.seller(buyers.li), buyers.customers["Alpha"].pk)
    assert LABELS[score.type] == "Important: value"
    assert [text for _, text in why(score)] == [
        "Recent: last ordered on 2026-11-13, 5 days before 2026-11-18 (at most 65 days)",
        "Often: 2 in all (at least 1.67 orders)",
        "High: CNY 900.00 in all (at least CNY 570.33)",
    ]
    score = selectors.score_of(buyers.seller(buyers.li), buyers.customers["Beta"].pk)
    assert [text for _, text in why(score)] == [
        "Long ago: last ordered on 2026-08-20, 90 days before 2026-11-18 (over 65 days)",
        "Seldom: 1 in all (under 1.67 orders)",
        "Low: CNY 10.00 in all (under CNY 570.33)",
    ]


def test_the_page_of_a_customer_shows_its_value(signed, buyers):
    run_rfm(DAY)
    page = signed(buyers.li).get(_page_of(buyers.customers["Alpha"]) + "/beside").content.decode()
    assert "Important: value" in page
    assert "High: CNY 900.00 in all (at least CNY 570.33)" in page
    assert "as of 2026-11-18" in page


def test_the_page_of_somebody_who_never_bought_says_so(signed, buyers):
    run_rfm(DAY)
    page = signed(buyers.li).get(_page_of(buyers.customers["Never"]) + "/beside").content.decode()
    assert "No deal yet" in page
    assert "General: win back" not in page


def test_without_a_run_the_customer_page_says_nothing_of_value(signed, buyers):
    assert (
        "Customer value"
        not in signed(buyers.li).get(_page_of(buyers.customers["Alpha"]) + "/beside").content.decode()
    )


def test_the_grid_counts_what_the_reader_sees(contexts, signed, buyers):
    run_rfm(DAY)
    answer = signed(buyers.li).get("/insight/rfm/")
    cells = {cell.label: cell.customers for _, row in answer.context["rows"] for cell in row}
    assert cells["Important: value"] == 1
    assert cells["General: win back"] == 1
    assert cells["Important: keep"] == 0
    assert sum(cells.values()) == 2
    page = answer.content.decode()
    assert "near at 65 days or fewer" in page
    assert "1 have no order yet." in page


def test_each_cell_opens_the_customers_it_counted(contexts, signed, buyers):
    run_rfm(DAY)
    page = signed(buyers.li).get("/insight/rfm/")
    url = next(c.url for _, row in page.context["rows"] for c in row if c.label == "Important: value")
    assert url == "/customers?rfm=important_value"
    listed = signed(buyers.li).get(url).content.decode()
    assert "Alpha" in listed
    assert "Gamma" not in listed
    assert "Gamma" in signed(buyers.wang).get("/insight/rfm/important_keep/").content.decode()


def test_the_list_of_customers_takes_several_types_and_shows_them_as_a_condition(signed, buyers):
    run_rfm(DAY)
    page = signed(buyers.li).get("/customers?rfm=important_value&rfm=none").content.decode()
    assert "Alpha" in page
    assert "Never" in page
    assert "Beta" not in page
    assert "RFM type" in page


def test_the_cells_of_an_older_day_open_the_customers_of_that_day(contexts, signed, buyers):
    run_rfm(DAY - timedelta(days=50))
    run_rfm(DAY)
    page = signed(buyers.wang).get("/insight/rfm/?as_of=2026-09-29")
    url = next(c.url for _, row in page.context["rows"] for c in row if c.customers)
    assert url.endswith("?as_of=2026-09-29")
    assert "Gamma" in signed(buyers.wang).get(url).content.decode()


def test_an_unknown_type_and_a_bad_day_are_refused(signed, buyers):
    run_rfm(DAY)
    assert signed(buyers.li).get("/insight/rfm/nonsense/").status_code == 404
    assert signed(buyers.li).get("/insight/rfm/?as_of=yesterday").status_code == 400
    assert signed(buyers.li).get("/insight/rfm/important_value/?after=x").status_code == 400


def test_a_stranger_is_sent_to_sign_in(client, buyers):
    assert client.get("/insight/rfm/").status_code == 302


def test_who_sees_no_orders_sees_no_page_and_no_entry(signed, buyers):
    run_rfm(DAY)
    Membership.objects.filter(user=buyers.li).update(role=Role.objects.get(key="call_agent"))
    browser = signed(buyers.li)
    assert browser.get("/insight/rfm/").status_code == 403
    assert "/insight/rfm/" not in browser.get("/settings").content.decode()


def test_a_day_without_figures_offers_to_compute_them(signed, buyers):
    browser = signed(buyers.li)
    assert "Compute this day" in browser.get("/insight/rfm/?as_of=2026-11-01").content.decode()
    answer = browser.post("/insight/rfm/compute", {"as_of": "2026-11-01"})
    assert answer["Location"] == "/insight/rfm/?as_of=2026-11-01"
    assert RfmRun.objects.get().as_of == date(2026, 11, 1)
    assert "Important: keep" in browser.get(answer["Location"]).content.decode()


def test_a_day_to_come_is_not_computed(signed, buyers):
    assert signed(buyers.li).post("/insight/rfm/compute", {"as_of": "2026-11-19"}).status_code == 409
    assert not RfmRun.objects.exists()


def test_a_large_company_computes_beside_the_pages(signed, buyers, monkeypatch):
    run_rfm(DAY)
    monkeypatch.setattr(views, "COMPUTED_HERE", 2)
    assert signed(buyers.li).post("/insight/rfm/compute").status_code == 409


def test_old_figures_are_called_old(signed, buyers):
    run_rfm(DAY)
    browser = signed(buyers.li)
    assert "Compute today" not in browser.get("/insight/rfm/").content.decode()
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert "Compute today" in signed(buyers.li).get("/insight/rfm/").content.decode()


def test_figures_whose_file_is_gone_are_offered_again(signed, buyers):
    runs.file_of(run_rfm(DAY)).unlink()
    assert "Compute this day" in signed(buyers.li).get("/insight/rfm/").content.decode()


def test_the_desk_names_important_customers_that_went_quiet(buyers):
    run_rfm(DAY)
    request = RequestFactory().get("/")
    request.actor = buyers.seller(buyers.wang)
    card = parts.going_quiet(request)
    assert [(cell["customers"], str(cell["money"])) for cell in card["cells"]] == [(1, "801.00")]
    request.actor = buyers.seller(buyers.li)
    assert parts.going_quiet(request) is None


def test_the_grid_takes_the_same_few_queries_whatever_the_rows(signed, buyers, django_assert_max_num_queries):
    run_rfm(DAY)
    browser = signed(buyers.li)
    browser.get("/insight/rfm/")
    with django_assert_max_num_queries(9):
        browser.get("/insight/rfm/")
    with django_assert_max_num_queries(12):
        browser.get("/insight/rfm/important_value/")


def _page_of(customer):
    from kedang.engine.records.types import RECORDS
    from kedang.kits.web.pages import record_url

    return record_url(RECORDS["customers.customer"], customer.pk)
