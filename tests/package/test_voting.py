"""Agreement between states: against a slow and obvious count, its laws, and the record."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgebook.catalog import DataError, load
from bridgebook.methods import voting

pytestmark = pytest.mark.filterwarnings("error")

STATES = ["AAA", "BBB", "CHN", "USA"]
LETTERS = "YNA."


def votes_of(rows: list[str]) -> pd.DataFrame:
    """Ballots of four made-up states from strings such as ``YNA.``."""
    symbols = [f"A/RES/1/{number}" for number in range(len(rows))]
    return voting.ballots(pd.DataFrame({"symbol": symbols, "votes": rows}), members(STATES))


def members(codes: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"iso3": codes, "kind": "un_member"})


def slow_agreement(rows: list[str], one: int, other: int, graded: bool) -> float:
    """The same number by hand: a loop, no pandas."""
    value = {"Y": 1.0, "A": 0.5, "N": 0.0}
    scores = []
    for row in rows:
        a, b = row[one], row[other]
        if "." not in (a, b):
            scores.append(1 - abs(value[a] - value[b]) if graded else float(a == b))
    return sum(scores) / len(scores) if scores else float("nan")


ROLLCALLS = st.lists(
    st.text(alphabet=LETTERS, min_size=len(STATES), max_size=len(STATES)), min_size=1, max_size=12
)


@given(ROLLCALLS, st.booleans())
def test_agreement_is_what_a_loop_counts(rows: list[str], graded: bool) -> None:
    votes = votes_of(rows)
    for one, other in itertools.product(range(len(STATES)), repeat=2):
        expected = slow_agreement(rows, one, other, graded)
        found = voting.agreement(votes, STATES[other], graded)[STATES[one]]
        assert found == pytest.approx(expected, nan_ok=True)


@given(ROLLCALLS, st.booleans())
def test_agreement_is_symmetric_and_bounded(rows: list[str], graded: bool) -> None:
    votes = votes_of(rows)
    for one, other in itertools.combinations(STATES, 2):
        there = voting.agreement(votes, one, graded)[other]
        back = voting.agreement(votes, other, graded)[one]
        assert there == pytest.approx(back, nan_ok=True)
        assert np.isnan(there) or 0 <= there <= 1
    own = voting.agreement(votes, "CHN", graded)["CHN"]
    assert np.isnan(own) or own == 1


@given(ROLLCALLS)
def test_graded_is_never_below_strict(rows: list[str]) -> None:
    votes = votes_of(rows)
    strict, graded = (voting.agreement(votes, "USA", flag) for flag in (False, True))
    assert (graded.fillna(0) >= strict.fillna(0) - 1e-12).all()


@given(ROLLCALLS, st.booleans())
def test_turning_every_yes_into_no_changes_nothing(rows: list[str], graded: bool) -> None:
    turned = [row.translate(str.maketrans("YN", "NY")) for row in rows]
    same = voting.agreement(votes_of(rows), "CHN", graded)
    assert voting.agreement(votes_of(turned), "CHN", graded).equals(same)


@given(ROLLCALLS, st.booleans())
def test_a_roll_call_without_the_reference_changes_nothing(rows: list[str], graded: bool) -> None:
    with_one_more = [*rows, "YNA."]  # the United States do not vote
    same = voting.agreement(votes_of(rows), "USA", graded)
    assert voting.agreement(votes_of(with_one_more), "USA", graded).equals(same)


@given(ROLLCALLS)
def test_by_label_is_agreement_within_each_label(rows: list[str]) -> None:
    votes = votes_of(rows)
    labels = pd.Series(np.arange(len(rows)) % 2, index=votes.index)
    by_label = voting.agreement_by(labels, votes, "CHN")
    for label, part in votes.groupby(labels):
        pd.testing.assert_series_equal(
            by_label.loc[label], voting.agreement(part, "CHN"), check_names=False
        )


@given(ROLLCALLS)
def test_split_roll_calls_divide_into_three(rows: list[str]) -> None:
    """Where China and the US differ, a state votes like one, like the other, or like neither."""
    apart = voting.split_between(votes_of(rows), "CHN", "USA")
    like_china, like_us = (voting.agreement(apart, state) for state in ("CHN", "USA"))
    total = like_china + like_us
    assert ((total <= 1 + 1e-12) | total.isna()).all()
    assert (apart["CHN"] != apart["USA"]).all() and apart[["CHN", "USA"]].notna().all(axis=None)


@given(ROLLCALLS)
def test_totals_count_everybody_once(rows: list[str]) -> None:
    counts = voting.totals(votes_of(rows))
    assert (counts.sum(axis="columns") == len(STATES)).all()
    assert counts["yes"].tolist() == [row.count("Y") for row in rows]


@given(ROLLCALLS, st.integers(0, len(STATES)))
def test_contested_keeps_rows_with_enough_no_votes(rows: list[str], cut: int) -> None:
    votes = votes_of(rows)
    kept = voting.contested(votes, cut)
    assert [row.count("N") >= cut for row in rows] == votes.index.isin(kept.index).tolist()


@given(st.integers(1, 8), st.data())
@settings(max_examples=40)
def test_bounds_are_what_can_happen(everyone: int, data: st.DataObject) -> None:
    """Try every pair of lists of the given lengths."""
    first = data.draw(st.integers(0, everyone))
    second = data.draw(st.integers(0, everyone))
    people = range(everyone)
    shared = {
        len(set(one) & set(other))
        for one in itertools.combinations(people, first)
        for other in itertools.combinations(people, second)
    }
    assert voting.overlap_bounds(first, second, everyone) == (min(shared), max(shared))


@pytest.mark.parametrize("lists", [(-1, 3), (3, 194)])
def test_impossible_lists_are_refused(lists: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"a list of (-1|194) out of 193"):
        voting.overlap_bounds(*lists, everyone=193)


def test_too_few_letters_name_the_roll_call() -> None:
    with pytest.raises(DataError, match=r"A/RES/1/1: 3 letters in votes, expected 4"):
        votes_of(["YYYY", "YYY"])


@pytest.mark.parametrize("letters", ["YYYX", "YYYÄ", "yyyy"])
def test_strange_letters_name_the_roll_call(letters: str) -> None:
    with pytest.raises(DataError, match=r"A/RES/1/0: a letter in votes is none of Y, A, N, \."):
        votes_of([letters])
    with pytest.raises(DataError, match="A/RES/1/1: a letter"):
        votes_of(["YYYY", letters])


def test_a_column_of_ballots_may_cover_more_roll_calls_in_any_order() -> None:
    """The reference can be a made-up state: only the roll calls of ``votes`` count."""
    votes = votes_of(["YNYY", "AYNY", "YY.Y"])
    more = votes_of(["YNYY", "AYNY", "YY.Y", "NNNN"])["CHN"].iloc[::-1]
    marks = voting.joint_votes(votes, more)
    assert list(marks.index) == list(votes.index) and list(marks.columns) == STATES
    assert marks.equals(voting.joint_votes(votes, "CHN"))
    assert voting.likeness(votes, more).equals(voting.likeness(votes, "CHN"))


def test_agreement_is_strict_unless_asked() -> None:
    votes = votes_of(["YAYY"])
    assert voting.likeness(votes, "AAA").loc["A/RES/1/0", "BBB"] == 0
    assert voting.likeness(votes, "AAA", graded=True).loc["A/RES/1/0", "BBB"] == 0.5


def test_unknown_state_says_which_codes_to_use() -> None:
    with pytest.raises(ValueError, match="no member state 'China'; use ISO alpha-3"):
        voting.agreement(votes_of(["YYYY"]), "China")


# --- the record ----------------------------------------------------------------------------------


def test_the_table_of_agreement_follows_from_the_roll_calls(
    rollcalls: pd.DataFrame, votes: pd.DataFrame
) -> None:
    years = rollcalls.set_index(votes.index)["date"].dt.year
    computed = voting.country_years(votes, years)
    table = load("unga_agreement")
    pd.testing.assert_frame_equal(
        computed[list(table.columns)], table, check_dtype=False, check_categorical=False
    )


def test_every_total_of_the_table_is_the_sum_of_its_letters(
    rollcalls: pd.DataFrame, votes: pd.DataFrame
) -> None:
    counted = voting.totals(votes).reset_index(drop=True)
    for column in ("yes", "no", "abstain"):
        assert (counted[column] == rollcalls[column]).all()


@pytest.mark.parametrize(
    ("symbol", "state", "ballot"),
    [
        ("A/RES/79/239", "CHN", "Y"),  # military AI, 2024: both yes
        ("A/RES/79/239", "USA", "Y"),
        ("A/RES/80/58", "USA", "N"),  # military AI, 2025
        ("A/RES/80/23", "CHN", "A"),  # AI in nuclear command, 2025
        ("A/RES/80/215", "RUS", "A"),  # rights and digital technologies, 2025
    ],
)
def test_single_votes_that_press_and_records_report(
    votes: pd.DataFrame, symbol: str, state: str, ballot: str
) -> None:
    assert votes.loc[symbol, state] == voting.BALLOTS[ballot]


def others_agree(votes: pd.DataFrame) -> tuple[float, float]:
    """Mean agreement of all other members with China and with the US, percent."""
    means = [
        100 * voting.agreement(votes, state).drop(["CHN", "USA"]).mean() for state in ("CHN", "USA")
    ]
    return round(means[0], 1), round(means[1], 1)


def test_same_titles_in_both_years(rollcalls: pd.DataFrame, votes: pd.DataFrame) -> None:
    """With the agenda held fixed others did not move towards China; the US moved away."""
    both = voting.voted_in_both(rollcalls, 2024, 2025)
    years = both["date"].dt.year
    assert years.value_counts().to_dict() == {2024: 59, 2025: 59}
    assert others_agree(votes.loc[both.loc[years == 2024, "symbol"]]) == (67.1, 29.3)
    assert others_agree(votes.loc[both.loc[years == 2025, "symbol"]]) == (67.5, 15.9)


@pytest.mark.parametrize(
    ("year", "at_least", "expected"),
    [(2024, 10, (45.8, 28.4)), (2025, 10, (58.6, 19.8)), (2025, 20, (56.3, 24.4))],
)
def test_contested_votes_only(
    rollcalls: pd.DataFrame,
    votes: pd.DataFrame,
    year: int,
    at_least: int,
    expected: tuple[float, float],
) -> None:
    of_year = votes[(rollcalls["date"].dt.year == year).to_numpy()]
    found = others_agree(voting.contested(of_year, at_least))
    assert found == pytest.approx(expected, abs=0.051)


def test_the_invented_vote_is_not_on_record(rollcalls: pd.DataFrame) -> None:
    july = rollcalls[rollcalls["date"].dt.strftime("%Y-%m") == "2025-07"]
    assert len(july) == 3
    assert not july["title"].str.contains("artificial intelligence", case=False).any()
    assert not ((july["yes"] == 185) & (july["no"] == 1)).any()


def test_two_sponsor_lists_of_2024() -> None:
    assert voting.overlap_bounds(123, 143, 193) == (73, 123)
