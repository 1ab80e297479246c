"""Which files of a whole stock are compared, and that the pairs do not depend on the order of the files."""

import gc

import pytest

from kedang.kernel import blocking
from kedang.kernel.blocking import CROWD, WINDOW, pairs, worth
from kedang.kernel.likeness import Card

FIRM = Card("广州恒川泵业有限公司", code="91350100M000100Y43", phone="020-83330042",
            address="广州市天河区体育西路12号", region="440106", pk=1)  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        Card("恒川（广州）泵业有限公司", pk=2),
        Card("恒传水泵厂", phone="020-83330043", pk=2),
        Card("完全不同机械有限公司", code="91350100M000100Y43", pk=2),
        Card("恒川", phone="020-83330042", address="广州市天河区体育西路12号3楼", pk=2),
    ],
)
def test_files_that_share_a_key_meet_once_the_lower_id_first(other):
    assert list(pairs([FIRM, other])) == list(pairs([other, FIRM])) == [(1, 2)]


def test_files_that_share_no_key_or_no_trade_do_not_meet():
    assert pairs([FIRM, Card("深圳远望食品有限公司", pk=2), Card("广州恒川食品有限公司", pk=3)]) == {}
    block = [FIRM, Card("恒川食品有限公司", pk=3), Card("恒川", pk=4)]
    assert [(one.pk, other.pk) for one, other in worth("sound", block)] == [(1, 4), (3, 4)]
    assert len(list(worth("phone", block))) == 3


def test_in_a_crowd_a_file_meets_its_neighbours_alone():
    crowd = [Card("恒川泵业", region=f"{place:06}", pk=place) for place in range(CROWD + 1, 0, -1)]
    met = {(one.pk, other.pk) for one, other in worth("sound", crowd)}
    assert met == {(one, other) for one, other in met if 0 < other - one <= WINDOW}
    assert len(met) == sum(min(WINDOW, CROWD - place) for place in range(CROWD + 1))


def test_python_looks_for_garbage_as_before_even_when_a_comparison_fails(monkeypatch):
    usual = gc.get_threshold()
    monkeypatch.setattr(blocking.likeness, "judge", lambda one, other: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pairs([FIRM, Card("恒川（广州）泵业有限公司", pk=2)])
    assert gc.get_threshold() == usual
