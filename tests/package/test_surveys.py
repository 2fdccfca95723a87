"""Bounds for people whom a figure does not reach."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgebook.methods import surveys
from bridgebook.methods.intervals import wilson

SHARES = st.floats(0, 1)
PARTS = st.floats(0, 0.99)


@given(SHARES, SHARES, SHARES)
def test_whatever_the_others_do_the_bounds_hold_it(
    share: float, reached: float, others: float
) -> None:
    low, high = surveys.worst_case(share, reached)
    assert low - 1e-12 <= surveys.with_others(share, reached, others) <= high + 1e-12
    assert -1e-12 <= low <= high <= 1 + 1e-12


@given(SHARES, SHARES)
def test_the_width_is_the_part_not_reached(share: float, reached: float) -> None:
    low, high = surveys.worst_case(share, reached)
    assert high - low == pytest.approx(1 - reached)


@given(SHARES, SHARES)
def test_asking_for_no_turns_the_bounds_round(share: float, reached: float) -> None:
    low, high = surveys.worst_case(share, reached)
    assert surveys.worst_case(1 - share, reached) == pytest.approx((1 - high, 1 - low))


@given(SHARES, SHARES, SHARES)
def test_reaching_more_people_never_widens(share: float, some: float, more: float) -> None:
    some, more = sorted((some, more))
    low, high = surveys.worst_case(share, some)
    inner_low, inner_high = surveys.worst_case(share, more)
    assert low <= inner_low + 1e-12 and inner_high <= high + 1e-12


def test_the_ends_of_reach() -> None:
    assert surveys.worst_case(0.4, 1.0) == (0.4, 0.4)
    assert surveys.worst_case(0.4, 0.0) == (0.0, 1.0)


@given(SHARES, SHARES, PARTS)
def test_what_must_hold_makes_the_target(target: float, share: float, reached: float) -> None:
    others = surveys.must_hold(target, share, reached)
    low, high = surveys.worst_case(share, reached)
    if 0 <= others <= 1:
        assert surveys.with_others(share, reached, others) == pytest.approx(target)
    else:
        assert not low <= target <= high


@given(SHARES, SHARES)
def test_the_most_that_can_be_reached(target: float, share: float) -> None:
    most = surveys.most_reached(target, share)
    assert 0 <= most <= 1
    low, high = surveys.worst_case(share, most)
    assert min(abs(low - target), abs(high - target)) == pytest.approx(0, abs=1e-9)
    low, high = surveys.worst_case(share, min(most + 0.01, 1))
    if most < 0.99 and abs(target - share) > 1e-6:
        assert target < low or target > high


def test_by_hand() -> None:
    # Half the people reached, a fifth of them say yes: from 10 to 60 percent.
    assert surveys.worst_case(0.2, 0.5) == pytest.approx((0.1, 0.6))
    assert surveys.with_others(0.2, 0.5, 0.5) == pytest.approx(0.35)
    assert surveys.must_hold(0.35, 0.2, 0.5) == pytest.approx(0.5)
    assert surveys.most_reached(0.6, 0.2) == pytest.approx(0.5)
    assert surveys.most_reached(0.1, 0.2) == pytest.approx(0.5)
    assert surveys.most_reached(0.3, 0.3) == 1
    assert surveys.most_reached(1.0, 1.0) == 1


@given(st.integers(1, 2000), st.data(), SHARES)
def test_chance_only_adds_to_the_bounds(asked: int, data: st.DataObject, reached: float) -> None:
    yes = data.draw(st.integers(0, asked))
    low, high = surveys.sampled_worst_case(yes, asked, reached)
    inner_low, inner_high = surveys.worst_case(yes / asked, reached)
    assert low <= inner_low + 1e-12 and inner_high <= high + 1e-12


def test_more_answers_of_the_same_people_do_not_close_the_gap() -> None:
    widths = [np.diff(surveys.sampled_worst_case(n // 2, n, 0.7))[0] for n in (100, 10**4, 10**8)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] == pytest.approx(0.3, abs=1e-3)
    everybody = surveys.sampled_worst_case(50, 100, 1.0)
    assert everybody == pytest.approx(wilson(50, 100))


def test_columns_stay_columns() -> None:
    share = pd.Series({"a": 0.2, "b": 0.8})
    low, high = surveys.worst_case(share, pd.Series({"a": 0.5, "b": 1.0}))
    assert low.to_dict() == {"a": 0.1, "b": 0.8} and high["a"] == pytest.approx(0.6)
    most = surveys.most_reached(0.4, share)
    assert isinstance(most, pd.Series) and most["b"] == pytest.approx(0.5)
    assert surveys.most_reached(pd.Series([0.4]), 0.8).iloc[0] == pytest.approx(0.5)
    assert surveys.most_reached(np.array([0.4]), 0.8) == pytest.approx([0.5])


def test_missing_stays_missing() -> None:
    low, high = surveys.worst_case(pd.Series([0.2, np.nan]), 0.5)
    assert low.isna().tolist() == high.isna().tolist() == [False, True]


@pytest.mark.parametrize("bad", [16.4, 1.5, -0.1, pd.Series([0.2, 42.8])])
def test_percent_is_refused(bad: object) -> None:
    for ask in (surveys.worst_case, surveys.most_reached):
        for values in ((bad, 0.5), (0.5, bad)):
            with pytest.raises(ValueError, match=r"(?s)between 0 and 1.*divide percent by 100"):
                ask(*values)
    for function in (surveys.must_hold, surveys.with_others):
        for place in range(3):
            values = [0.5, 0.5, 0.5]
            values[place] = bad
            with pytest.raises(ValueError, match="between 0 and 1"):
                function(*values)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("target", "share", "most"),
    [(0.5, 1.0, 0.5), (0.0, 0.0, 1.0), (1.0, 1.0, 1.0), (0.5, 5e-324, 0.5), (1.0, 0.0, 0.0)],
)
def test_the_ends_of_a_share_need_no_warning(target: float, share: float, most: float) -> None:
    assert surveys.most_reached(target, share) == most


def test_impossible_questions() -> None:
    with pytest.raises(ValueError, match="no others"):
        surveys.must_hold(0.4, 0.2, 1.0)
    with pytest.raises(ValueError, match="no one was asked"):
        surveys.sampled_worst_case(0, 0, 0.5)
    with pytest.raises(ValueError, match="0 <= yes"):
        surveys.sampled_worst_case(3, 2, 0.5)
