"""Shares: against their definitions, published examples and a slow count."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgebook.methods import intervals, shares

pytestmark = pytest.mark.filterwarnings("error")
quickly = settings(database=None)

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_published_examples() -> None:
    """Newcombe's example of one share and of a difference (both 1998)."""
    assert intervals.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert intervals.wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert shares.difference(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@quickly
@given(COUNTS)
def test_ends_of_the_interval_are_z_deviations_from_the_share(counts: tuple[int, int]) -> None:
    yes, n = counts
    for end in intervals.wilson(yes, n):
        if 0 < end < 1:
            deviation = abs(yes / n - end) / math.sqrt(end * (1 - end) / n)
            assert deviation == pytest.approx(intervals.Z95, rel=1e-6)


@quickly
@given(COUNTS)
def test_the_interval_holds_the_share_and_turns_with_the_question(counts: tuple[int, int]) -> None:
    yes, n = counts
    low, high = intervals.wilson(yes, n)
    assert 0 <= low <= yes / n + 1e-12 and yes / n - 1e-12 <= high <= 1
    turned = intervals.wilson(n - yes, n)
    assert turned == pytest.approx((1 - high, 1 - low), abs=1e-12)


@quickly
@given(COUNTS, st.integers(2, 50))
def test_more_cases_with_the_same_share_make_it_narrower(
    counts: tuple[int, int], times: int
) -> None:
    yes, n = counts
    low, high = intervals.wilson(yes, n)
    lower, higher = intervals.wilson(times * yes, times * n)
    assert higher - lower < high - low


@pytest.mark.parametrize("counts", [(-1, 3), (4, 3), (1, 0)])
def test_impossible_counts_are_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="0 <= yes <= known"):
        intervals.wilson(*counts)


def test_nothing_known_gives_nothing() -> None:
    assert np.isnan(intervals.wilson(0, 0)).all()
    assert np.isnan(shares.difference(0, 0, 1, 2)).all()


@quickly
@given(COUNTS, COUNTS)
def test_difference_holds_the_gap_and_changes_sign_with_the_order(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    low, high = shares.difference(*one, *other)
    gap = one[0] / one[1] - other[0] / other[1]
    assert -1 <= low <= gap + 1e-12 and gap - 1e-12 <= high <= 1
    assert shares.difference(*other, *one) == pytest.approx((-high, -low), abs=1e-12)


@quickly
@given(COUNTS, COUNTS)
def test_separate_intervals_always_mean_a_difference(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    """Not the other way round: overlap decides nothing, as the chapter says."""
    if intervals.wilson(*one)[0] > intervals.wilson(*other)[1]:
        assert shares.difference(*one, *other)[0] > 0


ANSWERS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from([True, False, None])), min_size=1, max_size=40
)


@quickly
@given(ANSWERS)
def test_shares_are_what_a_loop_counts(rows: list[tuple[str, bool | None]]) -> None:
    group = pd.Series([name for name, _ in rows])
    answer = pd.Series([value for _, value in rows], dtype="boolean")
    table = shares.shares(answer, group)
    assert set(table.index) == set(group)
    for name, row in table.iterrows():
        given_answers = [value for label, value in rows if label == name]
        known = [value for value in given_answers if value is not None]
        assert (row["cases"], row["known"], row["yes"]) == (
            len(given_answers),
            len(known),
            sum(known),
        )
        assert row["at_least"] <= row["at_most"]
        if known:
            assert row["at_least"] - 1e-12 <= row["share"] <= row["at_most"] + 1e-12
            assert row["low"] <= row["share"] + 1e-12 and row["share"] - 1e-12 <= row["high"]
        else:
            assert math.isnan(row["share"]) and math.isnan(row["low"])
            assert (row["at_least"], row["at_most"]) == (0, 1)


def test_shares_by_hand() -> None:
    """Of four cases two are known: what is missing is neither yes nor no but widens the range."""
    answer = pd.Series([True, False, pd.NA, pd.NA, pd.NA], dtype="boolean")
    found = shares.shares(answer, pd.Series(["a"] * 4 + ["b"]))
    assert found.loc["a", ["cases", "known", "yes"]].tolist() == [4, 2, 1]
    assert found.loc["a", ["share", "at_least", "at_most"]].tolist() == [0.5, 0.25, 0.75]
    assert found.loc["b", ["at_least", "at_most"]].tolist() == [0, 1]
    assert found.loc["b", ["share", "low", "high"]].isna().all()


def test_one_impossible_count_among_others_is_refused() -> None:
    with pytest.raises(ValueError, match="0 <= yes <= known"):
        intervals.wilson(np.array([1, 6]), np.array([5, 5]))


@quickly
@given(st.lists(st.integers(0, 50), min_size=1, max_size=12))
def test_effective_number_lies_between_one_and_all(counts: list[int]) -> None:
    found = shares.effective_number(counts)
    if not sum(counts):
        assert found == 0
        return
    assert 1 - 1e-9 <= found <= sum(count > 0 for count in counts) + 1e-9
    assert shares.effective_number([3 * count for count in counts]) == pytest.approx(found)
    assert shares.effective_number([*counts, 0]) == pytest.approx(found)


@quickly
@given(st.integers(1, 30), st.integers(1, 9))
def test_equal_developers_all_count(number: int, size: int) -> None:
    assert shares.effective_number([size] * number) == pytest.approx(number)


def test_the_first_organisation_leads() -> None:
    names = pd.Series(["Z.ai (Zhipu AI);Tsinghua University", "Alibaba", None], dtype="string")
    first = shares.first_of(names)
    assert list(first[:2]) == ["Z.ai (Zhipu AI)", "Alibaba"] and first.isna()[2]
